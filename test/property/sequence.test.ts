/**
 * Recorded histories, delivered in any order of the partitions, cut anywhere and read again from the committed offsets: the same
 * transactions in the same order (SPEC S1 to S8), and snapshot rows at the same place in their partitions.
 */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { equal } from 'node:assert/strict';
import type { Sequenced } from '../../src/domain/transaction.js';
import { readRecording, type RecordedRecord } from '../support/recordings.js';
import {
  bench,
  consumed,
  drain,
  endsOf,
  mixPartitions,
  orderByPartition,
  partitionOf,
  read,
  sequence,
  transactionsOf,
} from '../support/sequencing.js';

/** Each with another peculiarity: see their names; 13 has logical messages. */
const RECORDINGS: readonly (readonly [string, number])[] = [
  ['01-lifecycle', 60],
  ['02-interleaved', 60],
  ['06-replay', 25],
  ['06b-crash-exactly-once', 40],
  ['06c-crash-frequent-offsets', 40],
  ['07-resnapshot', 60],
  ['07b-snapshot-open-transactions', 200],
  ['07c-snapshot-open-first', 200],
  ['08-incremental-snapshot', 25],
  ['11-ddl', 100],
  ['13-logical-message', 200],
  ['16-heartbeats', 100],
];

const choices = (seed: number): (() => number) => {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
};

interface Delivery {
  /** Which order of the partitions, in each life. */
  readonly seeds: readonly number[];
  /** How much of what is left is read before the process ends, in each life but the last. */
  readonly cuts: readonly number[];
}

/** Several lives: each reads in its own order from where the one before said that it is needed. */
function inLives(records: readonly RecordedRecord[], { seeds, cuts }: Delivery): Sequenced[] {
  const ends = endsOf(records);
  const out: Sequenced[] = [];
  let left = bench(records);
  for (let life = 0; life <= cuts.length; life += 1) {
    const from = left.sequencer.needed();
    left = bench(records, { from, frontier: left.sequencer.frontier });
    const unread = records.filter((record) => record.offset >= (from.get(partitionOf(record)) ?? 0));
    const mixed = mixPartitions(unread, choices(seeds[life] ?? life));
    for (const record of mixed.slice(0, Math.ceil(mixed.length * (cuts[life] ?? 1)))) {
      read(left, record);
      out.push(...drain(left, ends));
    }
  }
  out.push(...drain(left, ends));
  return out;
}

const delivery: fc.Arbitrary<Delivery> = fc.record({
  seeds: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
});

describe.each(RECORDINGS)('%s', (name, numRuns) => {
  it('gives the same transactions in the same order, and each snapshot row at its place', () => {
    const records = consumed(readRecording(`postgres/${name}`));
    const wanted = sequence(records);
    const transactions = transactionsOf(wanted).join('\n');
    const orders = JSON.stringify(sorted(orderByPartition(wanted)), null, 1);
    fc.assert(
      fc.property(delivery, (each) => {
        const out = inLives(records, each);
        equal(transactionsOf(out).join('\n'), transactions);
        equal(JSON.stringify(sorted(orderByPartition(out)), null, 1), orders);
        if (isSnapshotFirst(wanted)) equal(isSnapshotFirst(out), true);
      }),
      { numRuns },
    );
  });
});

/** All rows of the snapshot before the first transaction (S5): so it is unless a snapshot was taken later. */
const isSnapshotFirst = (out: readonly Sequenced[]): boolean =>
  out.findLastIndex(({ kind }) => kind === 'baseline') < out.findIndex(({ kind }) => kind === 'transaction');

const sorted = (orders: Record<string, string[]>): [string, string[]][] =>
  Object.entries(orders).sort(([a], [b]) => (a < b ? -1 : 1));
