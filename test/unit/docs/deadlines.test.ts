/** The rule set of docs/deadlines.md holds together, and its tests say what the page says. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blocksOf } from '../../support/docs/page.js';
import { checkedPage, placedRules, testsIn } from '../../support/docs/placed-rules.js';

const blocks = blocksOf('deadlines.md');
let folder: string;
beforeAll(() => (folder = placedRules(blocks)));
afterAll(() => rmSync(folder, { recursive: true }));

it('docs/deadlines.md has rules that hold together, of good types, whose tests pass', async () => {
  const { findings, words } = await checkedPage(folder);
  expect(findings.filter(({ kind }) => kind === 'finding')).toEqual([]);
  expect(findings.map(({ code }) => code)).toEqual(['FACT_UNPUBLISHED']);
  expect(testsIn(blocks)).toBe(4);
  expect(words).toContain('tests: 4');
});
