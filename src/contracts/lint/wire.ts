/** What is on the wire of every event: metadata, size, headers. Pure. */
import type { PublishedContract } from '../published.js';
import { METADATA_FIELDS } from '../../rules/contract.js';
import type { Ground, LintProblem } from './problem.js';

/** Of the example, as JSON: an event is a notice, not a copy of the order. */
export const EVENT_BYTES_MAX = 16_384;
/** Of a contract, those in objects and lists too. */
export const FIELDS_MAX = 100;

export const wireProblems = (contract: PublishedContract, ground: Ground): LintProblem[] => [
  ...metadataProblems(contract),
  ...budgetProblems(contract),
  ...ground
    .extensions(contract)
    .filter((name) => !EXTENSION.test(name))
    .map(headerProblem),
];

function metadataProblems({ value: { properties = {}, required = [] }, key }: PublishedContract): LintProblem[] {
  return [...METADATA_FIELDS, key]
    .filter((name) => !Object.hasOwn(properties, name) || !required.includes(name))
    .map((name) => ({ code: 'METADATA_MISSING', path: name, text: `${name} is not in every event` }));
}

function budgetProblems({ example, fields }: PublishedContract): LintProblem[] {
  const bytes = new TextEncoder().encode(JSON.stringify(example)).length;
  const count = Object.keys(fields).length;
  return [
    ...(bytes > EVENT_BYTES_MAX ? [overBudget(`its example is ${bytes} bytes, and may have ${EVENT_BYTES_MAX}`)] : []),
    ...(count > FIELDS_MAX ? [overBudget(`it has ${count} fields, and may have ${FIELDS_MAX}`)] : []),
  ];
}

const overBudget = (text: string): LintProblem => ({ code: 'EVENT_OVER_BUDGET', path: '', text });

/** CloudEvents 1.0.2, naming of attributes; `data` is taken. */
const EXTENSION = /^(?!data$)[a-z0-9]{1,20}$/;

const headerProblem = (name: string): LintProblem => ({
  code: 'HEADER_NAME_INVALID',
  path: '',
  text: `the header ce_${name} is no name of CloudEvents`,
});
