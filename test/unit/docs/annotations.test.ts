/** The rule set of docs/annotations.md holds together, and its tests say what the page says. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SAID_CHARS_MAX, UNREADS } from '../../../src/domain/source/said.js';
import { TELLINGS_MAX } from '../../../src/domain/source/annotation.js';
import { blocksOf, textOf } from '../../support/docs/page.js';
import { checkedPage, placedRules, testsIn } from '../../support/docs/placed-rules.js';

const blocks = blocksOf('annotations.md');
let folder: string;
beforeAll(() => (folder = placedRules(blocks)));
afterAll(() => rmSync(folder, { recursive: true }));

it('docs/annotations.md has rules that hold together, of good types, whose tests pass', async () => {
  const { findings, words } = await checkedPage(folder);
  expect(findings).toEqual([]);
  expect(testsIn(blocks)).toBe(4);
  expect(words).toContain('tests: 4');
});

it('it names every reason for which an origin is not known, and the limits', () => {
  const text = textOf('annotations.md');
  for (const reason of UNREADS) expect(text).toContain(`| \`${reason}\``);
  expect(text).toContain(`more than ${SAID_CHARS_MAX} characters`);
  expect(text).toContain(`More than ${TELLINGS_MAX} annotations`);
});
