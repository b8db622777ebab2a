/** S11 of two snapshots: which of them a transaction follows, and which begins first, whatever is read first. */
import { expect, it } from 'vitest';
import { consumers } from '../../../support/delivery/consumer.js';
import { deliver } from '../../../support/delivery/delivery.js';
import { expectSnapshotPlaces } from '../../../support/delivery/verdict.js';
import { generated } from '../../../support/history/generated.js';
import { sourceRecord } from '../../../support/recordings.js';

const write = (table: 'ord_hdr' | 'ord_line') => ({ op: 'write' as const, table, order: 0, n: 0, bits: 1 });
const commit = (op: 'write' | 'delete', n: number) => ({
  ...{ kind: 'commit' as const, isCopy: false },
  statements: [{ op, table: 'ord_line' as const, order: 0, n, bits: 0 }],
});

/** Found by the simulation. */
it('hands on the first snapshot first, whichever partition is read first', () => {
  const { records } = generated({
    initial: [[write('ord_hdr')]],
    steps: [{ kind: 'snapshot', unseen: [[write('ord_line')]], aborted: 0 }],
    ...{ partitions: [1, 1, 1, 1, 1, 1, 1], crashes: [], seed: 1 },
  });
  const { decoder, sequencer } = consumers(records)(null);
  const ends = new Map(records.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset + 1]));
  const out: string[] = [];
  const read = (topic: string): void => {
    for (const record of records.filter((each) => each.topic === topic)) {
      sequencer.push(decoder.decode(sourceRecord(record)));
      sequencer.readUpTo(`${topic}/0`, record.offset + 1);
    }
    for (let turn = 0; turn < 3; turn += 1) {
      for (let next = sequencer.peek(); next !== undefined; next = sequencer.peek()) {
        out.push(next.kind === 'transaction' ? next.kind : `${next.kind} ${Number(next.generation)}`);
        sequencer.advance();
      }
      if (sequencer.wantsBounds) sequencer.settle(ends);
    }
  };
  read('legacy.oms.ord_line');
  expect(out).toEqual([]);
  read('legacy.oms.ord_hdr');
  const generations = out.filter((each) => each.startsWith('baseline')).map((each) => Number(each.split(' ')[1]));
  expect(new Set(generations).size).toBe(2);
  expect(generations).toEqual(generations.toSorted((a, b) => a - b));
});

it('hands on both before a transaction of which rows stand behind rows of the second, though it was committed before the first', () => {
  const made = generated({
    initial: commit('write', 1).statements.map((each) => [each]),
    // The first shows no line, the second does: the delete stands behind that.
    steps: [commit('delete', 1), { kind: 'blocking', behind: 1 }, commit('write', 0), { kind: 'blocking', behind: 2 }],
    ...{ partitions: [1, 1, 1, 1, 1, 1, 1], crashes: [], seed: 0 },
  });
  for (let seed = 0; seed < 20; seed += 1) {
    const out = deliver(made, { seed, restarts: 0, isBacklog: true }, consumers(made.records));
    expect(out.filter(({ kind }) => kind === 'transaction')).toHaveLength(2);
    expectSnapshotPlaces(out, made.records);
  }
});
