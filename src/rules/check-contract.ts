/** What can be wrong with a contract. Pure. */
import { z } from 'zod';
import { METADATA_FIELDS, type ContractDefinition } from './contract.js';
import { problem, type RuleProblem, type RuleSet } from './rule-set.js';

export const contractProblems = ({ publications }: RuleSet): RuleProblem[] =>
  [...new Set(publications.map(({ contract }) => contract))].flatMap(problemsOf);

function problemsOf(contract: ContractDefinition): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const where = `contract ${contract.name} v${contract.majorVersion}`;
  const add = (code: RuleProblem['code'], text: string) => problems.push(problem(code, where, contract.name, text));

  for (const text of formProblems(contract)) add('CONTRACT_INVALID', text);
  const fields = Object.keys(contract.data.shape);
  for (const reserved of [...METADATA_FIELDS, contract.key]) {
    if (fields.includes(reserved)) add('CONTRACT_INVALID', `field ${reserved} is part of every event's metadata`);
  }
  try {
    z.toJSONSchema(contract.data, { io: 'output' });
  } catch (error) {
    add(
      'CONTRACT_INVALID',
      `its fields have no JSON Schema: ${error instanceof Error ? error.message : 'not convertible'}`,
    );
  }
  const example = contract.data.safeParse(contract.example);
  for (const { path, message } of example.error?.issues ?? []) {
    add('EXAMPLE_INVALID', `its example does not fit: ${path.join('.') || 'the whole'}: ${message}`);
  }
  return problems;
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
    if (contract[prose].trim() === '') problems.push(`${prose} is empty: a contract is a promise in words`);
  }
  return problems;
}
