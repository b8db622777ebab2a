/** A pipeline of several sources and many tables: what is committed of each of them, also of one that is not read for a while. */
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../../../src/config/keys/pipelines.js';
import { batchBytes } from '../../../../src/domain/record-size.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, contract, legacy, many, one, publish, ruleSet, table } from '../../../../src/rules/index.js';
import { newestProgress } from '../../../support/pipeline/progress.js';
import { hdr, hdrRow, readyRules, SmallSource } from '../../../support/sources/ready-orders.js';
import type { RecordedRecord } from '../../../support/recordings.js';
import { Rig } from '../../../support/rig.js';

const sourceNamed = (name: string) => sourceOf({ name, beginning: 'empty' });

/** The same records as another connector writes them. */
const as = (name: string, records: readonly RecordedRecord[]): RecordedRecord[] =>
  records.map((record) => ({
    ...record,
    topic: record.topic.replace(/^legacy/, name),
    value: record.value?.replaceAll('"name":"legacy"', `"name":"${name}"`) ?? null,
  }));

/** Orders `from` to `to - 1` become ready one after the other. */
function ordersOf(from: number, to: number): RecordedRecord[] {
  const source = new SmallSource();
  for (let id = from; id < to; id += 1) source.transaction(hdrRow(String(id), 'READY'));
  return source.records;
}

describe('a source that is removed from the config', () => {
  const sources = ['legacy', 'stock'].map(sourceNamed);
  const alone = { sources: sources.slice(0, 1) };

  it('is known all the same: when it comes back nothing of it is read again, and what came meanwhile is read', async () => {
    const [first, all] = [ordersOf(100, 103), ordersOf(100, 106)];
    const rules = readyRules();
    const mine = new SmallSource().transaction(hdrRow('1', 'READY')).transaction(hdrRow('2', 'READY')).records;
    const half = new SmallSource().transaction(hdrRow('1', 'READY')).records;
    const rig = new Rig([...half, ...as('stock', first)], { rules, settings: { sources } });
    expect(await rig.live()).toEqual({ kind: 'drained' });
    const known = newestProgress(rig);
    expect(known.frontiers['stock']?.position).not.toBeNull();

    rig.play([...mine.slice(half.length), ...as('stock', all.slice(first.length))]);
    expect(await rig.live(rig.ports(), { ...rig.settings(), ...alone })).toEqual({ kind: 'drained' });
    expect(rig.published().map(({ key }) => key)).toEqual(['1', '100', '101', '102', '2']);
    const meanwhile = newestProgress(rig);
    expect(meanwhile.frontiers['stock']).toEqual(known.frontiers['stock']);
    for (const [partition, offset] of known.offsets)
      if (partition.startsWith('stock.')) expect(meanwhile.offsets.get(partition)).toBe(offset);

    rig.store.clear();
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(rig.published().map(({ key }) => key)).toEqual(['1', '100', '101', '102', '2', '103', '104', '105']);
  });
});

describe('ten sources of 110 tables', () => {
  const names = Array.from({ length: 10 }, (_, i) => `shop${i}`);
  const others = Array.from({ length: 109 }, (_, i) =>
    table(`oms.table_with_a_rather_long_name_${i}`, {
      key: ['line_id'],
      columns: { line_id: legacy.bigint(), id: legacy.bigint() },
    }),
  );

  function rulesOfMany() {
    const lines = Object.fromEntries(others.map((each, i) => [`lines${i}`, many(each, (row) => row.id)]));
    const order = aggregate('order', { header: one(hdr, (row) => row.id), ...lines });
    const ready = order.milestone('OrderReady', {
      ...{ importance: 'high', data: () => ({}) },
      when: { 'status is READY': (each) => (each as { header?: { sts: string } }).header?.sts === 'READY' },
    });
    const prose = { owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' };
    const readyV1 = contract('OrderReady', 1, {
      ...prose,
      topic: 'orders.out',
      key: 'orderId',
      data: z.object({}),
      example: {},
    });
    const set = ruleSet({
      aggregates: [order],
      facts: [ready],
      publications: [publish(ready).as(readyV1, () => ({}))],
    });
    return { rules: compileRuleSet(set), digest: 'd'.repeat(16) };
  }

  it('have a progress that fits into its record, and are read on from it', async () => {
    const rules = rulesOfMany();
    const played = (from: number, to: number): RecordedRecord[] =>
      names.flatMap((name, i) => as(name, ordersOf(i * 1_000 + from, i * 1_000 + to)));
    const topics = names.flatMap((name) => others.map(({ name: each }) => `${name}.${each}`));
    // Every topic is there; what is in most of them is of no use to anybody.
    const shapes = topics.map((topic): RecordedRecord => ({
      topic,
      partition: 0,
      offset: 0,
      timestamp: 1,
      key: null,
      value: null,
      headers: {},
    }));
    const rig = new Rig([...shapes, ...played(0, 2)], { rules, settings: { sources: names.map(sourceNamed) } });
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(rig.published()).toHaveLength(20);
    const progress = newestProgress(rig);
    expect(Object.keys(progress.frontiers)).toEqual(names);
    expect(progress.offsets.size).toBe(10 * (110 + 1));
    const { topics: own } = rig.settings();
    const record = rig.log.records(`${own.progress}/0`).findLast(({ key }) => key === 'progress')!;
    expect(batchBytes({ ...record, key: 'progress', value: record.value ?? '' })).toBeLessThan(
      rig.settings().translate.recordBytesMax(own.progress) / 4,
    );
    rig.store.clear();
    rig.play(
      played(0, 4).filter(({ offset }, i, all) => offset >= 2 * (all[i]!.topic.endsWith('transaction') ? 2 : 1)),
    );
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(rig.published()).toHaveLength(40);
  });
});
