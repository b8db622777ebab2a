/** Files that are not there yet: all of them are written, or none. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DragomanError } from '../../errors.js';

const SHOWN_MAX = 5;

/**
 * @param files by their paths below the folder, which is made.
 * @throws DragomanError FILE_EXISTS before anything is written
 */
export function writeNewFiles(
  folder: string,
  files: readonly { readonly path: string; readonly text: string }[],
): void {
  const there = files.map(({ path }) => path).filter((path) => existsSync(join(folder, path)));
  if (there.length > 0) throw fileExists(folder, there);
  for (const { path, text } of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'wx' });
  }
}

/** @param there by their paths below the folder. */
export function fileExists(folder: string, there: readonly string[]): DragomanError {
  const shown = there.slice(0, SHOWN_MAX).join(', ');
  const more = there.length > SHOWN_MAX ? ` and ${there.length - SHOWN_MAX} more` : '';
  return new DragomanError(
    'FILE_EXISTS',
    `${folder} has ${shown}${more} already, and nothing is overwritten: nothing was written at all. Name a folder that is empty or not there, ` +
      'and take over from it what is of use.',
    { details: { folder, there } },
  );
}
