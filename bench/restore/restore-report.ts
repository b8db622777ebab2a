/** A restore -> text. Pure. */
import { number } from '../table.js';
import type { RestoreResult } from './restore.js';

/** For 1,000,000 aggregates on two processors. */
export const RESTORE_SECONDS_MAX = 300;

export const isRestored = ({ states }: RestoreResult): boolean => states.missing === 0 && states.different === 0;

export function restoreText(result: RestoreResult): string {
  const { aggregates, journal, seconds, cpuSeconds, states, troubles } = result;
  return [
    `Restore of ${number(aggregates)} aggregates out of ${number(journal.entries)} journal entries (${number(journal.bytes / 1e6)} MB) ` +
      `into an empty Redis: ${number(seconds, 1)} s, ${number(aggregates / seconds)} aggregates per second, ` +
      `${number(cpuSeconds, 1)} s of CPU, peak ${number(result.peakMemoryMb)} MB (Redis ${number(result.redisMemoryMb)} MB)`,
    `States: ${number(states.expected - states.missing)} of ${number(states.expected)} are there; ` +
      `${number(states.different)} of ${number(states.compared)} that were compared differ`,
    `Goal: at most ${RESTORE_SECONDS_MAX} s for 1,000,000 aggregates`,
    ...troubles.map((text) => `  ${text}`),
  ].join('\n');
}
