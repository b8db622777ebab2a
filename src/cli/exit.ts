/** Exit codes and how errors are shown. Data goes to stdout, words to stderr. */
import pc from 'picocolors';
import { shownError } from '../config/redact.js';
import { DragomanError, type ErrorCode } from '../errors.js';

export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  findings: 3,
  unreachable: 5,
  refused: 6,
} as const;

/** Turns what a command returns or throws into the exit code. */
export type Ending = <A extends unknown[]>(action: (...args: A) => Promise<number>) => (...args: A) => Promise<void>;

const USAGE: readonly ErrorCode[] = ['CONFIG_INVALID', 'RECORDING_INVALID', 'CONSUMER_FILE_INVALID', 'COMMAND_INVALID'];

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof DragomanError)) return EXIT.internal;
  if (USAGE.includes(error.code)) return EXIT.usage;
  if (error.code === 'PARITY_GATE') return EXIT.findings;
  if (error.disposition === 'retry') return EXIT.unreachable;
  return error.disposition === 'refuse' ? EXIT.refused : EXIT.internal;
}

export function errorText(error: unknown): string {
  if (error instanceof DragomanError) return `${pc.red(error.code)}: ${error.message}`;
  return `${pc.red('INTERNAL')}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** What nobody caught ends the process with its words alone: Node itself would print every property of the error and of its causes. */
export function endOnCrash(): void {
  const end = (error: unknown): void => {
    say(`${pc.red('INTERNAL')}: ${JSON.stringify(shownError(error), null, 2).replaceAll('\\n', '\n')}`);
    process.exit(EXIT.internal);
  };
  process.on('uncaughtException', end).on('unhandledRejection', end);
  endWithPipe();
}

/** Of a shell: 128 and the number of SIGPIPE. */
const PIPE_CLOSED = 141;

/** Whoever read us has had enough (`| head -1`): there is nobody to tell, so the process ends as one does that knows of pipes. */
export function endWithPipe(streams: readonly NodeJS.EventEmitter[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(PIPE_CLOSED);
      throw error;
    });
  }
}

export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** All but the tab: keys and values of rows are in lines of data, and a terminal would obey these (ECMA-48). In JSON the text stays the same. */
const CONTROL = /(?!\t)\p{Cc}/gu;
const escaped = (mark: string): string => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One line of data. Waits while the reader of stdout is slow. */
export async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line.replace(CONTROL, escaped)}\n`))
    await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}
