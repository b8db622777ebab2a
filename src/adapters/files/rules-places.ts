/** Where in the rule files a problem stands, as `file:line`; a guess that helps, null when nothing is found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isError } from '../../rules/error.js';

export interface SourceFile {
  /** Relative to `root`. */
  readonly path: string;
  readonly root: string;
}

/**
 * The line that declares the name (`contract('Name'` for a contract), else the first that has it in quotation marks: a fact and its
 * contract often share their name. Declarations come before uses: `index.ts` is read last.
 * @param kind what is named: `contract`, `table`, `aggregate`; others have no word of their own.
 */
export function locateSubject(subject: string, kind: string, files: readonly SourceFile[]): string | null {
  const quoted = [`'${subject}'`, `"${subject}"`, `\`${subject}\``];
  const declared = quoted.map((name) => `${kind}(${name}`);
  const inOrder = [...files].sort((a, b) => Number(a.path === 'index.ts') - Number(b.path === 'index.ts'));
  const texts = inOrder.map(({ path, root }) => ({
    path,
    lines: readFileSync(join(root, path), 'utf8').split('\n'),
  }));
  for (const wanted of [declared, quoted]) {
    for (const { path, lines } of texts) {
      const index = lines.findIndex((line) => wanted.some((text) => line.includes(text)));
      if (index !== -1) return `${path}:${index + 1}`;
    }
  }
  return null;
}

/** The rule file whose code threw, found by the bundle's `// file` comments; lines of the bundle are not those of the file. */
export function locateThrow(error: unknown, bundle: string): string | null {
  const line = isError(error) ? /rules\.bundle\.js:(\d+)/.exec(error.stack ?? '')?.[1] : undefined;
  if (line === undefined) return null;
  return fileOfLine(bundle.split('\n'), Number(line) - 1);
}

/** The rule file that a line of the bundle (from 0) comes from. */
export function fileOfLine(lines: readonly string[], line: number): string | null {
  const before = lines.slice(0, line + 1).reverse();
  return before.map((text) => /^\/\/ (.+\.[jt]s)$/.exec(text)?.[1]).find((file) => file !== undefined) ?? null;
}
