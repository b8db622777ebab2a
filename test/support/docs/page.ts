/** Pages of `docs/` as something that can be run: their blocks of code, in their order. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectDirectory } from '../../stack/directories.js';

export interface Block {
  /** `ts`, `sh`, `json`, `text`. */
  readonly language: string;
  readonly text: string;
  /** Of a block that begins with a comment which is a path and nothing else: `// rules/index.ts`. */
  readonly file: string | null;
}

export const textOf = (page: string): string => readFileSync(join(projectDirectory, 'docs', page), 'utf8');

export function blocksOf(page: string): Block[] {
  const text = textOf(page);
  return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    text: code,
    file: /^\/\/ (\S+\.\w+)\n/.exec(code)?.[1] ?? null,
  }));
}

/** Puts a block where it says that it stands. */
export function place(block: Block, directory: string): void {
  if (block.file === null) return;
  const path = join(directory, block.file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, block.text);
}
