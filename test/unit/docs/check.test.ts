/** The codes of `dragoman check` in docs/check.md are those of the code, both ways. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CLASS_CODES } from '../../../src/cli/rules/check/classes/findings.js';
import { NOTE_CODES } from '../../../src/rules/check/notes.js';
import { RULE_PROBLEM_CODES } from '../../../src/rules/check/problem.js';
import { sourceFiles } from '../../support/project/source-tree.js';

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const COMMAND = 'src/cli/rules/check';

it('the page lists every code of a check, and no other', () => {
  const page = readFileSync(root('docs/check.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([A-Z_]+)`\s+\|/gm)].map(([, code]) => code ?? '');
  const text = [COMMAND, 'src/adapters/files'].flatMap(sourceFiles).map(({ text: code }) => code);
  const written = [...text.join('\n').matchAll(/(?:code: |'(?:finding|note)', )'([A-Z_]+)'/g)].map(
    ([, code]) => code ?? '',
  );
  const codes = new Set([...RULE_PROBLEM_CODES, ...NOTE_CODES, ...CLASS_CODES, ...written]);
  expect([...listed].sort()).toEqual([...codes].sort());
});
