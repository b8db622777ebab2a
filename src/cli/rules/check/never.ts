/** Facts for which a recording is no evidence, with what was most often in the way. */
import type { RulesFolder } from '../../../adapters/files/rules-loader.js';
import type { JournalEntry, Verdict } from '../../../domain/state/journal-entry.js';
import type { Finding } from './finding.js';
import type { Parked } from './parked.js';
import { placed } from './source-rules.js';

type Unmet = Extract<Verdict, { verdict: 'unmet' }>;

/** A fact that parks what it happens to did come about: that is a finding, and no note. */
export function neverHappened(folder: RulesFolder, entries: readonly JournalEntry[], parked: Parked): Finding[] {
  const { root, ruleSet } = folder;
  const verdicts = entries.flatMap((entry) => entry.verdicts);
  const happened = new Set(verdicts.filter(({ verdict }) => verdict !== 'unmet').map(({ fact }) => fact));
  const { count } = parked;
  const beside = count === 0 ? '' : `; what is parked (${count}) was not decided`;
  return ruleSet.facts
    .filter(({ name }) => !happened.has(name) && !parked.isReached(name))
    .map((fact) => ({
      ...{ kind: 'note', code: 'FACT_NEVER_HAPPENED', ...placed(root, folder.placeOf(fact, fact.name)) },
      about: `fact ${fact.name}`,
      text: `did not happen once in the recording: ${inTheWay(verdicts.filter(isUnmet(fact.name)))}${beside}`,
      fix: `${count === 0 ? '' : 'Let what is parked go on first. '}Record a case of it; or look whether its conditions can ever hold together.`,
    }));
}

const isUnmet =
  (fact: string) =>
  (one: Verdict): one is Unmet =>
    one.verdict === 'unmet' && one.fact === fact;

function inTheWay(asked: readonly Unmet[]): string {
  const counts = new Map<string, number>();
  const count = (words: string): void => void counts.set(words, (counts.get(words) ?? 0) + 1);
  for (const { unmet, unknown } of asked) {
    for (const name of unmet) count(`"${name}" did not hold`);
    for (const name of unknown) count(`"${name}" was not known`);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most === undefined ? 'nobody asked for it' : `${most[0]} in ${most[1]} of ${asked.length} decisions`;
}
