/**
 * The frame of the command line tools here: data on stdout, words on stderr, exit codes 0 ok, 1 internal, 2 usage,
 * 5 database or stack unreachable.
 */
import { CommanderError, type Command } from 'commander';
import pc from 'picocolors';
import { LegacyDbError } from './errors.js';

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH']);

/** `main` runs after the command line is parsed, so it may ask the program for its options. */
export async function runCli(program: Command, main: () => Promise<void>): Promise<void> {
  program.exitOverride();
  try {
    program.parse();
    await main();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    if (!(error instanceof CommanderError)) process.stderr.write(`${pc.red(wordsOf(error))}\n`);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof LegacyDbError)
    return error.code === 'CONFIG_INVALID' ? 2 : error.code === 'STACK_UNREADY' ? 5 : 1;
  return UNREACHABLE.has(codeOf(error)) ? 5 : 1;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const words = error instanceof LegacyDbError ? error.message : (error.stack ?? error.message);
  return error.cause === undefined ? words : `${words}\n  because: ${wordsOf(error.cause)}`;
}
