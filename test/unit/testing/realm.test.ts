/** Rules of a test are those of production: what fails there fails here, and what they remember is found. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { legacy, ruleSet, table, type RuleSet } from '../../../src/rules/index.js';
import { given, type Scenario } from '../../../src/testing/index.js';

const head = table('s.head', { key: ['id'], columns: { id: legacy.bigint(), sts: legacy.text() } });

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dragoman-given-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A fact for each new head; its data is made by this function of the row. */
const rulesWith = (data: string, before = ''): string => `
import { aggregate, legacy, one, ruleSet, table } from 'dragoman/rules';
const head = table('s.head', { key: ['id'], columns: { id: legacy.bigint(), sts: legacy.text() } });
const order = aggregate('order', { head: one(head, (row) => row.id) });
${before}
const placed = order.each('head').inserted('OrderPlaced', { importance: 'low', data: (o, row) => (${data}) });
export default ruleSet({ aggregates: [order], facts: [placed], publications: [] });
`;

async function imported(text: string, file = 'index.ts'): Promise<RuleSet> {
  const path = join(dir, file);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return ((await import(path)) as { default: RuleSet }).default;
}

const placing = (rules: RuleSet, id = '1'): Scenario =>
  given(rules).transaction((t) => t.insert(head, { id, sts: 'new' }));

describe('rules in a test', () => {
  it.each([
    ['Date.now()', 'Date'],
    ["new globalThis['Date'](0).getTime()", 'globalThis'],
    ['Math.random()', 'Math.random'],
    ['process.pid', 'process'],
  ])('do not have the machine: %s', async (use, name) => {
    const scenario = placing(await imported(rulesWith(`{ at: ${use} as any }`)));
    scenario.expectParked('RULE_THREW');
    expect(scenario.why()).toContain(`rules are pure and do not have ${name}`);
    expect(() => given(ruleSet({ aggregates: [], facts: [], publications: [] }))).toThrow(
      /was made in .*realm\.test\.ts/,
    );
  });

  it('are refused as they are in production, with places', async () => {
    const rules = await imported(rulesWith('{}').replace("importance: 'low'", "importance: 'urgent' as any"));
    expect(() => given(rules)).toThrow(/index\.ts:6:\d+: fact OrderPlaced: its importance must be one of/);
  });

  it('are those of the folder, whatever else a module exports', async () => {
    const rules = await imported(
      rulesWith('{}').replace('export default', 'export const other = ') +
        '\nexport default ruleSet({ aggregates: [order], facts: [], publications: [] });',
    );
    expect(() => given(rules)).not.toThrow();
    const { other } = (await import(join(dir, 'index.ts'))) as { other: RuleSet };
    expect(() => given(other)).toThrow(/it is another one than that of .*index\.ts/);
  });

  it('are in a file that is called index.ts', async () => {
    const rules = await imported(rulesWith('{}'), 'rules.ts');
    expect(() => given(rules)).toThrow(
      /was made in .*rules\.ts\. Put the rules of the test into a folder of their own/,
    );
    expect(() => given({ ...rules })).toThrow('it was not made by ruleSet');
  });

  it('are broken off and parked when they do not end', async () => {
    placing(await imported(rulesWith('{ n: (() => { for (;;); })() as any }'))).expectParked('RULE_TOO_SLOW');
  }, 30_000);
});

describe('what rules remember', () => {
  it.each([
    ['a counter', '{ n: ++calls }', 'let calls = 0;'],
    ['a list that grows', '{ n: seen.push(row.id) }', 'const seen: string[] = [];'],
    ['what was changed in a table of values', '{ n: (values.n += 1) }', 'const values = { n: 0 };'],
  ])('is found by the first question: %s', async (_, data, before) => {
    const rules = await imported(rulesWith(data, before));
    expect(() => placing(rules)).toThrow(
      /index\.ts:6:\d+: The data of OrderPlaced gave \{"n":1\} and then \{"n":2\} for the same rows: it remembers/,
    );
  });

  it('is found when it is a cache that no key tells apart', async () => {
    const rules = await imported(rulesWith('{ id: (first ??= row.id) }', 'let first: string | undefined;'));
    placing(rules, '1').expect();
    expect(() => placing(rules, '2')).toThrow(/gave \{"id":"1"\} and then \{"id":"2"\}/);
  });

  it('is found in a condition too', async () => {
    const text = rulesWith('{}', 'let asked = 0;').replace(
      'data:',
      "when: { 'asked for the first time': () => ++asked === 1 }, data:",
    );
    const rules = await imported(text);
    expect(() => placing(rules)).toThrow('The condition "asked for the first time" of OrderPlaced');
  });

  it('is nothing when the rows alone decide', async () => {
    const rules = await imported(
      rulesWith('{ id: row.id, sts: names.get(row.sts) ?? null }', "const names = new Map([['new', 'fresh']]);"),
    );
    placing(rules, '1').expect();
    placing(rules, '2').expect();
  });
});
