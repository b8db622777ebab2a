/** `dragoman rules diff`: what a change of rules changes in a recording, and the condition, the field or the refusal that made it. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ContractDiff } from '../../../../src/cli/rules/diff/compare.js';
import type { RulesDiff } from '../../../../src/cli/rules/diff/rules-diff.js';
import { projectDirectory } from '../../../stack/directories.js';
import { run } from '../../../support/command.js';
import { recordingPath } from '../../../support/recordings.js';

const RETAILER = join(projectDirectory, 'rules');
const LIFECYCLE = recordingPath('postgres/01-lifecycle');
const folder = mkdtempSync(join(tmpdir(), 'dragoman-diff-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Edit = readonly [file: string, from: string | RegExp, to: string];

/** The retailer's rules with these edits. @returns their folder. */
function changed(name: string, ...edits: readonly Edit[]): string {
  const dir = join(folder, name);
  cpSync(RETAILER, dir, { recursive: true });
  for (const [file, from, to] of edits) {
    const before = readFileSync(join(dir, file), 'utf8');
    const after = before.replace(from, to);
    expect(after, `${file} has ${String(from)}`).not.toBe(before);
    writeFileSync(join(dir, file), after);
  }
  return dir;
}

const ACCEPTED = 'facts/order-accepted-for-fulfillment.ts';

/** Five changes that a team makes, with what a reviewer is shown: `rules-diff.txt` beside this file. */
const CHANGES: Readonly<Record<string, readonly Edit[]>> = {
  'a condition is dropped': [[ACCEPTED, /'fraud review is clear'.*\n/, '']],
  'a condition comes in': [
    [
      ACCEPTED,
      /(?=    'order is not cancelled')/,
      "    'it is worth shipping': (o) => Number(o.header?.tot_amt) >= 100,\n",
    ],
  ],
  'a field says another thing': [[ACCEPTED, 'sku: line.sku', 'sku: line.sku.toLowerCase()']],
  'a warehouse is withheld': [
    [
      'publications.ts',
      'orderReleasedToWarehouseV1, ({ data }) => data',
      "orderReleasedToWarehouseV1, ({ data }, { withhold }) => data.warehouseCode === 'W01' ? withhold('not from W01') : data",
    ],
  ],
  'a code is forgotten': [['tables/ord-cancel.ts', "CUST: 'customer-request', ", '']],
};

const diffOf = async (to: string, ...more: readonly string[]) => {
  const ran = await run(['rules', 'diff', '--from', RETAILER, '--to', to, '--recording', LIFECYCLE, '--json', ...more]);
  return { ...ran, diff: JSON.parse(ran.out[0] ?? '{}') as RulesDiff };
};
const ofContract = ({ contracts }: RulesDiff, name: string): ContractDiff =>
  contracts.find(({ contract }) => contract === `${name}.v1`)!;

