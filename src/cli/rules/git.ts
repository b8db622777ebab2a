/** What git says of a repository: commands that only read, or write where they are told to. */
import { execFileSync } from 'node:child_process';

/** Of one answer. */
export const GIT_BYTES_MAX = 256 * 1_024 * 1_024;

export interface GitAsked {
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from its standard input. */
  readonly input?: string;
}

/** As it says it; null when it fails, or is not there. */
export function gitBytes(dir: string, args: readonly string[], { env = {}, input }: GitAsked = {}): Buffer | null {
  try {
    return execFileSync('git', ['-C', dir, ...args], {
      ...(input === undefined ? {} : { input }),
      env: { ...process.env, ...env },
      maxBuffer: GIT_BYTES_MAX,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

export const git = (dir: string, args: readonly string[], asked?: GitAsked): string | null =>
  gitBytes(dir, args, asked)?.toString('utf8') ?? null;

export interface Repository {
  /** Its topmost folder. */
  readonly top: string;
  /** Of the folder that was asked for, with a slash at its end; empty: it is the topmost. */
  readonly prefix: string;
}

/** Null: the folder is in no repository. */
export function repositoryOf(dir: string): Repository | null {
  const [top, prefix = ''] = git(dir, ['rev-parse', '--show-toplevel', '--show-prefix'])?.split('\n') ?? [];
  return top === undefined ? null : { top, prefix };
}
