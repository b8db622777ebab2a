/** The example of docs/pinning.md: rules that hold together, of good types, and a test over their change that passes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkedRules } from '../../../src/cli/rules/check/check.js';
import { checkedConfig } from '../../../src/cli/rules/check/config.js';
import { Types } from '../../../src/cli/rules/check/types.js';
import { projectDirectory } from '../../stack/directories.js';
import { blocksOf, place } from '../../support/docs/page.js';

const root = (path: string): string => join(projectDirectory, path);

/** In the repository, so that packages are found from there. */
let folder: string;
beforeAll(() => {
  mkdirSync(root('.cache'), { recursive: true });
  folder = mkdtempSync(root('.cache/pinning-'));
  for (const block of blocksOf('pinning.md')) place(block, folder);
  const alias = `{ 'dragoman/rules': '${root('src/rules/index.ts')}', 'dragoman/testing': '${root('src/testing/index.ts')}' }`;
  writeFileSync(
    join(folder, 'vitest.config.ts'),
    `export default { resolve: { alias: ${alias} }, test: { testTimeout: 60_000 } };\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

it('a change of rules that orders under way are to be spared is tested as the page says', async () => {
  const rules = join(folder, 'rules');
  const { findings, words } = await checkedRules(rules, checkedConfig({ rules }), {}, new Types());
  expect(findings).toEqual([]);
  expect(words).toContain('tests: 1');
});
