import { spawn } from 'node:child_process';
import type { UserId } from './processes.js';

export interface RunResult {
  /** Null when the command could not be started. */
  readonly exitCode: number | null;
  /** stdout and stderr as they came. */
  readonly output: string;
}

const outputCharactersMax = 20_000;

/** Runs a command to its end; a failure is a value, not an exception. Keeps the last 20,000 characters it prints. */
export function run(
  command: string,
  args: readonly string[],
  options: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly directory?: string;
    readonly user?: UserId;
    /** It is ended then. */
    readonly timeoutMs?: number;
  } = {},
): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.directory,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      ...options.user,
    });
    let output = '';
    const keep = (bytes: Buffer): void => {
      output = (output + bytes.toString()).slice(-outputCharactersMax);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => resolve({ exitCode: null, output: error.message }));
    child.once('close', (code, signal) => resolve({ exitCode: code ?? (signal === null ? null : 128), output }));
  });
}
