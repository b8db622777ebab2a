/** Runs the command line in this process: what it writes, and the exit code that it leaves. */
import { vi } from 'vitest';
import { main } from '../../src/cli/main.js';

export interface Ran {
  readonly code: unknown;
  /** Lines of data. */
  readonly out: readonly string[];
  /** Words. */
  readonly err: string;
}

export async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const before = process.exitCode;
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((out += String(chunk)), true));
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => ((err += String(chunk)), true));
  try {
    process.exitCode = undefined;
    await main(argv);
    return { code: process.exitCode, out: out.split('\n').slice(0, -1), err };
  } finally {
    process.exitCode = before;
    stdout.mockRestore();
    stderr.mockRestore();
    vi.unstubAllEnvs();
  }
}
