/** Values of aggregates with personal columns in the journal: sealed under a key of the aggregate, which is in its state. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { journalEntry } from '../../../../src/pipeline/state/journal-entries.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, contract, legacy, lookup, one, publish, ruleSet, table } from '../../../../src/rules/index.js';
import { Rig } from '../../../support/rig.js';
import {
  hdr,
  hdrRow,
  lineRow,
  readyRules,
  SMALL_SOURCE_MS,
  SmallSource,
  type Spoiled,
  type WrittenRow,
} from '../../../support/sources/ready-orders.js';
import { undone } from '../../../../src/why/history/undo.js';
import { plainRows } from '../../../support/pipeline/undo.js';

const DAY = 24 * 60 * 60 * 1_000;
const FINISHED: Spoiled['retire'] = { when: ({ header }) => header?.sts === 'DONE', after: '90 days' };
const personal = readyRules({ isPersonal: true, retire: FINISHED });
const update = (row: WrittenRow): WrittenRow => ({ ...row, op: 'u' });
const PRIVATE = /Ada Lovelace|Baker Street/;

const lived = async (source: SmallSource, rules = personal): Promise<Rig> => {
  const rig = new Rig(source.records, { rules, nowMs: SMALL_SOURCE_MS + 1_000 * DAY });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
};
const source = (): SmallSource =>
  new SmallSource()
    .transaction(hdrRow('1', 'OPEN', 'Ada Lovelace'), lineRow('11', '1'))
    .transaction(update(hdrRow('1', 'READY', 'Ada Lovelace, Baker Street')));

const journalOf = (rig: Rig): string[] => {
  const { journal } = rig.settings().topics;
  return rig.log.partitionsOf(journal).flatMap((name) => rig.log.records(name).map(({ value }) => value ?? ''));
};

describe('the journal', () => {
  it('holds no value of an aggregate with a personal column, and all of them for who has its key', async () => {
    const rig = await lived(source());
    expect(journalOf(rig).join('\n')).not.toMatch(PRIVATE);
    const [first, second] = rig.journal();
    expect(first?.rows[0]).toMatchObject({ key: '1', op: 'c', is: { note: 'Ada Lovelace' } });
    expect(second?.rows).toEqual([
      {
        ...{ table: 'oms.hdr', key: '1', op: 'u' },
        was: { sts: 'OPEN', note: 'Ada Lovelace' },
        is: { sts: 'READY', note: 'Ada Lovelace, Baker Street' },
      },
    ]);
    expect(second?.verdicts).toMatchObject([{ verdict: 'fired', values: { note: 'Ada Lovelace, Baker Street' } }]);
    expect(second?.events?.map(({ value, key }) => ({ value, key }))).toEqual(
      rig.published().map(({ value, key }) => ({ value, key })),
    );
    expect(undone(plainRows(rig.states().get('order:1')!.rows), second!)['oms.hdr']).toEqual({
      '1': { id: '1', sts: 'OPEN', note: 'Ada Lovelace' },
    });
  });

  it('says without the key what was decided about which rows', async () => {
    const rig = await lived(source());
    expect(journalOf(rig).map((text) => journalEntry(text))).toMatchObject([
      { outcome: 'applied', isSealed: true, rows: [{ table: 'oms.hdr', key: '1', op: 'c' }, { key: '11' }] },
      { isSealed: true, rows: [{ key: '1', op: 'u' }], verdicts: [{ fact: 'OrderReady', verdict: 'fired' }] },
    ]);
  });

  it('names what was refused, without the words of a rule', async () => {
    const throwing = (): never => {
      throw new Error('Ada Lovelace is no number');
    };
    const rig = await lived(source(), readyRules({ isPersonal: true, data: throwing }));
    expect([...journalOf(rig), JSON.stringify(rig.deadLetters())].join('\n')).not.toMatch(PRIVATE);
    expect(journalEntry(journalOf(rig)[1] ?? '')).toMatchObject({ outcome: 'parked', refusal: { code: 'RULE_THREW' } });
  });

  it('is as it was for aggregates without such columns', async () => {
    const rig = await lived(source(), readyRules());
    expect(journalOf(rig).join('\n')).toMatch(PRIVATE);
    expect(journalOf(rig).join('\n')).not.toMatch(/sealed/);
    expect([...(rig.stored().get('order:1')?.keys() ?? [])]).not.toContain('k');
  });
});

describe('the key', () => {
  it('is one for each aggregate, made with its first entry and kept', async () => {
    const rig = await lived(source().transaction(hdrRow('2', 'OPEN', 'n')));
    const [one, two] = ['1', '2'].map((id) => rig.states().get(`order:${id}`)?.sealKey);
    expect(Buffer.from(one ?? '', 'base64')).toHaveLength(32);
    expect(one).not.toBe(two);
    const all = rig.log.partitionsOf('dragoman.orders.state').flatMap((name) => rig.log.records(name));
    expect(all.filter(({ key }) => key === '["order:1","k"]').map(({ value }) => value)).toEqual([one]);
    expect(journalOf(rig).join('\n')).not.toContain(one);
  });

  it('stays with a stub, so that what was dropped can be read, and seals again when it comes back', async () => {
    const done = source()
      .transaction(update(hdrRow('1', 'DONE', 'Ada Lovelace')))
      .transaction(hdrRow('2', 'OPEN', 'n'))
      .later(90 * DAY)
      .transaction(update(hdrRow('2', 'OPEN', 'tick')));
    const retired = await lived(done);
    expect(retired.states().get('order:1')).toMatchObject({ isStub: true, rows: {} });
    const dropped = retired.journal().find(({ outcome }) => outcome === 'retired');
    expect(dropped?.rows[0]).toMatchObject({ op: 'retired', was: { note: 'Ada Lovelace' } });
    const rig = await lived(done.transaction(update(hdrRow('1', 'OPEN', 'Baker Street'))));
    expect(journalOf(rig).join('\n')).not.toMatch(PRIVATE);
    expect(rig.journal().filter(({ isSealed }) => isSealed)).toEqual([]);
    expect(rig.states().get('order:1')?.rows['oms.hdr']?.['1']).toMatchObject({ note: 'Baker Street' });
  });
});

/** The note of an order names a part, whose text is personal; nothing of the order itself is. */
function lookingRules(): ReturnType<typeof readyRules> {
  const part = table('oms.line', {
    key: ['line_id'],
    columns: { line_id: legacy.bigint(), id: legacy.bigint(), txt: legacy.text().personal() },
  });
  const order = aggregate('order', { header: one(hdr, (row) => row.id) }, { lookups: { parts: lookup(part) } });
  const ready = order.milestone('OrderReady', {
    importance: 'critical',
    when: { 'its part is there': ({ header, parts }) => parts.get(header?.note) !== undefined },
    data: ({ header, parts }) => ({ note: parts.get(header?.note)?.txt ?? '' }),
  });
  const prose = { owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' };
  const data = z.object({ note: z.string() });
  const form = contract('OrderReady', 1, {
    ...{ topic: 'orders.out', key: 'orderId', ...prose, data, example: { note: 'x' } },
  });
  const publications = [publish(ready).as(form, (fact) => fact.data)];
  return {
    rules: compileRuleSet(ruleSet({ aggregates: [order], facts: [ready], publications })),
    digest: 'd'.repeat(16),
  };
}

describe('a personal column of a lookup table', () => {
  const looked = (): Promise<Rig> =>
    lived(
      new SmallSource()
        .transaction(lineRow('11', '1', 'Ada Lovelace'))
        .transaction(update(lineRow('11', '1', 'Baker Street')))
        .transaction(hdrRow('1', 'OPEN', '11')),
      lookingRules(),
    );

  it('is sealed in the entries of its rows, each under a key of its own, and of the orders that looked it up', async () => {
    const rig = await looked();
    expect(rig.eventsOf('1')).toMatchObject([{ note: 'Baker Street' }]);
    expect(journalOf(rig).join('\n')).not.toMatch(PRIVATE);
    expect(journalOf(rig).map((text) => journalEntry(text))).toMatchObject([
      { aggregate: '@lookup', id: 'oms.line/11', isSealed: true, rows: [{ op: 'c' }] },
      { aggregate: '@lookup', id: 'oms.line/11', isSealed: true, rows: [{ op: 'u' }] },
      { aggregate: 'order', id: '1', isSealed: true, rows: [{ key: '1' }] },
    ]);
    const [row, order] = ['@lookup:oms.line/11', 'order:1'].map((name) => rig.states().get(name)?.sealKey);
    expect([row, order]).toEqual([expect.any(String), expect.any(String)]);
    expect(row).not.toBe(order);
  });

  it('is there for who has the keys, with what was looked up', async () => {
    const [created, , order] = (await looked()).journal();
    expect(created?.rows[0]).toMatchObject({ key: '11', is: { txt: 'Ada Lovelace' } });
    expect(JSON.stringify(order?.looked)).toContain('Baker Street');
    expect(order?.verdicts).toMatchObject([{ verdict: 'fired', values: { note: 'Baker Street' } }]);
  });
});
