/** The mutation table: each rule, the mutants that lack it, and what found them. */
import { MUTANTS } from './mutants.js';
import { search } from './search.js';

const WHAT_WIDTH = 92;
const TEXT_MAX = 80;

/** @param tell takes each line as it is known. @returns how many mutants survive. */
export async function mutationTable(seedsMax: number, tell: (line: string) => void): Promise<number> {
  tell(row(['rule', 'histories', 'what the code does instead', 'invariant', 'what was seen']));
  let survivors = 0;
  for (const mutant of MUTANTS) {
    const { seed, violation } = await search(mutant, seedsMax);
    if (violation === null) survivors += 1;
    tell(row([mutant.rule, String(seed), mutant.what, ...seen(violation)]));
  }
  return survivors;
}

function row([rule = '', histories = '', what = '', invariant = '', text = '']: readonly string[]): string {
  return `${rule.padEnd(5)}${histories.padStart(9)}  ${what.padEnd(WHAT_WIDTH)}  ${invariant.padEnd(9)}  ${text}`.trimEnd();
}

/** A violation begins with its invariant: `G3: lost: 7`. */
function seen(violation: string | null): [invariant: string, text: string] {
  if (violation === null) return ['', 'SURVIVES'];
  const [line = ''] = violation.split('\n');
  const colon = line.indexOf(': ');
  const text = line.slice(colon + 2);
  return [line.slice(0, colon), text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}...` : text];
}
