/** What can be wrong with the parity of a capability, and its compiled form. Pure. */
import { shown } from '../check/problem.js';
import { durationMs, DURATION_WORDS } from '../duration.js';
import { decimal } from '../values/decimal.js';
import type { CompiledParity, ParityOptions } from './parity.js';

/** At which word, and what. */
interface At {
  readonly word: string;
  readonly text: string;
}

/** @param paths of the fields of all contracts concerned: own ones, and those of the context. */
export function parityProblems(options: ParityOptions, paths: readonly string[]): At[] {
  if (!isObject(options)) return [{ word: 'parity', text: "parity stands in braces: { within: '10 minutes' }" }];
  const { within, ignored = [], numbers = {}, times = {}, unordered = [] } = options;
  const problems: At[] = [];
  if (durationMs(within) === null)
    problems.push({ word: 'within', text: `within is ${shown(within)}, not ${DURATION_WORDS}` });
  if (!Array.isArray(ignored)) problems.push({ word: 'ignored', text: 'ignored must be a list of fields' });
  if (!Array.isArray(unordered)) problems.push({ word: 'unordered', text: 'unordered must be a list of fields' });
  if (!isObject(numbers))
    problems.push({ word: 'numbers', text: 'numbers must give by field by how much they may differ' });
  if (!isObject(times)) problems.push({ word: 'times', text: 'times must give by field by how much they may differ' });
  if (problems.length > 0) return problems;
  const named: Readonly<Record<string, readonly string[]>> = {
    ...{ ignored, unordered },
    ...{ numbers: Object.keys(numbers), times: Object.keys(times) },
  };
  for (const [word, fields] of Object.entries(named))
    for (const path of fields.filter((each) => !paths.includes(each)))
      problems.push({
        word,
        text: `${word} names ${shown(path)}, and no contract of the capability has such a field`,
      });
  for (const [path, tolerance] of Object.entries(numbers))
    if (!isTolerance(tolerance))
      problems.push({
        word: path,
        text: `the numbers in ${path} may differ by a number above 0, as 0.01 or '0.01', not by ${shown(tolerance)}`,
      });
  for (const [path, tolerance] of Object.entries(times))
    if (durationMs(tolerance) === null)
      problems.push({
        word: path,
        text: `the times in ${path} may differ by ${shown(tolerance)}, not ${DURATION_WORDS}`,
      });
  return problems;
}

/** It was checked. */
export const compileParity = ({
  within,
  ignored = [],
  numbers = {},
  times = {},
  unordered = [],
}: ParityOptions): CompiledParity => ({
  withinMs: durationMs(within) ?? 0,
  ignored: new Set(ignored),
  numbers: new Map(Object.entries(numbers).map(([path, tolerance]) => [path, String(tolerance)])),
  timesMs: new Map(Object.entries(times).map(([path, tolerance]) => [path, durationMs(tolerance) ?? 0])),
  unordered: new Set(unordered),
});

const NUMBER = /^\d{1,20}(\.\d{1,20})?$/;

const isTolerance = (value: unknown): boolean =>
  (typeof value === 'number' || typeof value === 'string') &&
  NUMBER.test(String(value)) &&
  decimal.compare(String(value), '0') > 0;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
