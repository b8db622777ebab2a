/**
 * Recorded histories, delivered in any order of the partitions, cut anywhere and read again from the committed offsets: the same
 * transactions in the same order (SPEC S1 to S8), and snapshot rows at the same place in their partitions.
 */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { equal } from 'node:assert/strict';
import type { Step } from '../../src/domain/source/transaction.js';
import { damaged, isSnapshotRow, isStreamedRow } from '../support/recorded/histories.js';
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
function inLives(records: readonly RecordedRecord[], { seeds, cuts }: Delivery): Step[] {
  const ends = endsOf(records);
  const out: Step[] = [];
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

describe.each(['01-lifecycle', '02-interleaved', '07b-snapshot-open-transactions', '13-logical-message'])(
  '%s with damaged records (S10)',
  (name) => {
    const records = consumed(readRecording(`postgres/${name}`));
    const rows = records.flatMap((record, i) => (isStreamedRow(record) || isSnapshotRow(record) ? [i] : []));
    const damagedAt = (places: readonly number[]): RecordedRecord[] =>
      records.map((record, i) => (places.includes(i) ? damaged(record) : record));

    it('one: it leaves in the place of its row, in any order of the partitions', () => {
      const sizes = sizesOf(sequence(records)).join('\n');
      fc.assert(
        fc.property(fc.constantFrom(...rows), delivery, (place, each) => {
          const out = inLives(damagedAt([place]), each);
          equal(sizesOf(out).join('\n'), sizes);
          equal(refusedPlaces(out).join('\n'), placeOf(records[place]!));
          if (isSnapshotFirst(sequence(records))) equal(isSnapshotFirst(out), true);
        }),
        { numRuns: 100 },
      );
    });

    it('many: each leaves once, every other row in its transaction, and nothing waits for ever, through restarts', () => {
      const wanted = rowsByPosition(sequence(records));
      const many = fc.uniqueArray(fc.constantFrom(...rows), { minLength: 2, maxLength: 12 });
      fc.assert(
        fc.property(many, delivery, (places, each) => {
          const out = inLives(damagedAt(places), each);
          const bad = new Set(places.map((i) => placeOf(records[i]!)));
          equal(refusedPlaces(out).join('\n'), [...bad].sort().join('\n'));
          equal(
            rowsByPosition(out, bad).join('\n'),
            wanted.filter((row) => !bad.has(row.replace(/^\S+ /, ''))).join('\n'),
          );
        }),
        { numRuns: 100 },
      );
    });
  },
);

const placeOf = (record: RecordedRecord): string => `${partitionOf(record)} ${record.offset}`;
const refusedPlaces = (out: readonly Step[]): string[] =>
  out
    .flatMap((step) => (step.kind === 'snapshot-end' ? [] : step.changes))
    .filter(({ refusal }) => refusal !== null)
    .map(({ partition, offset }) => `${partition} ${offset}`)
    .sort();
const sizesOf = (out: readonly Step[]): string[] =>
  out.flatMap((next) => (next.kind === 'transaction' ? [`${next.position} ${next.changes.length}`] : []));

/** Rows of transactions, each with the position of its transaction, without those at `left` places. */
const rowsByPosition = (out: readonly Step[], left: ReadonlySet<string> = new Set()): string[] =>
  out.flatMap((next) =>
    next.kind === 'transaction'
      ? next.changes
          .map(({ partition, offset }) => `${partition} ${offset}`)
          .filter((place) => !left.has(place))
          .map((place) => `${next.position} ${place}`)
      : [],
  );

/** All rows of the snapshot before the first transaction (S5): so it is unless a snapshot was taken later. */
const isSnapshotFirst = (out: readonly Step[]): boolean =>
  out.findLastIndex(({ kind }) => kind === 'baseline') < out.findIndex(({ kind }) => kind === 'transaction');

const sorted = (orders: Record<string, string[]>): [string, string[]][] =>
  Object.entries(orders).sort(([a], [b]) => (a < b ? -1 : 1));
