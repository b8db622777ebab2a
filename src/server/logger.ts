/** The log of the process: pino, one JSON object on a line, on stderr, because stdout is for data. `pretty` is for people. */
import { pino, type DestinationStream, type Logger } from 'pino';
import { shownError } from '../config/redact.js';
import type { Config } from '../config/schema.js';
import { prettyLines } from './pretty-lines.js';

export type { Logger } from 'pino';

const STDERR = 2;

/** @param destination where lines go; stderr when left out. Lines are written at once, so a crash loses none. */
export function createLogger({ level, format }: Config['log'], destination?: DestinationStream): Logger {
  const stderr = (): DestinationStream => pino.destination({ fd: STDERR, sync: true });
  const lines = destination ?? stderr();
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: shownError },
      formatters: { level: (label) => ({ level: label }) },
    },
    format === 'pretty' ? prettyLines(lines) : lines,
  );
}
