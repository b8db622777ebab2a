/** What can be wrong with the parity of a capability. Pure. */
import { isObject } from '../../../domain/json-text.js';
import { durationMs, DURATION_WORDS } from '../../duration.js';
import { GATE, type GateOptions, OVER_MAX_MS, type ParityOptions } from '../../parity/parity.js';
import { decimal } from '../../values/decimal.js';
import { shown } from '../problem.js';

/** At which word, and what. */
interface At {
  readonly word: string;
  readonly text: string;
}

/** @param paths of the fields of all contracts concerned: own ones, and those of the context. */
export function parityProblems(options: ParityOptions, paths: readonly string[]): At[] {
  if (!isObject(options)) return [{ word: 'parity', text: "parity stands in braces: { within: '10 minutes' }" }];
  const { within, ignored = [], numbers = {}, times = {}, unordered = [], gate = {} } = options;
  const problems: At[] = [];
  if (durationMs(within) === null)
    problems.push({ word: 'within', text: `within is ${shown(within)}, not ${DURATION_WORDS}` });
  if (!Array.isArray(ignored)) problems.push({ word: 'ignored', text: 'ignored must be a list of fields' });
  if (!Array.isArray(unordered)) problems.push({ word: 'unordered', text: 'unordered must be a list of fields' });
  if (!isObject(numbers))
    problems.push({ word: 'numbers', text: 'numbers must give by field by how much they may differ' });
  if (!isObject(times)) problems.push({ word: 'times', text: 'times must give by field by how much they may differ' });
  if (!isObject(gate)) problems.push({ word: 'gate', text: 'gate stands in braces: { equal: 99.9, pairs: 1000 }' });
  if (problems.length > 0) return problems;
  problems.push(...gateProblems({ ...GATE, ...gate }));
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

function gateProblems(gate: GateOptions): At[] {
  const problems: At[] = [];
  const { equal, pairs, parked } = gate;
  if (typeof equal !== 'number' || !(equal > 0 && equal <= 100))
    problems.push({ word: 'equal', text: `equal is ${shown(equal)}, not a part of 100 such as 99.9` });
  for (const [word, count] of Object.entries({ pairs, parked }))
    if (!Number.isSafeInteger(count) || count < 0)
      problems.push({ word, text: `${word} is ${shown(count)}, not a whole number from 0 on` });
  for (const word of ['over', 'behind'] as const)
    if (durationMs(gate[word]) === null)
      problems.push({ word, text: `${word} is ${shown(gate[word])}, not ${DURATION_WORDS}` });
  const overMs = durationMs(gate.over);
  if (overMs !== null && overMs > OVER_MAX_MS)
    problems.push({ word: 'over', text: `over is ${shown(gate.over)}, and figures are kept for 30 days` });
  return problems;
}

const NUMBER = /^\d{1,20}(\.\d{1,20})?$/;

const isTolerance = (value: unknown): boolean =>
  (typeof value === 'number' || typeof value === 'string') &&
  NUMBER.test(String(value)) &&
  decimal.compare(String(value), '0') > 0;
