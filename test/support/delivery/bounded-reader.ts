/**
 * Reads a log as the pipeline's input does (`pipeline/read/input.ts`): of the partitions that are not ahead the one that was read least far, a few
 * records at a time; ends are answered at once or a little later; processes end and others go on from any boundary.
 */
import type { Step } from '../../../src/domain/source/transaction.js';
import type { Frontier } from '../../../src/sequence/frontier/frontier.js';
import { below, type Choices, choices } from '../choices.js';
import { type RecordedRecord, sourceRecord } from '../recordings.js';
import type { Boundary, Consumer, StartConsumer } from './delivery.js';

export interface BoundedReading {
  readonly seed: number;
  readonly restarts: number;
  /** Records that are read of one partition before the sequencer is asked again. */
  readonly batch: number;
  /** All records are there from the beginning. */
  readonly isBacklog: boolean;
}

export interface Read {
  readonly out: readonly Step[];
  /** Rows that were held at most. */
  readonly heldMost: number;
  /** Nothing is read on and nothing leaves, though there is more: the partitions that were left unread. */
  readonly unread: readonly string[];
  readonly consumer: Consumer;
}

export function readBounded(records: readonly RecordedRecord[], how: BoundedReading, start: StartConsumer): Read {
  const random = choices(how.seed);
  const partitions = partitionsOf(records, start(null));
  let [out, heldMost, restarts]: [Step[], number, number] = [[], 0, how.restarts];
  let visible = how.isBacklog ? records.length : 0;
  const boundaries: { readonly boundary: Boundary; readonly out: number }[] = [];
  const places = new Map(records.map((record, place) => [record, place]));
  const isVisible = (record: RecordedRecord): boolean => (places.get(record) ?? 0) < visible;
  let consumer = start(null);
  let next = new Map<string, number>();
  const begin = (from: Boundary | null): void => {
    consumer = start(from);
    next = new Map(
      [...partitions].map(([name, all]) => {
        const at = all.findIndex(({ offset }) => offset >= (from?.needed.get(name) ?? 0));
        return [name, at === -1 ? all.length : at];
      }),
    );
  };
  const unread = (): string[] =>
    [...partitions].flatMap(([name, all]) => {
      const record = all[next.get(name) ?? 0];
      return record !== undefined && isVisible(record) ? [name] : [];
    });
  const ends = (): Map<string, number> =>
    new Map([...partitions].map(([name, all]) => [name, (all.findLast(isVisible)?.offset ?? -1) + 1]));
  /** @returns whether anything was handed on or answered. */
  const drain = (stepsMax: number): boolean => {
    const { sequencer } = consumer;
    let isAsked = false;
    for (let steps = 0; ;) {
      const step = sequencer.peek();
      if (step !== undefined) {
        if (steps >= stepsMax) return true;
        out.push(step);
        sequencer.advance();
        steps += 1;
        boundaries.push({ boundary: throughJson(sequencer), out: out.length });
      } else if (sequencer.wantsBounds) {
        sequencer.settle(ends());
        isAsked = true;
      } else return isAsked || steps > 0;
    }
  };
  const read = (): boolean => {
    const { sequencer, decoder } = consumer;
    const found = furthestBehind(
      unread().filter((name) => !sequencer.isAhead(name)),
      sequencer,
      random,
    );
    if (found === null) return false;
    for (let i = 0; i < how.batch; i += 1) {
      const at = next.get(found) ?? 0;
      const record = partitions.get(found)?.[at];
      if (record === undefined || !isVisible(record)) break;
      sequencer.push(decoder.decode(sourceRecord(record)));
      next.set(found, at + 1);
    }
    heldMost = Math.max(heldMost, sequencer.status.heldRows);
    sequencer.look();
    return true;
  };
  begin(null);
  for (;;) {
    if (restarts > 0 && random() < 0.03) {
      restarts -= 1;
      const kept = random() < 0.7 ? boundaries.length : below(random, boundaries.length + 1);
      boundaries.length = kept;
      out = out.slice(0, boundaries.at(-1)?.out ?? 0);
      begin(boundaries.at(-1)?.boundary ?? null);
    }
    if (random() < 0.1) visible = Math.min(records.length, visible + 1 + below(random, 20));
    const hasRead = read();
    const isLate = hasRead && random() < 0.3;
    if (isLate || drain(random() < 0.7 ? Infinity : 1) || hasRead) continue;
    if (drain(Infinity)) continue;
    if (visible >= records.length) break;
    visible += 1;
  }
  return { out, heldMost, unread: unread(), consumer };
}

function furthestBehind(names: readonly string[], sequencer: Consumer['sequencer'], random: Choices): string | null {
  if (names.length === 0) return null;
  // Batches of the others may not be there yet.
  if (random() < 0.3) return names[below(random, names.length)] ?? null;
  const least = names.reduce((a, b) => ((sequencer.place(b) ?? '') < (sequencer.place(a) ?? '') ? b : a));
  return least;
}

function partitionsOf(records: readonly RecordedRecord[], { decoder }: Consumer): Map<string, RecordedRecord[]> {
  const topics = new Set(decoder.topics);
  const partitions = new Map<string, RecordedRecord[]>();
  for (const record of records) {
    if (!topics.has(record.topic)) continue;
    const name = `${record.topic}/${record.partition}`;
    const own = partitions.get(name);
    if (own === undefined) partitions.set(name, [record]);
    else own.push(record);
  }
  return partitions;
}

/** As it travels in offset metadata. */
const throughJson = (sequencer: Consumer['sequencer']): Boundary => ({
  needed: sequencer.needed(),
  frontier: JSON.parse(JSON.stringify(sequencer.frontier)) as Frontier,
});
