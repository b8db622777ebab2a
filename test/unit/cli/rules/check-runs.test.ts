/** `dragoman check` with what it has to run: the tests of the rules, a recording, and again after each change. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkCommand, checkedRules } from '../../../../src/cli/rules/check/check.js';
import { checkedConfig } from '../../../../src/cli/rules/check/config.js';
import type { Finding } from '../../../../src/cli/rules/check/finding.js';
import { Types } from '../../../../src/cli/rules/check/types.js';

const root = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const LIFECYCLE = root('test/recordings/postgres/01-lifecycle.ndjson');

/** In the repository, so that packages are found from there. */
let folder: string;
let rules: string;
beforeEach(() => {
  mkdirSync(root('.cache'), { recursive: true });
  folder = mkdtempSync(root('.cache/check-'));
  rules = join(folder, 'rules');
});
afterEach(() => rmSync(folder, { recursive: true }));

function change(file: string, from: string, to: string): void {
  const path = join(rules, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}

const found = async (options: { readonly tests?: boolean; readonly recording?: string }) =>
  checkedRules(rules, checkedConfig({ rules }), options, new Types());
const shown = ({ kind, code, file, about }: Finding): string =>
  `${kind} ${code} ${file === null ? '' : resolve(file).slice(rules.length + 1)} ${about}`;

describe('tests of rules', () => {
  const TEST = `import { given } from 'dragoman/testing';
import { it } from 'vitest';
import rules from './index.js';
import { newOrder } from './tables/new-order.js';
import { oorder } from './tables/oorder.js';

const header = {
  ...{ o_w_id: 1, o_d_id: 3, o_id: 3001, o_c_id: 1204, o_entry_d: '2026-11-21T09:53:02.118000Z' },
  ...{ o_ol_cnt: 0, o_all_local: 1 },
};

it('happens', () => {
  given(rules)
    .transaction((t) => t.insert(oorder, header).insert(newOrder, { no_w_id: 1, no_d_id: 3, no_o_id: 3001 }))
    .expect({ type: 'OrderPlaced', key: '1/3/3001' });
});
`;
  beforeEach(() => {
    cpSync(root('bench/tpcc/rules'), rules, { recursive: true });
    change('contracts/order-placed.v1.ts', '.min(5)', '.min(0)');
    change('contracts/order-placed.v1.ts', '.max(15)', '');
    writeFileSync(join(rules, 'orders.test.ts'), TEST);
    const alias = `{ 'dragoman/rules': '${root('src/rules/index.ts')}', 'dragoman/testing': '${root('src/testing/index.ts')}' }`;
    writeFileSync(
      join(folder, 'vitest.config.ts'),
      `export default { resolve: { alias: ${alias} }, test: { testTimeout: 60_000 } };\n`,
    );
  });

  it('run in the realm of production, beside the types', async () => {
    const { findings, words } = await found({});
    expect(findings).toEqual([]);
    expect(words).toContain('tests: 1');
  });

  it('tell of a condition that never holds, and of a field that no type misses', async () => {
    change('facts/order-placed.ts', 'o.waiting !== undefined', 'o.header?.o_all_local === 7');
    change(
      'index.ts',
      'as(orderPlacedV1, ({ data }) => data)',
      'as(orderPlacedV1, ({ data: { enteredAt, ...rest } }) => rest as any)',
    );
    const never = (await found({})).findings;
    expect(never.map(shown)).toEqual(['finding TEST_FAILED orders.test.ts test "happens"']);
    expect(never[0]).toMatchObject({
      line: 15,
      text: expect.stringContaining('did not happen: not "order waits for its delivery"') as string,
    });
    expect(never[0]?.text).not.toMatch(/node_modules|\n\s+at /);

    change('facts/order-placed.ts', 'o.header?.o_all_local === 7', 'o.waiting !== undefined');
    const lacking = (await found({})).findings;
    expect(lacking.map(shown)).toEqual(['finding TEST_FAILED orders.test.ts test "happens"']);
    expect(lacking[0]?.text).toContain(
      'The last step was parked. What was decided:\norder:1/3/3001: parked: CONTRACT_VIOLATED',
    );
  });

  it('that cannot be loaded are told of at their file', async () => {
    writeFileSync(join(rules, 'orders.test.ts'), `import './nothing.js';\n${TEST}`);
    const { findings } = await found({});
    expect(findings.map(shown)).toEqual([
      'finding TS2882 orders.test.ts types',
      'finding TEST_FAILED orders.test.ts test file',
    ]);
    expect(findings[1]?.text).toContain('./nothing.js');
  });
}, 120_000);

describe('a recording', () => {
  beforeEach(() => cpSync(root('rules'), rules, { recursive: true }));
  const replay = async (): Promise<readonly Finding[]> =>
    (await found({ tests: false, recording: LIFECYCLE })).findings;

  it('is content with rules that fit, and says what they do not read', async () => {
    const findings = await replay();
    expect(findings.filter(({ kind }) => kind === 'finding')).toEqual([]);
    expect([...new Set(findings.map(({ code }) => code))]).toEqual(['DRIFT_COLUMN_UNDECLARED']);
  });

  it('shows a table that is called otherwise, and the one that is meant', async () => {
    change('tables/ord-cancel.ts', "'oms.ord_cancel'", "'oms.ord_cancels'");
    const findings = await replay();
    expect(findings.map(shown)).toEqual(
      expect.arrayContaining([
        'note DRIFT_TABLE_SILENT tables/ord-cancel.ts table oms.ord_cancels',
        'note TABLE_UNDECLARED  topic legacy.oms.ord_cancel',
        'note FACT_NEVER_HAPPENED facts/order-cancellation-accepted.ts fact OrderCancellationAccepted',
      ]),
    );
    const silent = findings.find(({ code }) => code === 'DRIFT_TABLE_SILENT');
    expect(silent?.fix).toContain('the topics that no table reads: legacy.oms.ord_cancel.');
  });

  it('shows once what parks many, at the rule that does it', async () => {
    change(
      'facts/order-accepted-for-fulfillment.ts',
      "o.header?.fraud_flg === 'clear'",
      "(o as any).head.fraud_flg === 'clear'",
    );
    const findings = await replay();
    const parked = findings.filter(({ code }) => code === 'RULE_THREW');
    expect(parked.map(shown)).toEqual([
      expect.stringMatching(
        /^finding RULE_THREW facts\/order-accepted-for-fulfillment\.ts parked order \d+ and \d+ more$/,
      ),
    ]);
    expect(findings.map(shown)).not.toContainEqual(expect.stringMatching(/NEVER.* fact OrderAcceptedForFulfillment$/));
    expect(parked[0]?.text).toContain("Cannot read properties of undefined (reading 'fraud_flg')");
  });

  it('shows once what parks many, whatever their values are, and that it was not decided', async () => {
    change('tables/pay-txn.ts', 'legacy.decimal({ scale: 2 })', 'legacy.boolean()');
    change('facts/refund-initiated.ts', 'payment.amt', "String(payment.amt) + '.00'");
    const findings = await replay();
    const parked = findings.filter(({ code }) => code === 'ROW_INVALID');
    expect(parked.map(shown)).toEqual([
      expect.stringMatching(/^finding ROW_INVALID tables\/pay-txn\.ts parked order \d+ and \d+ more$/),
    ]);
    expect(parked[0]?.text).toMatch(/^(oms\.pay_txn\.amt is not a boolean: "[\d.]+"\.\n){3}and \d+ more like these$/);
    expect(parked[0]?.fix).toContain('docs/column-types.md');
    const differs = findings.find(({ code }) => code === 'DRIFT_TYPE_DIFFERS');
    expect(differs?.text).toMatch(/comes as text, none of it fits the declared boolean, such as "[\d.]+" \(43 times/);
    const never = findings.find(({ about }) => about === 'fact OrderAcceptedForFulfillment');
    expect(never?.text).toMatch(
      /: "[^"]+" did not hold in \d+ of \d+ decisions; what is parked \(20\) was not decided$/,
    );
  });

  it('shows what a rule remembers, however it does', async () => {
    change(
      'facts/refund-initiated.ts',
      'export const',
      'const kept = { n: 0 };\nconst next = () => Object.assign(kept, { n: kept.n + 1 }).n;\nexport const',
    );
    change('facts/refund-initiated.ts', 'paymentId: payment.pay_id', 'paymentId: String(next())');
    const [found] = (await replay()).filter(({ code }) => code === 'RULE_REMEMBERS');
    expect(found).toMatchObject({ kind: 'finding', about: 'data of RefundInitiated' });
    expect(found?.text).toContain('for the same rows');
  });
}, 120_000);

describe('--watch', () => {
  it('checks again after each change, until it is ended', async () => {
    cpSync(root('bench/tpcc/rules'), rules, { recursive: true });
    let err = '';
    let out = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => ((err += String(chunk)), true));
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((out += String(chunk)), true));
    const rounds = (): number => err.match(/all holds together|\d findings?\n/g)?.length ?? 0;
    const ended = new AbortController();
    const watching = checkCommand({ rules, tests: false, watch: true, signal: ended.signal });
    try {
      await vi.waitFor(() => expect(rounds()).toBe(1), 60_000);
      change('facts/order-placed.ts', "importance: 'critical'", "importance: 'urgent'");
      await vi.waitFor(() => expect(rounds()).toBe(2), 60_000);
    } finally {
      ended.abort();
      await watching;
      vi.restoreAllMocks();
    }
    expect(err).toMatch(/all holds together\n[^]*findings/);
    expect(out).toContain('[FACT_INVALID]');
  });
}, 120_000);
