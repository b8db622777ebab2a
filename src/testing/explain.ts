/** A journal entry in words: what became of each fact, and why. */
import { echoWords } from '../domain/ownership/echo.js';
import type { Refusal } from '../domain/refusal.js';
import { aggregateText } from '../domain/state/aggregate-state.js';
import type { Decision, Verdict } from '../domain/state/journal-entry.js';
import { conditionWords, deadlineWords } from '../translate/timers/words.js';

/** @param fact only this one. */
export function explain(entry: Decision, fact?: string): string[] {
  const name = aggregateText(entry);
  if (entry.outcome === 'baseline' && entry.verdicts.length === 0) return [`${name}: baseline, no fact was asked`];
  if (entry.refusal !== null) {
    return [`${name}: ${entry.outcome}: ${refusalText(entry.refusal)}`];
  }
  const verdicts = entry.verdicts.filter((verdict) => fact === undefined || verdict.fact === fact);
  const words = verdicts
    .filter(({ verdict }) => entry.outcome !== 'untold' || verdict !== 'missed') // said with its echo
    .map((verdict) => `${name}: ${subject(verdict)} ${inWords(verdict)}`);
  const { intervention, deadlines = [], echoes = [] } = entry;
  const expected = deadlines.filter((deadline) => fact === undefined || deadline.fact === fact);
  words.push(...expected.map((deadline) => `${name}: ${deadline.fact} ${deadlineWords(deadline)}`));
  const mirrored = echoes.filter((echo) => fact === undefined || echo.fact === undefined || echo.fact === fact);
  words.push(...mirrored.map((echo) => `${name}: ${echo.fact ?? echo.contract} ${echoWords(echo)}`));
  return intervention === undefined ? words : [`${name}: learnt and not published: ${intervention}`, ...words];
}

export const refusalText = ({ code, text }: Refusal): string => `${code} ${text}`;

const subject = ({ fact, occurrence }: Verdict): string => (occurrence === '' ? fact : `${fact} (${occurrence})`);

function inWords(verdict: Verdict): string {
  switch (verdict.verdict) {
    case 'fired':
      return 'happened';
    case 'learnt':
      return 'happened, and is not published';
    case 'missed':
      return 'happened while nobody read, as a snapshot shows; an operator decides';
    case 'already':
      return 'was so before';
    case 'withheld':
      return `is withheld from ${verdict.contract}: ${verdict.reason}`;
    case 'unmet':
      return ['did not happen:', ...conditionWords(verdict)].join(' ');
  }
}