describe('rules diff', () => {
  it('shows a reviewer what each of five changes does', async () => {
    const pages: string[] = [];
    for (const [name, edits] of Object.entries(CHANGES)) {
      const to = changed(name.replaceAll(' ', '-'), ...edits);
      const { code, out } = await run([
        'rules',
        'diff',
        '--from',
        RETAILER,
        '--to',
        to,
        '--recording',
        LIFECYCLE,
        '--markdown',
      ]);
      expect(code).toBe(3);
      const shown = out.map((line) =>
        line
          .replaceAll(to, 'now')
          .replaceAll(RETAILER, 'before')
          .replace(/`[0-9a-f]{16}`/g, '`digest`'),
      );
      pages.push(`## ${name}`, '', ...shown, '');
    }
    await expect(pages.join('\n')).toMatchFileSnapshot('rules-diff.txt');
  });

  it('finds nothing where nothing that matters was changed', async () => {
    const to = changed('comments', [ACCEPTED, 'The three batch jobs', 'Three batch jobs']);
    const { code, diff, err } = await diffOf(to);
    expect(code).toBe(0);
    expect(err).toContain('no event differs');
    expect(diff.contracts.map(({ from, to: now, differences }) => [from, now, differences])).toEqual(
      [14, 13, 4, 6].map((count) => [count, count, []]),
    );
  });

  it('counts by the names of the context, and gives each reason with orders', async () => {
    const { code, diff } = await diffOf(changed('internal', ['publications.ts', /.*publish\(refundInitiated.*\n/, '']));
    expect(code).toBe(3);
    const refunds = ofContract(diff, 'RefundInitiated');
    expect(refunds).toMatchObject({ from: 6, to: 0, counts: { added: 0, removed: 6, changed: 0, retimed: 0 } });
    const markets = Object.values(refunds.context.market ?? {}).map(({ removed }) => removed);
    expect(markets.reduce((sum, count) => sum + count)).toBe(6);
    expect(refunds.differences.map(({ kind, count }) => [kind, count])).toEqual([['removed', 6]]);
    expect(refunds.differences[0]?.reason).toMatch(/internal publishes nothing under RefundInitiated.v1$/);
    expect(refunds.differences[0]?.samples).toHaveLength(3);
    expect(refunds.differences[0]?.samples[0]).toMatchObject({ to: null, fields: [] });
  });

  it('says which other fact happened, where rules of the same contract decide by another', async () => {
    const to = changed('edges', [
      'facts/order-released-to-warehouse.ts',
      ".inserted('OrderReleasedToWarehouse', {",
      ".deleted('OrderReleasedToWarehouse', {",
    ]);
    const { diff } = await diffOf(to);
    const [removed] = ofContract(diff, 'OrderReleasedToWarehouse').differences;
    expect(removed).toMatchObject({ kind: 'removed', count: 13 });
    expect(removed?.reason).toContain('nothing changed that its fact in');
  });

  it('tells what the recording is no evidence for', async () => {
    const { diff } = await diffOf(RETAILER);
    expect(diff.coverage.unseenCodes).toEqual([
      { table: 'oms.ord_cancel', column: 'rsn_cd', codes: ['STK', 'OTH'] },
      { table: 'oms.pay_txn', column: 'pay_sts', codes: ['FAIL'] },
    ]);
    const gaps = diff.coverage.conditions.filter((seen) => (seen as { gap?: string | null }).gap !== null);
    expect(gaps.map(({ condition, failed }) => [condition, failed])).toEqual([['payment step has not failed', 0]]);
    expect(diff.coverage.silentFacts).toEqual([]);
  });

  it('does not show what differs where an order has personal columns, unless it is asked to', async () => {
    const personal = (name: string, text: string): string =>
      changed(
        name,
        [
          'tables/cust-addr.ts',
          'addr_typ: legacy.text({ trim: true })',
          'addr_typ: legacy.text({ trim: true }),\n    city: legacy.text().nullable().personal()',
        ],
        [ACCEPTED, '?.ctry ?? null', text],
      );
    const [from, to] = [personal('city', '?.city ?? null'), personal('town', '?.city?.toUpperCase() ?? null')];
    const argv = ['rules', 'diff', '--from', from, '--to', to, '--recording', LIFECYCLE];
    const [hidden, shown] = [await run(argv), await run([...argv, '--values'])];
    const line = ({ out }: { readonly out: readonly string[] }) =>
      out.find((text) => /order \d+: shippingCountry/.test(text));
    expect(line(hidden)).toMatch(/personal or secret columns/);
    expect(line(shown)).toMatch(/shippingCountry "Köln" -> "KÖLN"/);
  });

  it('compares with a revision of git, in whose place of the rules they are looked up', async () => {
    const top = mkdtempSync(join(folder, 'git-'));
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-C', top, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args]);
    cpSync(RETAILER, join(top, 'own', 'rules'), { recursive: true });
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'rules');
    const fact = join(top, 'own', 'rules', ACCEPTED);
    writeFileSync(fact, readFileSync(fact, 'utf8').replace(/'fraud review is clear'.*\n/, ''));
    const argv = ['rules', 'diff', '--rules', join(top, 'own', 'rules'), '--recording', LIFECYCLE];
    const { code, err } = await run([...argv, '--from', 'HEAD']);
    expect([code, err]).toEqual([3, expect.stringContaining('HEAD: 37 events')]);
    expect(await run([...argv, '--from', 'HEAD', '--to', 'HEAD:own/rules'])).toMatchObject({ code: 0 });
    expect(git('status', '--porcelain').toString()).toBe(` M own/rules/${ACCEPTED}\n`);
    const nothing = await run([...argv, '--from', 'no-such-branch']);
    expect(nothing.code).toBe(2);
    expect(nothing.err).toContain('--from no-such-branch is neither a folder of rules nor a revision');
  });

  it('says of which of the two it speaks when rules do not load', async () => {
    const broken = changed('broken', [ACCEPTED, "importance: 'critical'", "importance: 'urgent'"]);
    const { code, err } = await run(['rules', 'diff', '--from', RETAILER, '--to', broken, '--recording', LIFECYCLE]);
    expect(code).toBe(6);
    expect(err).toContain(`--to ${broken}: `);
  });

  it('hands on what ends one of the two', async () => {
    const gap = recordingPath('postgres/19-slot-made-anew');
    const { code, err } = await run(['rules', 'diff', '--from', RETAILER, '--to', RETAILER, '--recording', gap]);
    expect([code, err]).toEqual([6, expect.stringContaining('SOURCE_GAP')]);
  });
});
