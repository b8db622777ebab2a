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
  const before = process.exitCode;
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return await written(async () => {
      process.exitCode = undefined;
      await main(argv);
      return process.exitCode;
    });
  } finally {
    process.exitCode = before;
    vi.unstubAllEnvs();
  }
}

/** What a command writes. @param command gives the exit code. */
export async function written(command: () => Promise<unknown>): Promise<Ran> {
  let out = '';
  let err = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((out += String(chunk)), true));
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => ((err += String(chunk)), true));
  try {
    const code = await command();
    return { code, out: out.split('\n').slice(0, -1), err };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}
