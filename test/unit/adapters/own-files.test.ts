/** A folder that is written again and again: what is not written any more goes, what others put there stays. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { differences, LIST_FILE, writeOwnFiles } from '../../../src/adapters/files/own-files.js';
import { DragomanError } from '../../../src/errors.js';

let folder: string;
beforeEach(() => (folder = join(mkdtempSync(join(tmpdir(), 'dragoman-own-')), 'out')));
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

const files = (...paths: string[]) => paths.map((path) => ({ path, text: `${path}\n` }));
const there = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
const kinds = (found: readonly { readonly path: string; readonly kind: string }[]) =>
  found.map(({ path, kind }) => `${kind} ${path}`);

const codeOf = (attempt: () => unknown): string => {
  try {
    attempt();
    return 'none';
  } catch (error) {
    return error instanceof DragomanError ? error.code : String(error);
  }
};

describe('a folder of own files', () => {
  it('is written, and is then as it should be', () => {
    expect(kinds(writeOwnFiles(folder, files('a.md', 'b/c.md')))).toEqual([
      'missing a.md',
      'missing b/c.md',
      `missing ${LIST_FILE}`,
    ]);
    expect(differences(folder, files('a.md', 'b/c.md'))).toEqual([]);
    expect(writeOwnFiles(folder, files('a.md', 'b/c.md'))).toEqual([]);
    expect(readFileSync(join(folder, 'b/c.md'), 'utf8')).toBe('b/c.md\n');
  });

  it('loses what is not written any more, and folders that are empty then', () => {
    writeOwnFiles(folder, files('a.md', 'b/c/d.md', 'b/e.md'));
    writeFileSync(join(folder, 'b/notes.txt'), 'mine');
    expect(kinds(writeOwnFiles(folder, files('a.md')))).toEqual([
      'left-over b/c/d.md',
      'left-over b/e.md',
      `differs ${LIST_FILE}`,
    ]);
    expect(there()).toEqual(['a.md', 'b', 'b/notes.txt', LIST_FILE]);
  });

  it('is told of by path, and nothing is written by looking', () => {
    expect(kinds(differences(folder, files('a.md')))).toEqual(['missing a.md', `missing ${LIST_FILE}`]);
    expect(existsSync(folder)).toBe(false);
    writeOwnFiles(folder, files('a.md', 'b.md', 'c.md'));
    writeFileSync(join(folder, 'a.md'), 'by hand');
    rmSync(join(folder, 'b.md'));
    expect(kinds(differences(folder, files('a.md', 'b.md')))).toEqual([
      'differs a.md',
      'missing b.md',
      'left-over c.md',
      `differs ${LIST_FILE}`,
    ]);
  });

  it('has no file of others overwritten, and nothing else is written then', () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.md'), 'mine');
    expect(codeOf(() => writeOwnFiles(folder, files('a.md', 'b.md')))).toBe('FILE_EXISTS');
    expect(there()).toEqual(['a.md']);
    expect(readFileSync(join(folder, 'a.md'), 'utf8')).toBe('mine');
  });

  it.each([
    ['no JSON', '{'],
    ['another version', '{ "schema": "dragoman.export@9", "files": [] }'],
    ['a way out of the folder', '{ "schema": "dragoman.export@1", "files": ["../a.md"] }'],
    ['a place of the machine', '{ "schema": "dragoman.export@1", "files": ["/etc/hosts"] }'],
    ['a hidden way out', '{ "schema": "dragoman.export@1", "files": ["b/../../a.md"] }'],
    ['no names', '{ "schema": "dragoman.export@1", "files": [1] }'],
  ])('whose list is %s is left alone', (_, text) => {
    writeOwnFiles(folder, files('a.md'));
    writeFileSync(join(folder, '..', 'a.md'), 'mine');
    writeFileSync(join(folder, LIST_FILE), text);
    expect(codeOf(() => writeOwnFiles(folder, files('b.md')))).toBe('EXPORT_UNREADABLE');
    expect(codeOf(() => differences(folder, files('b.md')))).toBe('EXPORT_UNREADABLE');
    expect(there()).toEqual(['a.md', LIST_FILE]);
    expect(existsSync(join(folder, '..', 'a.md'))).toBe(true);
  });
});
