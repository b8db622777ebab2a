/**
 * A folder of files that a command writes again and again: it lists what it has written, so it removes what it does not write any more, and never
 * touches what is somebody else's. Broken off in the middle, it is as if some of the files were old: the list names all of them.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { DragomanError } from '../../errors.js';
import { fileExists } from './new-files.js';

/** Name of the list. A folder that has it has nothing else that a person wrote. */
export const LIST_FILE = 'dragoman-export.json';
const LIST_SCHEMA = 'dragoman.export@1';

export interface OwnFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Difference {
  readonly path: string;
  readonly kind: 'missing' | 'differs' | 'left-over';
}

/** By path; the list of files is one of them. @throws DragomanError EXPORT_UNREADABLE */
export function differences(folder: string, files: readonly OwnFile[]): Difference[] {
  const wanted = [...files, listFile(files.map(({ path }) => path))];
  const names = new Set(wanted.map(({ path }) => path));
  const leftOver = listed(folder).filter((path) => !names.has(path) && existsSync(join(folder, path)));
  return [
    ...wanted.flatMap(({ path, text }): Difference[] => {
      const there = textOf(join(folder, path));
      if (there === null) return [{ path, kind: 'missing' }];
      return there === text ? [] : [{ path, kind: 'differs' }];
    }),
    ...leftOver.map((path): Difference => ({ path, kind: 'left-over' })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Makes the folder if it is not there.
 * @returns what was not as it is now.
 * @throws DragomanError EXPORT_UNREADABLE; FILE_EXISTS before anything is written: a file stands in the way that the list does not name.
 */
export function writeOwnFiles(folder: string, files: readonly OwnFile[]): Difference[] {
  const paths = files.map(({ path }) => path);
  const before = listed(folder);
  const others = paths.filter((path) => !before.includes(path) && existsSync(join(folder, path)));
  if (others.length > 0) throw fileExists(folder, others);
  const changed = differences(folder, files);
  if (changed.length === 0) return [];
  write(folder, listFile([...new Set([...before, ...paths])]));
  const different = new Set(changed.map(({ path }) => path));
  for (const file of files.filter(({ path }) => different.has(path))) write(folder, file);
  for (const { path } of changed.filter(({ kind }) => kind === 'left-over')) remove(folder, path);
  write(folder, listFile(paths));
  return changed;
}

const listFile = (paths: readonly string[]): OwnFile => ({
  path: LIST_FILE,
  text: `${JSON.stringify({ schema: LIST_SCHEMA, files: [...paths].sort() }, null, 2)}\n`,
});

function listed(folder: string): string[] {
  const text = textOf(join(folder, LIST_FILE));
  if (text === null) return [];
  try {
    const { schema, files } = JSON.parse(text) as { readonly schema?: unknown; readonly files?: unknown };
    if (schema === LIST_SCHEMA && Array.isArray(files) && files.every(isInside)) return files;
  } catch {
    // Told below, as any other list that is none.
  }
  throw new DragomanError(
    'EXPORT_UNREADABLE',
    `${join(folder, LIST_FILE)} does not say which files of the folder are Dragoman's (another version wrote it, or it was edited), so nothing was ` +
      'written or removed. Bring it back from the version control; or move the folder away, and export again.',
    { details: { folder } },
  );
}

/** A list that was edited must not make us remove what lies elsewhere. */
const isInside = (path: unknown): path is string =>
  typeof path === 'string' &&
  path !== '' &&
  normalize(path) === path.split('/').join(sep) &&
  !/^(\.\.|\/|[A-Za-z]:)/.test(path);

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function write(folder: string, { path, text }: OwnFile): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** With the folders that have nothing in them then. */
function remove(folder: string, path: string): void {
  rmSync(join(folder, path), { force: true });
  for (let at = dirname(path); at !== '.'; at = dirname(at)) {
    try {
      rmdirSync(join(folder, at));
    } catch {
      return; // something else is in it
    }
  }
}
