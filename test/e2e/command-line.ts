/** What the commands that run against real servers share: exit codes, words on stderr, an orderly end on Ctrl-C. */
import { CommanderError, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import type { Ground } from './ground.js';

export const EXIT = { ok: 0, internal: 1, usage: 2, differences: 3, interrupted: 130 } as const;

export type Say = (line: string) => void;

export const sayAs =
  (name: string): Say =>
  (line) =>
    void process.stderr.write(`${pc.dim(`${name} ${new Date().toISOString().slice(11, 19)}`)} ${line}\n`);

export function endOnInterrupt(ground: Ground, say: Say): void {
  const end = (): void => {
    say('ending everything that was started');
    void ground.end().finally(() => process.exit(EXIT.interrupted));
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

/** For commander. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

/** Sets the exit code: that of `main`, or what stands for the error. */
export async function runMain(main: () => Promise<number>, say: Say): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    const isUsage = error instanceof CommanderError;
    process.exitCode = !isUsage ? EXIT.internal : error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!isUsage) say(pc.red(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  }
}
