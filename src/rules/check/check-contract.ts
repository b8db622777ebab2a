/** What can be wrong with a contract. Pure. */
import { z } from 'zod';
import { contractText } from '../../domain/integration-event.js';
import { FIELD, isMetadata, METADATA_FIELDS, type ContractDefinition } from '../contract.js';
import { contractsIn } from '../correction.js';
import { fieldSchema, refersToWhole } from '../contracts/field-schema.js';
import type { JsonSchema } from '../contracts/json-schema.js';
import { isError } from '../error.js';
import type { RuleSet } from '../rule-set.js';
import { type At, promiseProblems } from './check-promise.js';
import { aboutContract, problem, type RuleProblem, shown } from './problem.js';

export function contractProblems(rules: RuleSet): RuleProblem[] {
  const all = contractsIn(rules);
  const contracts = all.map(({ name, majorVersion }) => contractText(name, majorVersion));
  return [
    ...all.flatMap((contract) => problemsOf(contract, contractContexts(rules, contract), contracts)),
    ...contextProblems(rules),
  ];
}

const contractContexts = (rules: RuleSet, contract: ContractDefinition): string[] =>
  concerns(rules)
    .filter((each) => each.contract === contract)
    .flatMap(({ aggregate }) => Object.keys(aggregate?.context ?? {}));

/** Contracts with the aggregates that their events are of. */
const concerns = ({ aggregates, publications, corrections = [] }: RuleSet) => [
  ...publications.map(({ fact, contract }) => ({
    contract,
    aggregate: aggregates.find(({ name }) => name === fact.aggregate),
  })),
  ...corrections.map(({ correction: contract, aggregate }) => ({ contract, aggregate })),
];

/** What an event says of its aggregate stands beside the contract's fields. */
function contextProblems(rules: RuleSet): RuleProblem[] {
  return concerns(rules).flatMap(({ contract, aggregate }) => {
    const fields = [contract.key, ...(contract.data instanceof z.ZodObject ? Object.keys(contract.data.shape) : [])];
    return Object.keys(aggregate?.context ?? {})
      .filter((name) => fields.includes(name))
      .map((name) =>
        problem(
          'CONTRACT_INVALID',
          { ...aboutContract(contract, name), also: aggregate === undefined ? [] : [aggregate] },
          `${name} is in the context of ${aggregate?.name ?? ''}, and so in each of its events already`,
          'Take the field out, or give one of the two another name.',
        ),
      );
  });
}

function problemsOf(
  contract: ContractDefinition,
  contexts: readonly string[],
  contracts: readonly string[],
): RuleProblem[] {
  const { schema, problems } = schemaOf(contract);
  return [
    ...[
      ...formProblems(contract),
      ...fieldProblems(contract),
      ...problems,
      ...promiseProblems(contract, { schema, contexts, contracts }),
    ].map(({ word, text }) => problem('CONTRACT_INVALID', aboutContract(contract, word), text)),
    ...exampleProblems(contract).map((text) => problem('EXAMPLE_INVALID', aboutContract(contract, 'example'), text)),
  ];
}

function fieldProblems({ data, key }: ContractDefinition): At[] {
  if (!(data instanceof z.ZodObject))
    return [{ word: 'data', text: 'its data must be z.object({ ... }): the fields of every event are known' }];
  const fields = Object.keys(data.shape);
  const problems = [...METADATA_FIELDS, key]
    .filter((reserved) => fields.includes(reserved))
    .map((reserved) => ({ word: reserved, text: `field ${reserved} is part of every event's metadata` }));
  const { catchall } = data.def;
  if (catchall !== undefined && !(catchall instanceof z.ZodNever)) problems.push({ word: 'data', text: CATCH_ALL });
  return problems;
}

const CATCH_ALL =
  'it lets fields through that it does not name (looseObject, passthrough, catchall): a contract names every field; use z.object';

/** What comes in has a form in JSON too: a date would be read by the clock and the zone of this machine. */
function schemaOf({ data }: ContractDefinition): { readonly schema: JsonSchema | null; readonly problems: At[] } {
  if (!(data instanceof z.ZodObject)) return { schema: null, problems: [] };
  try {
    const schema = fieldSchema(data);
    z.toJSONSchema(data, { io: 'input' });
    return { schema, problems: refersToWhole(schema) ? [{ word: 'data', text: WHOLE }] : [] };
  } catch (error) {
    const words = error instanceof Error ? error.message : 'not convertible';
    return { schema: null, problems: [{ word: 'data', text: `its fields have no JSON Schema: ${words}` }] };
  }
}

const WHOLE = 'a field has the whole of the fields in it: give what repeats itself a schema of its own';

const ISSUES_SHOWN_MAX = 3;

/** Refinements and transforms are functions of the author. */
function exampleProblems({ data, example }: ContractDefinition): string[] {
  try {
    const issues = data.safeParse(example).error?.issues ?? [];
    const shownIssues = issues
      .slice(0, ISSUES_SHOWN_MAX)
      .map(({ path, message }) => `${path.map(String).join('.') || 'the whole'}: ${message}`);
    const more = issues.length - shownIssues.length;
    return issues.length === 0
      ? []
      : [`its example does not fit: ${shownIssues.join('; ')}${more > 0 ? `; and ${more} more` : ''}`];
  } catch (error) {
    return [`its example makes a function of the contract throw: ${isError(error) ? error.message : 'no error'}`];
  }
}

const TOPIC = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;

function formProblems(contract: ContractDefinition): At[] {
  const problems: At[] = [];
  const at = (word: string, text: string) => problems.push({ word, text });
  const { majorVersion, topic, key, occurredAt } = contract;
  if (!Number.isInteger(majorVersion) || majorVersion < 1) at(contract.name, 'its major version must be 1 or more');
  if (!fits(topic, TOPIC)) at('topic', `${shown(topic)} cannot be the name of a topic`);
  if (!fits(key, FIELD)) at('key', `its key ${shown(key)} must be a field name in camelCase`);
  if (isMetadata(key)) at('key', `its key "${key}" is a metadata field`);
  for (const prose of ['owner', 'meaning', 'certainty', 'notSentWhen'] as const) {
    const words: unknown = contract[prose];
    if (typeof words !== 'string' || words.trim() === '')
      at(prose, `${prose} is empty: a contract is a promise in words`);
  }
  if (occurredAt !== null && typeof (occurredAt as unknown) !== 'function')
    at('occurredAt', 'occurredAt must be a function of the event that gives an ISO-8601 text');
  return problems;
}

/** Without types anything may stand there. */
const fits = (value: unknown, form: RegExp): boolean => typeof value === 'string' && form.test(value);
