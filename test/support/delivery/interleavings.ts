/**
 * Every order in which a consumer may read a few records of several partitions, with a restart after every one of them, and again
 * after every record of the second life, and so on: boundaries are followed until no new one appears, so any number of restarts is
 * covered.
 */
import type { DecodedRecord } from '../../../src/domain/source/change-event.js';
import type { Step } from '../../../src/domain/source/transaction.js';
import type { Frontier } from '../../../src/sequence/frontier/frontier.js';
import { sourceRecord, type RecordedRecord } from '../recordings.js';
import type { Boundary, StartConsumer } from './delivery.js';

/** When a sequencer wants the ends of partitions: all that is there; no more than what was surely written; only when all is read. */
export const BOUND_ANSWERS = ['all', 'least', 'late'] as const;
export type BoundAnswer = (typeof BOUND_ANSWERS)[number];

export interface Explored {
  /** Orders read from beginning to end. */
  readonly orders: number;
  readonly boundaries: number;
  /** Records pushed. */
  readonly records: number;
}

interface Entry {
  readonly partition: string;
  readonly offset: number;
  /** Place in the order in which the connector wrote. */
  readonly place: number;
  readonly decoded: DecodedRecord;
}

/**
 * @param owed what the whole log has to give, step by step; each boundary has to give what follows it.
 * @throws AssertionError of `expectSteps` at the first order that gives something else.
 */
export function explore(
  records: readonly RecordedRecord[],
  start: StartConsumer,
  answer: BoundAnswer,
  expectSteps: (given: readonly Step[], done: number) => void,
): Explored {
  const { decoder } = start(null);
  const entries = records.map((record, place): Entry => ({
    ...{ partition: `${record.topic}/${record.partition}`, offset: record.offset, place },
    decoded: decoder.decode(sourceRecord(record)),
  }));
  const todo: { readonly boundary: Boundary | null; readonly done: number }[] = [{ boundary: null, done: 0 }];
  const known = new Set<string>();
  let [orders, pushed] = [0, 0];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { boundary, done } = next;
    const unread = entries.filter(({ partition, offset }) => offset >= (boundary?.needed.get(partition) ?? 0));
    for (const order of orderings(unread)) {
      orders += 1;
      pushed += order.length;
      const given: Step[] = [];
      readInOrder(order, entries, start(boundary), answer, given, ({ needed, frontier }) => {
        const frontierText = JSON.stringify(frontier);
        const text = `${done + given.length} ${JSON.stringify([...needed])} ${frontierText}`;
        if (known.has(text)) return;
        known.add(text);
        const reached = { needed, frontier: JSON.parse(frontierText) as Frontier };
        todo.push({ boundary: reached, done: done + given.length });
      });
      expectSteps(given, done);
    }
  }
  return { orders, boundaries: known.size, records: pushed };
}

function readInOrder(
  order: readonly Entry[],
  all: readonly Entry[],
  { sequencer }: ReturnType<StartConsumer>,
  answer: BoundAnswer,
  given: Step[],
  onBoundary: (boundary: Boundary) => void,
): void {
  let written = 0;
  order.forEach(({ decoded, place }, i) => {
    sequencer.push(decoded);
    written = Math.max(written, place + 1);
    const isLast = i === order.length - 1;
    for (;;) {
      const step = sequencer.peek();
      if (step !== undefined) {
        given.push(step);
        sequencer.advance();
        onBoundary({ needed: sequencer.needed(), frontier: sequencer.frontier });
      } else if (sequencer.wantsBounds && (answer !== 'late' || isLast)) {
        sequencer.settle(endsOf(answer === 'least' ? all.slice(0, written) : all));
      } else break;
    }
  });
}

function endsOf(entries: readonly Entry[]): Map<string, number> {
  const ends = new Map<string, number>();
  for (const { partition, offset } of entries) ends.set(partition, Math.max(ends.get(partition) ?? 0, offset + 1));
  return ends;
}

/** All merges of the partitions; one is shown at a time, in the same array. */
function* orderings(entries: readonly Entry[]): Generator<readonly Entry[]> {
  const partitions = [...new Set(entries.map(({ partition }) => partition))].map((name) =>
    entries.filter(({ partition }) => partition === name),
  );
  const order: Entry[] = [];
  const next = partitions.map(() => 0);
  yield* merged();
  function* merged(): Generator<readonly Entry[]> {
    if (order.length === entries.length) {
      yield order;
      return;
    }
    for (let p = 0; p < partitions.length; p += 1) {
      const entry = partitions[p]?.[next[p] ?? 0];
      if (entry === undefined) continue;
      order.push(entry);
      next[p] = (next[p] ?? 0) + 1;
      yield* merged();
      next[p] = (next[p] ?? 0) - 1;
      order.pop();
    }
  }
}
