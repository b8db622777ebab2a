/** What can be wrong with what a contract promises of its fields and of its life (`contracts/promise.ts`). Without types anything may stand there. Pure. */
import { isObject } from '../../domain/json-text.js';
import { contractText } from '../../domain/integration-event.js';
import type { ContractDefinition } from '../contract.js';
import type { JsonSchema } from '../contracts/json-schema.js';
import { fieldsOf } from '../contracts/field-schema.js';
import { CARRIES, type FieldPromise, STABILITIES, stabilityOf } from '../contracts/promise.js';
import { isDay } from '../values/instant.js';
import { isClassName } from '../../domain/tables/table.js';
import { CLASS_WORDS } from './check-columns.js';
import { shown } from './problem.js';

/** A problem and the word of the declaration at which it stands. */
export interface At {
  readonly word: string;
  readonly text: string;
}

/** What is there to be spoken of. */
export interface Known {
  /** Of the fields; null: it has none. */
  readonly schema: JsonSchema | null;
  /** Names in the contexts of the aggregates whose events it has. */
  readonly contexts: readonly string[];
  /** All contracts of the rule set: `Name.v1`. */
  readonly contracts: readonly string[];
}

export const promiseProblems = (contract: ContractDefinition, known: Known): At[] => [
  ...wordProblems(contract),
  ...lifeProblems(contract, known.contracts),
  ...(known.schema === null ? [] : pathProblems(contract, known.schema, known.contexts)),
  ...waivedProblems(contract),
];

function wordProblems({ carries, stability }: ContractDefinition): At[] {
  const problems: At[] = [];
  if (carries !== undefined && !CARRIES.includes(carries))
    problems.push({ word: 'carries', text: `carries is ${shown(carries)}, not ${CARRIES.join(' or ')}` });
  if (stability !== undefined && !STABILITIES.includes(stability))
    problems.push({ word: 'stability', text: `stability is ${shown(stability)}, not ${STABILITIES.join(', ')}` });
  return problems;
}

function lifeProblems(contract: ContractDefinition, contracts: readonly string[]): At[] {
  const problems: At[] = [];
  const { name, majorVersion, sunset, replacedBy } = contract;
  if (sunset !== undefined && !isCalendarDay(sunset))
    problems.push({ word: 'sunset', text: `sunset is ${shown(sunset)}, not a day as 2027-06-30` });
  const ends = [sunset === undefined ? [] : 'sunset', replacedBy === undefined ? [] : 'replacedBy'].flat();
  if (ends.length > 0 && stabilityOf(contract) !== 'deprecated')
    problems.push({
      word: 'stability',
      text: `it has ${ends.join(' and ')}, so it is on its way out; its stability must be deprecated, or not be said`,
    });
  if (replacedBy === contractText(name, majorVersion))
    problems.push({ word: 'replacedBy', text: 'it cannot take its own place' });
  else if (replacedBy !== undefined && !contracts.includes(replacedBy))
    problems.push({
      word: 'replacedBy',
      text: `replacedBy is ${shown(replacedBy)}, and the rules publish no such contract: ${contracts.join(', ')}`,
    });
  return problems;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const isCalendarDay = (day: unknown): boolean => typeof day === 'string' && DAY.test(day) && isDay(day);

function pathProblems(contract: ContractDefinition, schema: JsonSchema, contexts: readonly string[]): At[] {
  const { key, fields = {}, reconciledBy = [] } = contract;
  const paths = [key, ...contexts, ...fieldsOf(schema).map(({ path }) => path)];
  const unknown = (path: unknown): string =>
    `there is no field ${shown(path)}: ${paths.slice(0, PATHS_SHOWN_MAX).join(', ')}${paths.length > PATHS_SHOWN_MAX ? ' ...' : ''}`;
  if (!isObject(fields)) return [{ word: 'fields', text: 'fields must say by path what is promised of a field' }];
  if (!Array.isArray(reconciledBy)) return [{ word: 'reconciledBy', text: 'reconciledBy must be a list of fields' }];
  return [
    ...Object.entries(fields).flatMap(([path, promise]) =>
      (paths.includes(path) ? fieldProblems(promise) : [unknown(path)]).map((text) => ({ word: path, text })),
    ),
    ...(reconciledBy as readonly unknown[])
      .filter((path) => !paths.includes(path as string))
      .map((path) => ({ word: 'reconciledBy', text: unknown(path) })),
  ];
}

const PATHS_SHOWN_MAX = 12;

function fieldProblems(promise: FieldPromise): string[] {
  if (!isObject(promise)) return ['what is promised of a field stands in braces: { meaning, authority, class }'];
  const { meaning, authority = 'own', class: called } = promise;
  const problems: string[] = [];
  if (meaning !== undefined && !isProse(meaning)) problems.push('its meaning is empty');
  if (authority !== 'own' && !(isObject(authority) && isProse(authority.borrowedFrom)))
    problems.push("its authority must be 'own' or { borrowedFrom: 'the context that decides it' }");
  if (called !== undefined && !isClassName(called))
    problems.push(`its class ${shown(called)} is no name of a class: ${CLASS_WORDS}`);
  return problems;
}

/** Of a code in all of the contract; with a path behind it, in that place. */
const CODE = /^[A-Z][A-Z0-9_]*( \S+)?$/;

function waivedProblems({ waived = {} }: ContractDefinition): At[] {
  if (!isObject(waived)) return [{ word: 'waived', text: "waived must give reasons by code: { CODE: 'why' }" }];
  return Object.entries(waived).flatMap(([code, reason]) => {
    if (!CODE.test(code)) return [{ word: code, text: `waived has ${shown(code)}, which is no code of a finding` }];
    return isProse(reason) ? [] : [{ word: code, text: `${code} is waived without a reason` }];
  });
}

const isProse = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
