/** What can be wrong with a contract. Pure. */
import { z } from 'zod';
import { METADATA_FIELDS, type ContractDefinition } from '../contract.js';
import { isError } from '../error.js';
import { problem, type RuleProblem, type RuleSet } from '../rule-set.js';

export const contractProblems = ({ publications }: RuleSet): RuleProblem[] =>
  [...new Set(publications.map(({ contract }) => contract))].flatMap(problemsOf);

function problemsOf(contract: ContractDefinition): RuleProblem[] {
  const where = `contract ${contract.name} v${contract.majorVersion}`;
  const invalid = [...formProblems(contract), ...fieldProblems(contract)];
  return [
    ...invalid.map((text) => problem('CONTRACT_INVALID', where, contract.name, text)),
    ...exampleProblems(contract).map((text) => problem('EXAMPLE_INVALID', where, contract.name, text)),
  ];
}

function fieldProblems({ data, key }: ContractDefinition): string[] {
  if (!(data instanceof z.ZodObject))
    return ['its data must be z.object({ ... }): the fields of every event are known'];
  const fields = Object.keys(data.shape);
  const problems = [...METADATA_FIELDS, key]
    .filter((reserved) => fields.includes(reserved))
    .map((reserved) => `field ${reserved} is part of every event's metadata`);
  const { catchall } = data.def;
  if (catchall !== undefined && !(catchall instanceof z.ZodNever)) problems.push(CATCH_ALL);
  return [...problems, ...schemaProblems(data)];
}

const CATCH_ALL =
  'it lets fields through that it does not name (looseObject, passthrough, catchall): a contract names every field; use z.object';

/** What comes in has a form in JSON too: a date would be read by the clock and the zone of this machine. */
function schemaProblems(data: z.ZodObject): string[] {
  try {
    z.toJSONSchema(data, { io: 'output' });
    z.toJSONSchema(data, { io: 'input' });
    return [];
  } catch (error) {
    return [`its fields have no JSON Schema: ${error instanceof Error ? error.message : 'not convertible'}`];
  }
}

/** Refinements and transforms are functions of the author. */
function exampleProblems({ data, example }: ContractDefinition): string[] {
  try {
    const issues = data.safeParse(example).error?.issues ?? [];
    return issues.map(
      ({ path, message }) => `its example does not fit: ${path.map(String).join('.') || 'the whole'}: ${message}`,
    );
  } catch (error) {
    return [`its example makes a function of the contract throw: ${isError(error) ? error.message : 'no error'}`];
  }
}

const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;
const FIELD = /^[a-z][A-Za-z0-9]*$/;

function formProblems(contract: ContractDefinition): string[] {
  const problems: string[] = [];
  const { majorVersion, topic, key } = contract;
  if (!Number.isInteger(majorVersion) || majorVersion < 1) problems.push('its major version must be 1 or more');
  if (!TOPIC.test(topic)) problems.push(`"${topic}" cannot be the name of a topic`);
  if (!FIELD.test(key)) problems.push(`its key "${key}" must be a field name in camelCase`);
  if ((METADATA_FIELDS as readonly string[]).includes(key)) problems.push(`its key "${key}" is a metadata field`);
  for (const prose of ['owner', 'meaning', 'certainty', 'notSentWhen'] as const) {
    const words: unknown = contract[prose];
    if (typeof words !== 'string' || words.trim() === '')
      problems.push(`${prose} is empty: a contract is a promise in words`);
  }
  return problems;
}
