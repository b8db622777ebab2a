/** What is promised, out of the rules that this process runs, and who reads it, out of Kafka. */
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import { splitName } from '../../adapters/kafka/names.js';
import type { Consumers, ContractOne, ContractQuery, Contracts } from '../../console/answers/contracts.js';
import type { Rules } from '../../console/answers/rules.js';
import type { PublishedWatch } from '../../console/watch/published-watch.js';
import { typeWords } from '../../contracts/type-words.js';
import { type WireSchema, wireSchema } from '../../contracts/value-schema.js';
import { contractText } from '../../domain/integration-event.js';
import { DragomanError } from '../../errors.js';
import { type ContractDefinition, METADATA_FIELDS } from '../../rules/contract.js';
import type { CompiledFact, CompiledRules } from '../../rules/compile.js';
import { stabilityOf } from '../../rules/contracts/promise.js';
import { kindText } from '../rules/graph/graph.js';
import type { ConsoleReads } from './kafka-reads.js';

export const contractsNow = ({ contracts }: CompiledRules, published: PublishedWatch): Contracts => ({
  schema: 'dragoman.http/contracts@1',
  since: published.read().since,
  contracts: contracts.map((contract) => summary(contract, published)),
});

function summary(contract: ContractDefinition, published: PublishedWatch): Contracts['contracts'][number] {
  const { name, majorVersion, topic, key, owner, meaning, sunset = null, replacedBy = null } = contract;
  return {
    ...{ event: name, version: majorVersion, topic, key, owner, meaning },
    ...{ stability: stabilityOf(contract), sunset, replacedBy },
    ...published.rate(name, majorVersion),
  };
}

/** @param typePrefix of the config. @throws DragomanError COMMAND_REFUSED */
export function contractNow(
  { event, version }: ContractQuery,
  { rules, typePrefix }: { readonly rules: CompiledRules; readonly typePrefix: string },
  published: PublishedWatch,
): ContractOne {
  const contract = rules.contracts.find(({ name, majorVersion }) => name === event && majorVersion === version);
  if (contract === undefined)
    throw new DragomanError('COMMAND_REFUSED', `The rules publish no ${contractText(event, version)}.`);
  const facts = factsOf(rules).filter(({ fact }) => fact.publications.some((each) => each.contract === contract));
  const wire = wireSchema(contract, rules, typePrefix);
  return {
    ...summary(contract, published),
    schema: 'dragoman.http/contract@1',
    certainty: contract.certainty,
    notSentWhen: contract.notSentWhen,
    fields: fieldsShown(wire, contract),
    jsonSchema: { ...wire.schema },
    example: contract.example,
    facts: facts.map(factShown),
  };
}

interface OwnedFact {
  readonly aggregate: string;
  readonly fact: CompiledFact;
}

const factsOf = ({ aggregates }: CompiledRules): OwnedFact[] =>
  [...aggregates.values()].flatMap(({ called, facts }) => facts.map((fact) => ({ aggregate: called, fact })));

/** Names of contexts of all aggregates. */
export const contextsOf = ({ aggregates }: CompiledRules): string[] => [
  ...new Set([...aggregates.values()].flatMap(({ context }) => context.map(({ name }) => name))),
];

/** The key, the contract's own and those of a context, then what every event has. */
function fieldsShown(
  { schema: { properties = {} }, fields }: WireSchema,
  { fields: promised = {} }: ContractDefinition,
): ContractOne['fields'] {
  const own = fields.filter(({ path }) => Object.hasOwn(properties, path));
  return [
    ...own.map(({ path, schema, isRequired }) => ({
      ...{ name: path, type: typeWords(schema), class: promised[path]?.class ?? null, isRequired, isMetadata: false },
    })),
    ...METADATA_FIELDS.map((name) => ({
      ...{ name, type: typeWords(properties[name] ?? {}), class: null, isRequired: true, isMetadata: true },
    })),
  ];
}

const factShown = ({ aggregate, fact: { definition } }: OwnedFact) => ({
  ...{ fact: definition.name, aggregate, kind: kindText(definition), importance: definition.importance },
  conditions: definition.conditions.map(({ name }) => name),
});

export const rulesNow = ({ rules, digest }: Pick<LoadedRules, 'rules' | 'digest'>): Rules => ({
  schema: 'dragoman.http/rules@1',
  digest,
  facts: factsOf(rules).map((owned) => ({
    ...factShown(owned),
    contracts: owned.fact.publications.map(({ contract }) => contractText(contract.name, contract.majorVersion)),
  })),
  tables: [...rules.tables.values()].map(({ name, key, columns }) => ({
    ...{ table: name, key: [...key], columns: Object.keys(columns).length },
  })),
});

export async function consumersNow(topic: string, reads: ConsoleReads, nowMs: number): Promise<Consumers> {
  const { groups, notLookedAt } = await reads.groups(topic);
  const ends = await reads.ends([topic]);
  const shown: Consumers['groups'] = [];
  for (const { group, offsets } of groups) {
    const readMs = await reads.newestMs(topic, offsets);
    const lagRecords = [...ends].reduce((total, [name, { first, end }]) => {
      const offset = offsets.get(splitName(name).partition) ?? first;
      return total + Math.max(0, end - Math.max(first, offset));
    }, 0);
    shown.push({ group, lagRecords, readUpTo: readMs === null ? null : new Date(readMs).toISOString() });
  }
  const asOf = new Date(nowMs).toISOString();
  return { schema: 'dragoman.http/consumers@1', topic, asOf, groups: shown, notLookedAt };
}
