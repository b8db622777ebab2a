/**
 * A folder of rules by what a person calls it: a folder on disk, or a revision of the repository in which the rules are. What git has is
 * written into a folder of its own by an index of its own: neither the author's files nor what is staged is touched.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadRules, type LoadedRules } from '../../../adapters/files/rules-loader.js';
import { DragomanError } from '../../../errors.js';
import { git, repositoryOf } from '../git.js';
import { RedactedReads } from '../redacted-reads.js';

export interface Side {
  /** As it was asked for. */
  readonly name: string;
  /** Where they were loaded from. */
  readonly dir: string;
  readonly rules: LoadedRules;
  /** What its rules asked for, and the recording does not have. */
  readonly reads: RedactedReads;
}

export interface Asked {
  readonly option: '--from' | '--to';
  readonly name: string;
  /** The folder of rules whose repository is asked, and whose place in it a revision is looked up at. */
  readonly home: string;
  /** Where what git has is written to. */
  readonly scratch: string;
  /** Columns by table that the recording was taken without. */
  readonly redacted: ReadonlyMap<string, readonly string[]>;
}

/** @throws DragomanError COMMAND_INVALID when there is no such thing, RULES_INVALID */
export async function sideOf(asked: Asked): Promise<Side> {
  const { name } = asked;
  const isFolder = existsSync(join(name, 'index.ts'));
  const dir = isFolder ? name : (checkedOut(asked) ?? name);
  if (!existsSync(dir)) throw unknown(asked);
  try {
    const reads = new RedactedReads(asked.redacted);
    return { name, dir, rules: await loadRules(dir, reads.watch), reads };
  } catch (error) {
    if (!(error instanceof DragomanError)) throw error;
    const text = error.message.replaceAll(`${resolve(dir)}/`, '').replaceAll(resolve(dir), name);
    throw new DragomanError(error.code, `${asked.option} ${name}: ${text}`, { cause: error });
  }
}

const unknown = ({ option, name, home }: Asked): DragomanError =>
  new DragomanError(
    'COMMAND_INVALID',
    `${option} ${name} is neither a folder of rules nor a revision of the repository that ${home} is in. Name a folder with an index.ts, ` +
      'a branch, a tag or a commit; or <revision>:<path>, where the rules were in another place.',
  );

/** The folder with the rules of a revision; null: git does not know of it, or there is no git. */
function checkedOut({ name, option, home, scratch }: Asked): string | null {
  if (name.startsWith('-')) return null;
  const from = existsSync(home) ? home : '.';
  const repository = repositoryOf(from);
  if (repository === null) return null;
  const { top, prefix: place } = repository;
  const tree = git(top, ['rev-parse', '--verify', '--quiet', name.includes(':') ? name : `${name}:${place}`])?.trim();
  if (tree === undefined) return null;
  const dir = join(scratch, option.slice(2));
  mkdirSync(dir);
  const env = { GIT_INDEX_FILE: join(scratch, `${option.slice(2)}.index`) };
  const isWritten =
    git(top, ['read-tree', tree], { env }) !== null &&
    git(top, ['checkout-index', '--all', `--prefix=${dir}/`], { env }) !== null;
  return isWritten ? dir : null;
}
