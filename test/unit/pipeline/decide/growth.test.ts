/** What is written for an aggregate is linear in its rows: a change costs what it changes, however many rows there are already. */
import { z } from 'zod';
import { expect, it } from 'vitest';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, contract, many, one, publish, ruleSet } from '../../../../src/rules/index.js';
import { Rig } from '../../../support/rig.js';
import { hdr, hdrRow, line, lineRow, SmallSource } from '../../../support/sources/ready-orders.js';

/** A fact for each line that comes, and one for each that goes. */
function rulesOfLines() {
  const members = { header: one(hdr, (row) => row.id), lines: many(line, (row) => row.id) };
  const order = aggregate('order', members);
  const lines = order.each('lines');
  const facts = [
    lines.inserted('LineAdded', { importance: 'low', data: () => ({}) }),
    lines.deleted('LineRemoved', { importance: 'low', data: () => ({}) }),
  ];
  const prose = { topic: 'orders.out', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' };
  const added = contract('LineAdded', 1, { ...prose, data: z.object({}), example: {} });
  const set = ruleSet({ aggregates: [order], facts, publications: [publish(facts[0]!).as(added, () => ({}))] });
  return { rules: compileRuleSet(set), digest: 'd'.repeat(16) };
}

interface Written {
  /** Of the transaction that brings all lines but a few. */
  readonly first: number;
  /** Of each line that then comes, or goes, by itself. */
  readonly each: number;
}

const FEW = 100;

/** Bytes of state and journal: an order has so many lines, and of these a few come, and go, one by one. */
async function written(lines: number): Promise<Written> {
  const ids = Array.from({ length: lines }, (_, i) => `${10_000 + i}`);
  const single = ids.slice(-FEW);
  const rowOf = (id: string) => lineRow(id, '1');
  const source = new SmallSource().transaction(hdrRow('1', 'NEW'), ...ids.slice(0, -FEW).map(rowOf));
  for (const id of single) source.transaction(rowOf(id));
  for (const id of single) source.transaction({ ...rowOf(id), op: 'd' });
  // One source transaction in each Kafka transaction: none of what is written is spared by the next.
  const limits = { transactionsMax: 1, rowsMax: 10_000, changeSetsMax: 100 };
  const rig = new Rig(source.records, { rules: rulesOfLines(), settings: { limits } });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  const state = rig.states().get('order:1');
  expect(Object.keys(state?.rows['oms.line'] ?? {})).toHaveLength(lines - FEW);
  expect([state?.fired['LineAdded'], state?.fired['LineRemoved']].map((all) => Object.keys(all ?? {}).length)).toEqual([
    lines,
    FEW,
  ]);
  const { topics } = rig.settings();
  const [first = 0, ...rest] = [topics.state, topics.journal]
    .flatMap((topic) => rig.log.partitionsOf(topic).map((partition) => byTransaction(rig.log.records(partition))))
    .filter((sizes) => sizes.length > 0)
    .reduce<number[]>((sums, sizes) => sizes.map((size, i) => size + (sums[i] ?? 0)), []);
  expect(rest).toHaveLength(2 * FEW);
  return { first, each: rest.reduce((sum, size) => sum + size, 0) / rest.length };
}

/** Bytes of each Kafka transaction that wrote to this partition: its control record leaves a hole in the offsets. */
function byTransaction(
  records: readonly { readonly offset: number; readonly key: string | null; readonly value: string | null }[],
): number[] {
  const sizes: number[] = [];
  let next = -1;
  for (const { offset, key, value } of records) {
    if (offset !== next) sizes.push(0);
    sizes[sizes.length - 1]! += Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '');
    next = offset + 1;
  }
  return sizes;
}

it('with 200, 1,000 and 3,000 rows, a fact on each: a row costs the same among many as among few', async () => {
  const [few, some, many] = [await written(200), await written(1_000), await written(3_000)];
  // What is told in numbers has a digit more.
  expect(many.each / few.each).toBeLessThan(1.02);
  expect(some.each / few.each).toBeLessThan(1.02);
  expect((many.first - some.first) / 2_000 / ((some.first - few.first) / 800)).toBeCloseTo(1, 1);
  expect(few.each).toBeLessThan(3_000);
}, 60_000);
