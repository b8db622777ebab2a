/** A restore -> text. Pure. */
import { takenText } from '../drain/profile-report.js';
import { number } from '../table.js';
import type { RestoreResult } from './restore.js';

/** For 1,000,000 aggregates on two processors. */
export const RESTORE_SECONDS_MAX = 60;
export const RESTORE_MEMORY_MAX_MB = 512;

export const isRestored = ({ states }: RestoreResult): boolean => states.missing === 0 && states.different === 0;

export function restoreText(result: RestoreResult): string {
  const { aggregates, filled, seconds, cpuSeconds, states, troubles, profile } = result;
  return [
    `Restore of ${number(aggregates)} aggregates out of ${number(filled.cells)} cells (${number(filled.bytes / 1e6)} MB) ` +
      `into an empty Redis: ${number(seconds, 1)} s, ${number(aggregates / seconds)} aggregates per second, ` +
      `${number(cpuSeconds, 1)} s of CPU, peak ${number(result.peakMemoryMb)} MB (Redis ${number(result.redisCpuSeconds, 1)} s, ${number(result.redisMemoryMb)} MB)`,
    `States: ${number(states.expected - states.missing)} of ${number(states.expected)} are there; ` +
      `${number(states.different)} of ${number(states.compared)} that were compared differ`,
    `Goal: at most ${RESTORE_SECONDS_MAX} s and ${RESTORE_MEMORY_MAX_MB} MB for 1,000,000 aggregates`,
    ...troubles.map((text) => `  ${text}`),
    ...(profile === null ? [] : [takenText(profile, { name: 'cell', count: filled.cells })]),
  ].join('\n');
}
