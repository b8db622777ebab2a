/** The functions that took the time, as text. Pure. */
import { number, table } from '../table.js';
import type { SelfTime } from './cpu-profile.js';
import type { ProfileResult } from './profile.js';

const FUNCTIONS = 40;
const PARTS = 25;

export function profileText({ result, functions, parts, file }: ProfileResult): string {
  const total = functions.reduce((sum, { micros }) => sum + micros, 0);
  const rows = (times: readonly SelfTime[], max: number): string =>
    table([
      ['self ms', '%', 'us/row', 'what', 'where'],
      ...times
        .slice(0, max)
        .map(({ name, place, micros }) => [
          number(micros / 1_000),
          number((micros / total) * 100, 1),
          number(micros / result.rows, 2),
          name,
          place,
        ]),
    ]);
  return [
    `Main thread: ${number(total / 1_000)} ms busy of ${number(result.seconds * 1_000)} ms; under the profiler ` +
      `${number(result.rowsPerSecond)} rows/s, ${number(result.cpuMicrosPerRow, 1)} CPU us/row`,
    'By part:',
    rows(parts, PARTS),
    `By function (the first ${FUNCTIONS}):`,
    rows(functions, FUNCTIONS),
    `Profile: ${file}`,
  ].join('\n');
}
