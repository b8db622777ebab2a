/** S11 at the beginning of a log: the rows of a second snapshot may be read before any of the first. Found by the simulation. */
import { expect, it } from 'vitest';
import { generated } from '../../support/generated-history.js';
import { consumers } from '../../support/history-consumer.js';
import { recordText } from '../../support/recordings.js';

const write = (table: 'ord_hdr' | 'ord_line') => ({ op: 'write' as const, table, order: 0, n: 0, bits: 1 });

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
      sequencer.push(decoder.decode(recordText(record)));
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
