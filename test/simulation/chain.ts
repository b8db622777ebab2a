/**
 * The history of each aggregate, read as `why` reads it: backwards by offset, from its state on (SPEC T15). When nothing comes any more, and somebody else
 * has taken over, that is every entry that was decided, and nothing else, whatever was restored, lost or refused on the way.
 */
import { MemoryStore } from '../../src/adapters/memory/store.js';
import { aggregateRef } from '../../src/domain/state/aggregate-state.js';
import type { OwnRecord } from '../../src/pipeline/ports.js';
import { StoredStates } from '../../src/pipeline/state/stored-states.js';
import { historyOf } from '../../src/why/history/chain.js';
import type { Cells } from './awaiting.js';
import type { LogEntry } from './kafka/partition-log.js';

const MARKER = 'at the end';

export class Chains {
  readonly #entriesOf: (partition: number) => readonly LogEntry[];
  /** By aggregate: where its entries stand, the oldest first. */
  readonly #decided = new Map<string, { readonly partition: number; readonly offset: number }[]>();

  /** @param entriesOf of a partition of the journal. */
  constructor(entriesOf: (partition: number) => readonly LogEntry[]) {
    this.#entriesOf = entriesOf;
  }

  decided(partition: number, { key, offset }: LogEntry): void {
    const known = this.#decided.get(key ?? '') ?? [];
    this.#decided.set(key ?? '', known);
    known.push({ partition, offset });
  }

  /** What is wrong with the histories; null: nothing. @param cells of the state topic, which Redis has too. */
  async fault(cells: Cells): Promise<string | null> {
    const store = new MemoryStore();
    await store.save(
      null,
      MARKER,
      [...cells.all()].map(([hash, field, value]) => ({ hash, field, value })),
    );
    const states = new StoredStates(store);
    await states.open(MARKER);
    for (const [name, decided] of this.#decided) {
      const [{ state } = { state: null }] = await states.load(MARKER, [name]);
      if (state === null) return `${name} has ${decided.length} entries, and no state`;
      const journal = { at: (_: unknown, offsets: readonly number[]) => Promise.resolve(this.#at(name, offsets)) };
      const { entries, end, missing } = await historyOf(aggregateRef(name), state, { ...journal, search: raise });
      const [found, owed] = [entries, decided.toReversed()].map((all) => all.map(({ offset }) => offset).join());
      if (found !== owed || missing > 0 || end !== 'begin')
        return `the history of ${name} is ${found}, ${missing} missing, ending with ${end}; decided was ${owed}`;
    }
    return null;
  }

  #at(name: string, offsets: readonly number[]): (OwnRecord | null)[] {
    const partition = this.#decided.get(name)?.[0]?.partition ?? 0;
    return offsets.map((wanted) => {
      const found = this.#entriesOf(partition).find(({ offset, kind }) => offset === wanted && kind === 'record');
      if (found === undefined) return null;
      const { offset, timestampMs, key, value } = found;
      return { partition, offset, timestampMs, key: key ?? '', value };
    });
  }
}

const raise = (): never => {
  throw new RangeError('nobody searches here');
};
