/** The rule set of docs/contracts.md holds together, and is one that can be exported. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PublishedContract } from '../../../src/contracts/published.js';
import { run } from '../../support/command.js';
import { blocksOf } from '../../support/docs/page.js';
import { checkedPage, placedRules } from '../../support/docs/placed-rules.js';

let folder: string;
beforeAll(() => (folder = placedRules(blocksOf('contracts.md'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** The page has no tests of its own: nothing of it decides. */
const found = async (): Promise<string[]> => (await checkedPage(folder)).findings.map(({ code }) => code);

it('docs/contracts.md has rules that hold together, of good types, with and without what is exported of them', async () => {
  expect(await found()).toEqual(['TESTS_MISSING']);
  expect(await run(['contracts', 'export', '--rules', join(folder, 'rules')])).toMatchObject({ code: 0 });
  expect(await found()).toEqual(['TESTS_MISSING']);
  const file = join(folder, 'rules/contracts/published/OrderPaid.v1/contract.json');
  expect(JSON.parse(readFileSync(file, 'utf8')) as PublishedContract).toMatchObject({
    ...{ stability: 'stable', reconciledBy: ['orderId', 'country'] },
    cardinality: { aggregate: 'order', comes: 'once', of: null },
    fields: { 'lines[].sku': { authority: { borrowedFrom: 'catalogue' } } },
  });
});
