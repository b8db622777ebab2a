/** What is promised, out of the rules that this process runs, and who reads it, out of Kafka. */
import { z } from 'zod';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import { splitName } from '../../adapters/kafka/names.js';
import type { Consumers, ContractOne, ContractQuery, Contracts } from '../../console/answers/contracts.js';
import type { Rules } from '../../console/answers/rules.js';
import type { PublishedWatch } from '../../console/watch/published-watch.js';
import { contractText } from '../../domain/integration-event.js';
import { DragomanError } from '../../errors.js';
import { type ContractDefinition, METADATA_FIELDS } from '../../rules/contract.js';
import type { CompiledFact, CompiledRules } from '../../rules/compile.js';
import { kindText } from '../rules/graph/graph.js';
import type { ConsoleReads } from './kafka-reads.js';

export const contractsNow = ({ contracts }: CompiledRules, published: PublishedWatch): Contracts => ({
  schema: 'dragoman.http/contracts@1',
  since: published.read().since,
  contracts: contracts.map((contract) => summary(contract, published)),
});

const summary = (
  { name, majorVersion, topic, key, owner, meaning }: ContractDefinition,
  published: PublishedWatch,
): Contracts['contracts'][number] => ({
  ...{ event: name, version: majorVersion, topic, key, owner, meaning },
  ...published.rate(name, majorVersion),
});

/** @throws DragomanError COMMAND_REFUSED */
export function contractNow(
  { event, version }: ContractQuery,
  rules: CompiledRules,
  published: PublishedWatch,
): ContractOne {
  const contract = rules.contracts.find(({ name, majorVersion }) => name === event && majorVersion === version);
  if (contract === undefined)
    throw new DragomanError('COMMAND_REFUSED', `The rules publish no ${contractText(event, version)}.`);
  const facts = factsOf(rules).filter(({ fact }) => fact.publications.some((each) => each.contract === contract));
  const jsonSchema = z.toJSONSchema(contract.data);
  delete jsonSchema.$schema;
  return {
    ...summary(contract, published),
    schema: 'dragoman.http/contract@1',
    certainty: contract.certainty,
    notSentWhen: contract.notSentWhen,
    fields: fieldsOf(contract, jsonSchema, rules),
    jsonSchema,
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

type Field = ContractOne['fields'][number];

function fieldsOf({ key }: ContractDefinition, schema: JsonSchema, rules: CompiledRules): Field[] {
  const { properties = {}, required = [] } = schema;
  const field = (name: string, type: string, isMetadata: boolean, isRequired = true): Field => ({
    ...{ name, type, isRequired, isMetadata },
  });
  return [
    field(key, 'text', false),
    ...Object.entries(properties).map(([name, each]) => field(name, typeText(each), false, required.includes(name))),
    ...METADATA_FIELDS.map((name) => field(name, name === 'sequence' ? 'whole number' : 'text', true)),
    ...contextsOf(rules).map((name) => field(name, 'text or null', true)),
  ];
}

/** What is looked at of a schema of zod. */
interface JsonSchema {
  readonly type?: string | readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly anyOf?: readonly unknown[] | undefined;
  readonly items?: unknown;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  readonly required?: readonly string[] | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  null: 'null',
};

/** In a few words. */
function typeText(of: unknown): string {
  const schema = of as JsonSchema;
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === 'array') return `list of ${typeText(schema.items)}`;
  if (schema.type === 'object')
    return `{ ${Object.entries(schema.properties ?? {})
      .map(([name, each]) => `${name}: ${typeText(each)}`)
      .join(', ')} }`;
  if (typeof schema.type === 'object') return schema.type.map((type) => typeText({ ...schema, type })).join(' or ');
  const type = TYPES[String(schema.type)] ?? 'anything';
  return schema.format === undefined ? type : `${type}, ${schema.format}`;
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
