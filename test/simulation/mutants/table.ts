/** The mutation table: each rule, the mutants that lack it, and what found them. */
import { MUTANTS } from './mutants.js';
import { type Found, search } from './search.js';

const TEXT_MAX = 100;

/** @param tell takes each line as it is known. @returns how many mutants survive. */
export async function mutationTable(seedsMax: number, tell: (line: string) => void): Promise<number> {
  tell(row('rule', 'histories', 'what the code does instead', 'what found it'));
  let survivors = 0;
  for (const mutant of MUTANTS) {
    const found = await search(mutant, seedsMax);
    if (found.violation === null) survivors += 1;
    tell(row(mutant.rule, String(found.seeds), mutant.what, foundBy(found)));
  }
  return survivors;
}

const row = (rule: string, seeds: string, what: string, found: string): string =>
  `${rule.padEnd(5)}${seeds.padStart(9)}  ${what.padEnd(84)}  ${found}`;

function foundBy({ violation }: Found): string {
  if (violation === null) return 'SURVIVES';
  const [line = ''] = violation.split('\n');
  return line.length > TEXT_MAX ? `${line.slice(0, TEXT_MAX)}…` : line;
}
