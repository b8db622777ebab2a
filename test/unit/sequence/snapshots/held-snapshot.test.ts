/** S9 while a person is asked: a snapshot that is taken meanwhile waits in its topics, not in memory. */
import { describe, expect, it } from 'vitest';
import type { DecodedRecord } from '../../../../src/domain/source/change-event.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { NO_FRONTIER } from '../../../../src/sequence/frontier/frontier.js';
import { Sequencer } from '../../../../src/sequence/sequencer.js';

const TX = 'legacy.transaction/0';
const PARTITIONS = ['legacy.oms.a/0', 'legacy.oms.a/1'];
const HELD_ROWS_MAX = 100;
const SNAPSHOT_ROWS = 1_000;
const at = (n: number) => positionOf(String(n));

const row = (partition: string, offset: number): Omit<Extract<DecodedRecord, { kind: 'change' }>, 'op'> => ({
  ...{ kind: 'change', partition, offset, source: 'legacy', table: 'oms.a', key: `k${offset}`, otherKey: null },
  ...{ row: {}, transaction: null, snapshot: null, sourceTimeMs: 1, refusal: null },
});

/** @param counted rows of the second transaction, of which one is written: more makes it incomplete. */
function log({ predecessor, counted }: { predecessor: number; counted: number }): DecodedRecord[] {
  const [first = ''] = PARTITIONS;
  const streamed = (offset: number, id: string, before: number): DecodedRecord => ({
    ...row(first, offset),
    op: 'u',
    transaction: { id, predecessor: at(before), commit: null, position: at(before + 1), order: 1 },
  });
  const end = (offset: number, id: string, place: number, rows: number): DecodedRecord => ({
    ...{ kind: 'end', id, position: at(place), serial: null, rows, rowsByTable: new Map([['oms.a', rows]]) },
    ...{ sourceTimeMs: place, partition: TX, offset },
  });
  const snapshot = PARTITIONS.flatMap((partition, p) =>
    Array.from({ length: SNAPSHOT_ROWS }, (_, i): DecodedRecord => {
      const isLast = p === 1 && i === SNAPSHOT_ROWS - 1;
      return { ...row(partition, (p === 0 ? 2 : 0) + i), op: 'r', snapshot: { generation: at(500), isLast } };
    }),
  );
  return [streamed(0, 'one', 100), end(0, 'one', 110, 1), streamed(1, 'two', predecessor), end(1, 'two', 210, counted), ...snapshot]; // prettier-ignore
}

/**
 * Reads as the input does: partitions in turn, and none that is ahead.
 * @param taken the snapshot is taken when `two` is held; `before`: it is there from the first read on, as when the process starts again.
 */
function read(records: readonly DecodedRecord[], taken: 'then' | 'before' = 'then') {
  const sequencer = new Sequencer({
    ...{ source: 'legacy', mode: 'exact', transactionPartition: TX, messagePartitions: [], frontier: NO_FRONTIER },
    ...{ partitionsByTable: new Map([['oms.a', PARTITIONS]]), transactionRowsMax: 1_000, gaps: 'refuse' },
    heldRowsMax: HELD_ROWS_MAX,
  });
  const names = [TX, ...PARTITIONS];
  const unread = new Map(names.map((name): [string, DecodedRecord[]] => [name, []]));
  const ends = new Map<string, number>();
  const write = (written: readonly DecodedRecord[]): void => {
    for (const record of written) {
      unread.get(record.partition)?.push(record);
      ends.set(record.partition, record.offset + 1);
    }
  };
  const out: string[] = [];
  let most = 0;
  const drain = (): void => {
    for (;;) {
      const step = sequencer.peek();
      if (step?.kind === 'transaction') out.push(step.id);
      if (step !== undefined) sequencer.advance();
      else if (sequencer.wantsBounds) sequencer.settle(new Map(ends));
      else return;
    }
  };
  const go = (): void => {
    for (let before = -1, left = 0; left !== before;) {
      before = left;
      for (const [name, queue] of unread) {
        if (queue.length === 0 || sequencer.isAhead(name)) continue;
        sequencer.push(queue.shift()!);
        left += 1;
        most = Math.max(most, sequencer.status.heldRows);
        drain();
      }
    }
  };
  const isOfSnapshot = (record: DecodedRecord): boolean => record.kind === 'change' && record.op === 'r';
  const parts = [(record: DecodedRecord) => !isOfSnapshot(record), isOfSnapshot];
  for (const isNext of taken === 'then' ? parts : [() => true]) {
    write(records.filter(isNext));
    go();
  }
  return { sequencer, out, go, drain, unread, most: () => most };
}

describe('a snapshot behind a transaction that is held', () => {
  it.each([
    ['for a gap', { predecessor: 200, counted: 1 }, 'SOURCE_GAP'],
    ['for rows that it lacks', { predecessor: 110, counted: 2 }, 'TRANSACTION_INCOMPLETE'],
  ] as const)('%s: is left in its topics over the limit, and read when a person has decided', (_, what, code) => {
    const { sequencer, out, go, drain, unread, most } = read(log(what));
    expect(out).toEqual(['one']);
    expect(sequencer.held).toMatchObject({ code, transaction: 'two' });
    expect(most()).toBeLessThanOrEqual(HELD_ROWS_MAX + 2);
    expect(sequencer.resolve('two', 'release')).toBe(true);
    drain();
    go();
    expect(out).toEqual(['one', 'two']);
    expect([...unread.values()].map((queue) => queue.length)).toEqual([0, 0, 0]);
    expect(sequencer.status.heldRows).toBe(0);
  });

  it('is left there by another process, too, when nothing is lacking that may stand behind it', () => {
    const { sequencer, out, most } = read(log({ predecessor: 200, counted: 1 }), 'before');
    expect([out, sequencer.held?.code]).toEqual([['one'], 'SOURCE_GAP']);
    expect(most()).toBeLessThanOrEqual(HELD_ROWS_MAX + 2);
  });

  it('is read to its end where a row that is lacking may stand behind it, before a person is asked', () => {
    const { sequencer, out, most } = read(log({ predecessor: 110, counted: 2 }), 'before');
    expect([out, sequencer.held?.code]).toEqual([['one'], 'TRANSACTION_INCOMPLETE']);
    expect(most()).toBe(2 * SNAPSHOT_ROWS + 1);
  });
});
