/** The rule set that the blocks of a page are, as a folder in the repository, so that packages are found from there. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkedRules } from '../../../src/cli/rules/check/check.js';
import { checkedConfig } from '../../../src/cli/rules/check/config.js';
import { Types } from '../../../src/cli/rules/check/types.js';
import { projectDirectory } from '../../stack/directories.js';
import { type Block, place } from './page.js';

const root = (path: string): string => join(projectDirectory, path);

/** @returns the folder, to be removed; its rules are in `rules`. */
export function placedRules(blocks: readonly Block[]): string {
  mkdirSync(root('.cache'), { recursive: true });
  const folder = mkdtempSync(root('.cache/page-'));
  for (const block of blocks) place(block, folder);
  const alias = `{ 'dragoman/rules': '${root('src/rules/index.ts')}', 'dragoman/testing': '${root('src/testing/index.ts')}' }`;
  const settings = `{ resolve: { alias: ${alias} }, test: { testTimeout: 60_000 } }`;
  writeFileSync(join(folder, 'vitest.config.ts'), `export default ${settings};\n`);
  return folder;
}

/** What `dragoman check` says of them: their types, and how many tests passed. */
export const checkedPage = (folder: string): ReturnType<typeof checkedRules> => {
  const rules = join(folder, 'rules');
  return checkedRules(rules, checkedConfig({ rules }), {}, new Types());
};

/** Tests that the blocks have. */
export const testsIn = (blocks: readonly Block[]): number => {
  const written = blocks.filter(({ file }) => file?.endsWith('.test.ts')).map(({ text }) => text);
  return (written.join('\n').match(/^it\(/gm) ?? []).length;
};
