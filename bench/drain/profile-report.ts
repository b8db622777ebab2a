/** The functions that took the time, as text. Pure. */
import { number, table } from '../table.js';
import type { SelfTime } from './cpu-profile.js';
import type { ProfileResult, TakenProfile } from './profile.js';

const FUNCTIONS = 40;
const PARTS = 25;

export function profileText({ result, ...taken }: ProfileResult): string {
  return [
    `Main thread: ${number(totalOf(taken) / 1_000)} ms busy of ${number(result.seconds * 1_000)} ms; under the profiler ` +
      `${number(result.rowsPerSecond)} rows/s, ${number(result.cpuMicrosPerRow, 1)} CPU us/row`,
    takenText(taken, { name: 'row', count: result.rows }),
  ].join('\n');
}

/** @param unit that the time is divided by. */
export function takenText(taken: TakenProfile, unit: { readonly name: string; readonly count: number }): string {
  const { functions, parts, file } = taken;
  const total = totalOf(taken);
  const rows = (times: readonly SelfTime[], max: number): string =>
    table([
      ['self ms', '%', `us/${unit.name}`, 'what', 'where'],
      ...times
        .slice(0, max)
        .map(({ name, place, micros }) => [
          number(micros / 1_000),
          number((micros / total) * 100, 1),
          number(micros / unit.count, 2),
          name,
          place,
        ]),
    ]);
  return [
    'By part:',
    rows(parts, PARTS),
    `By function (the first ${FUNCTIONS}):`,
    rows(functions, FUNCTIONS),
    `Profile: ${file}`,
  ].join('\n');
}

const totalOf = ({ functions }: TakenProfile): number => functions.reduce((sum, { micros }) => sum + micros, 0);
