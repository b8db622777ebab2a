/** What one Kafka transaction takes of several sources, and what a source stops at (SPEC T9, T14). */
import { expect, it } from 'vitest';
import type { ChangeEvent, DecodedRecord } from '../../../../src/domain/source/change-event.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { DragomanError } from '../../../../src/errors.js';
import type { Decoder } from '../../../../src/decode/decoder.js';
import { boundary, clockAhead, collect } from '../../../../src/pipeline/decide/draft.js';
import { PlainRecords } from '../../../../src/pipeline/read/plain-records.js';
import { Input, type SourceInput } from '../../../../src/pipeline/read/input.js';
import { SourceTime } from '../../../../src/pipeline/timers/source-time.js';
import type { RawBatch, Source } from '../../../../src/pipeline/ports.js';
import { NO_FRONTIER } from '../../../../src/sequence/frontier/frontier.js';
import { Sequencer } from '../../../../src/sequence/sequencer.js';

const NO_TIMERS = { clock: null, nextMs: null, shortestMs: null };
const LIMITS = { transactionsMax: 4, rowsMax: 100, changeSetsMax: 100 };

const row = (source: string, offset: number): ChangeEvent => ({
  ...{ kind: 'change', partition: `${source}.t/0`, offset, source, table: 't', op: 'c', key: String(offset), row: {} },
  ...{ otherKey: null, refusal: null, snapshot: null, sourceTimeMs: offset },
  transaction: {
    id: String(offset),
    predecessor: null,
    commit: null,
    position: positionOf(String(offset)),
    order: null,
  },
});

/** A source in arrival mode, of which so many transactions are ready. */
function sourceOf(name: string, ready: number): SourceInput {
  const sequencer = new Sequencer({
    ...{ source: name, mode: 'arrival', transactionPartition: null, messagePartitions: [], frontier: NO_FRONTIER },
    ...{ partitionsByTable: new Map([['t', [`${name}.t/0`]]]), gaps: 'refuse' },
    ...{ transactionRowsMax: 1_000, heldRowsMax: 1_000 },
  });
  for (let offset = 0; offset < ready; offset += 1) sequencer.push(row(name, offset));
  const decoder = {
    decode: ({ offset }: { offset: number }): DecodedRecord => row(name, offset),
  } as unknown as Decoder;
  return {
    ...{ name, epoch: 0, mode: 'arrival', graceMs: 0, quarantineAfterMs: null, decoder, sequencer },
    time: new SourceTime(null, { nowMs: 1_000_000 }),
    partitions: [`${name}.t/0`],
  };
}

const taken = (inputs: readonly SourceInput[], turn: number): string[] =>
  collect(inputs, LIMITS, NO_TIMERS, turn)?.sequenced.map(({ source }) => source) ?? [];

it('T14: a source that catches up leaves room for the others in every draft', () => {
  const inputs = [sourceOf('busy', 100), sourceOf('other', 2)];
  expect(taken(inputs, 0)).toEqual(['busy', 'other', 'busy', 'other']);
  expect(taken(inputs, 1)).toEqual(['busy', 'busy', 'busy', 'busy']);
});

it('T14: with transactions that fill a draft alone, each source has its turn', () => {
  const inputs = [sourceOf('busy', 100), sourceOf('other', 2)];
  const one = { ...LIMITS, transactionsMax: 1 };
  const order = [0, 1, 2, 3].map((turn) => collect(inputs, one, NO_TIMERS, turn)?.sequenced[0]?.source);
  expect(order).toEqual(['busy', 'other', 'busy', 'other']);
});

it('T14: the first source does not use up what is read in one turn of the loop, again and again', () => {
  const inputs = [sourceOf('busy', 0), sourceOf('other', 0)];
  const read: string[] = [];
  const source = {
    take: (partition: string): RawBatch => {
      read.push(partition);
      const next = inputs.find(({ partitions }) => partitions.includes(partition))!.sequencer.readTo(partition);
      const records = [{ offset: next, timestampMs: 0, key: null, value: null, headers: {} }];
      return { partition, topic: partition.slice(0, -2), records, nextOffset: next + 1, endOffset: next + 100 };
    },
  } as unknown as Source;
  const input = new Input({ source, inputs, plain: new PlainRecords(null), observe: () => undefined }, 1_000);
  for (let turn = 0; turn < 4; turn += 1) input.read(5);
  expect(read.filter((partition) => partition === 'other.t/0')).toHaveLength(10);
});

it('T9: what a source stops at is thrown when everything before it was taken, and again at every call', () => {
  const inputs = [sourceOf('legacy', 6), sourceOf('other', 1)];
  const error = new DragomanError('TABLE_TRUNCATED', 'stop');
  inputs[0]!.sequencer.refuse({ partition: 'legacy.t/0', offset: 6 }, error);
  inputs[0]!.sequencer.settle(new Map([['legacy.t/0', 100]]));
  expect(taken(inputs, 0)).toHaveLength(4);
  expect(taken(inputs, 1)).toHaveLength(3);
  for (const call of [1, 2]) expect(() => collect(inputs, LIMITS, NO_TIMERS, call)).toThrow(error);
  expect(inputs[0]!.sequencer.needed().get('legacy.t/0')).toBe(6);
});

it('a transaction that moves the clock past a timer is taken when that was decided; those before it are taken', () => {
  const inputs = [sourceOf('legacy', 10)];
  const timing = { ...NO_TIMERS, nextMs: 2 };
  expect(collect(inputs, LIMITS, timing)?.sequenced).toHaveLength(2);
  expect(collect(inputs, LIMITS, timing)).toBeNull();
  expect(clockAhead(inputs, timing, 0)).toBe(2);
  expect(collect(inputs, LIMITS, { ...timing, nextMs: null })?.sequenced).toHaveLength(4);
});

it('the clock is that of the source that is furthest behind: a timer waits for it', () => {
  const inputs = [sourceOf('ahead', 10), sourceOf('behind', 0)];
  const timing = { ...NO_TIMERS, nextMs: 2 };
  expect(collect(inputs, LIMITS, timing)?.sequenced).toHaveLength(4);
  expect(boundary(inputs)).toMatchObject({
    clock: null,
    frontiers: { ahead: { timeMs: 3 }, behind: { timeMs: null } },
  });
});

it('a transaction that may set a timer is the last before those that would move the clock past it', () => {
  const inputs = [sourceOf('legacy', 10)];
  const timing = { ...NO_TIMERS, shortestMs: 3 };
  expect(collect(inputs, LIMITS, timing)?.sequenced).toHaveLength(3);
  expect(collect(inputs, LIMITS, timing)?.sequenced).toHaveLength(3);
});
