/**
 * What a branch, a tag or a commit had under a folder, now and at any time before: read out of git, without a checkout. Only what stood on the line
 * of first parents was ever published; what branches tried out on their way was not.
 */
import type { Published } from '../../../contracts/compatibility/gate.js';
import { DragomanError } from '../../../errors.js';
import { git, gitBytes, GIT_BYTES_MAX } from '../../rules/git.js';
import { CONTRACT_FILE, contractOfFolder, invalid } from './read-export.js';

/** Commits that touch the folder, the newest. */
export const COMMITS_MAX = 1_000;
export const VERSIONS_MAX = 10_000;

export interface Asked {
  /** Topmost folder of the repository. */
  readonly top: string;
  /** A commit. */
  readonly commit: string;
  /** As the person called it. */
  readonly name: string;
  /** Of the export, from the topmost folder on, without a slash at its end; empty: that folder itself. */
  readonly path: string;
}

export interface History {
  /** Newest first; the first is what stands there now. */
  readonly published: readonly Published[];
  /** Why there may be more than is seen, in words; null: there is not. */
  readonly cut: string | null;
}

/** @throws DragomanError EXPORT_UNREADABLE */
export function gitHistory(asked: Asked): History {
  const now = filesNow(asked);
  const commits = commitsOf(asked);
  const seen = new Set(now.map(blobAt));
  const older = commits.map(({ commit, files }) => ({
    commit,
    files: files.filter((file) => !seen.has(blobAt(file)) && seen.add(blobAt(file))),
  }));
  const texts = textsOf(
    asked,
    [...now, ...older.flatMap(({ files }) => files)].map(({ blob }) => blob),
  );
  const contracts = (files: readonly File[], from: string, advice?: string) =>
    files.map(({ blob, folder }) =>
      contractOfFolder(texts.get(blob) ?? '', {
        ...{ folder, place: `${from}:${asked.path}/${folder}/${CONTRACT_FILE}` },
        ...(advice === undefined ? {} : { advice }),
      }),
    );
  return {
    published: [
      { from: asked.name, isNewest: true, contracts: contracts(now, asked.name) },
      ...older
        .filter(({ files }) => files.length > 0)
        .map(({ commit, files }) => ({
          from: `${asked.name}@${commit}`,
          isNewest: false,
          contracts: contracts(files, commit, OF_THE_PAST),
        })),
    ],
    cut: cutWords(asked, commits.length),
  };
}

/** What stands in a history stays there; a folder has none. */
const OF_THE_PAST =
  'It cannot be written again, for it is past: name folders instead, one for each version that a consumer may have been built on (git worktree add makes one), ' +
  'newest first: --against <folders...>.';

interface File {
  readonly blob: string;
  /** `OrderAccepted.v1`. */
  readonly folder: string;
}

const blobAt = ({ blob, folder }: File): string => `${folder} ${blob}`;

function filesNow({ top, commit, path }: Asked): File[] {
  const lines = git(top, ['ls-tree', '-r', '-z', commit, '--', pathspec(path)])?.split('\0') ?? [];
  return lines.flatMap((line) => {
    const [, blob, at] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return fileAt(path, at, blob);
  });
}

interface Commit {
  readonly commit: string;
  readonly files: readonly File[];
}

const COMMIT = 'commit ';

/** Newest first. */
function commitsOf({ top, commit, path }: Asked): Commit[] {
  const text = git(top, [
    ...['log', '--first-parent', '-m', '--raw', '--no-abbrev', '--no-renames', '-z', `--format=${COMMIT}%h`],
    ...[`--max-count=${COMMITS_MAX}`, commit, '--', pathspec(path)],
  ]);
  const commits: { commit: string; files: File[] }[] = [];
  const parts = (text ?? '').split('\0').map((part) => part.replace(/^\n/, ''));
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? '';
    if (part.startsWith(COMMIT)) commits.push({ commit: part.slice(COMMIT.length).trim(), files: [] });
    const [, blob] = /^:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [A-Z]$/.exec(part) ?? [];
    if (blob === undefined) continue;
    at += 1;
    if (!/^0+$/.test(blob)) commits.at(-1)?.files.push(...fileAt(path, parts[at], blob));
  }
  return commits;
}

const pathspec = (path: string): string => (path === '' ? '.' : `${path}/`);

function fileAt(path: string, at: string | undefined, blob: string | undefined): File[] {
  if (at === undefined || blob === undefined) return [];
  const [folder, file, ...more] = at.slice(path === '' ? 0 : path.length + 1).split('/');
  return folder !== undefined && file === CONTRACT_FILE && more.length === 0 ? [{ blob, folder }] : [];
}

/** By blob. Source: `git cat-file --batch`: `<blob> blob <bytes>`, the bytes, a line end. */
function textsOf({ top, name, path }: Asked, blobs: readonly string[]): Map<string, string> {
  const texts = new Map<string, string>();
  const asked = [...new Set(blobs)];
  if (asked.length > VERSIONS_MAX) throw invalid(`${name}:${path}`, `it has more than ${VERSIONS_MAX} versions`);
  if (asked.length === 0) return texts;
  const bytes = gitBytes(top, ['cat-file', '--batch'], { input: `${asked.join('\n')}\n` });
  if (bytes === null)
    throw invalid(`${name}:${path}`, `git does not give it, or it has more than ${GIT_BYTES_MAX} bytes`);
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf('\n', at);
    const [blob = '', kind, size = '0'] = bytes.toString('utf8', at, end).split(' ');
    if (kind !== 'blob') throw invalid(`${name}:${path}`, `git has not got ${blob}: is the clone partial?`);
    texts.set(blob, bytes.toString('utf8', end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return texts;
}

function cutWords({ top, name }: Asked, commits: number): string | null {
  if (git(top, ['rev-parse', '--is-shallow-repository'])?.trim() === 'true')
    return `the clone is shallow, so versions of ${name} from before it are not seen: fetch the whole history (fetch-depth: 0)`;
  return commits < COMMITS_MAX ? null : `only the newest ${COMMITS_MAX} commits of ${name} are looked at`;
}

/** What a person calls a revision -> its commit and the place in it; null: git knows no such thing. */
export function revision(top: string, name: string, path: string): Asked | null {
  if (name.startsWith('-')) return null;
  const colon = name.indexOf(':');
  const [ref, place] = colon === -1 ? [name, path] : [name.slice(0, colon), name.slice(colon + 1)];
  const commit = git(top, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])?.trim();
  return commit === undefined ? null : { top, commit, name: ref, path: place.replace(/\/+$/, '') };
}

export const unknownPlace = (name: string, why: string): DragomanError =>
  new DragomanError(
    'COMMAND_INVALID',
    `--against ${name} is neither a folder with an export nor a revision: ${why}. Name a folder that dragoman contracts export wrote, a branch, ` +
      'a tag or a commit; or <revision>:<path>, where the export was in another place.',
  );
