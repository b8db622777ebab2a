/** Offsets of what nobody else writes are known before it is written. */
import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../../../src/adapters/memory/log.js';
import { MemorySink } from '../../../../src/adapters/memory/sink.js';
import type { OwnTopic } from '../../../../src/pipeline/ports.js';
import { Ledger } from '../../../../src/pipeline/state/ledger.js';

const topics = { state: 'd.orders.state', journal: 'd.orders.journal' };
/** A place is the number of its partition. */
const partitionOf = (_: string, place: string): number => Number(place);
const ledger = (): Ledger => new Ledger({ topics, partitionOf }, { state: [10, 20], journal: [5, 0] });

describe('the offset of a record', () => {
  it('is the next one of its partition', () => {
    const of = ledger();
    expect([of.take('state', '0'), of.take('state', '1'), of.take('state', '0'), of.take('journal', '1')]).toEqual([
      10, 20, 11, 0,
    ]);
  });

  it('may be asked before it is taken, as often as one likes', () => {
    const of = ledger();
    expect([
      of.peek('journal', '0'),
      of.peek('journal', '0'),
      of.take('journal', '0'),
      of.peek('journal', '0'),
    ]).toEqual([5, 5, 5, 6]);
  });

  it('comes after one control record in each partition that the Kafka transaction before wrote to', () => {
    const of = ledger();
    of.take('state', '0');
    of.take('state', '0');
    of.take('journal', '1');
    expect(of.close()).toEqual({
      bases: new Map([
        ['d.orders.state/0', 10],
        ['d.orders.journal/1', 0],
      ]),
      ends: { state: [13, 20], journal: [5, 2] },
    });
    expect([of.peek('state', '0'), of.peek('state', '1'), of.peek('journal', '0'), of.peek('journal', '1')]).toEqual([
      13, 20, 5, 2,
    ]);
  });

  it('does not move with Kafka transactions that have no record of state and journal', () => {
    const of = ledger();
    expect(of.close()).toEqual({ bases: new Map(), ends: { state: [10, 20], journal: [5, 0] } });
    of.take('state', '1');
    expect(of.close().bases).toEqual(new Map([['d.orders.state/1', 20]]));
    expect(of.close()).toEqual({ bases: new Map(), ends: { state: [10, 22], journal: [5, 0] } });
  });

  it('told earlier does not change: what was given away is a copy', () => {
    const of = ledger();
    const { ends } = of.close();
    of.take('state', '0');
    expect(ends).toEqual({ state: [10, 20], journal: [5, 0] });
  });
});

it('what it says is what a log does, over several Kafka transactions', async () => {
  const own = { ...topics, progress: 'd.orders.progress' };
  const log = new MemoryLog(() => 0);
  log.createTopic(own.state, 3);
  log.createTopic(own.journal, 3);
  log.createTopic(own.progress, 1);
  const sink = new MemorySink(log, { group: 'g', own });
  await sink.fence();
  const of = new Ledger({ topics, partitionOf: (topic, place) => sink.partitionOf(topic, place) }, await sink.ends());
  const expected: number[] = [];
  for (let commit = 0; commit < 20; commit += 1) {
    const kinds: OwnTopic[] = Array.from({ length: commit % 5 }, (_, i) => (i % 3 === 0 ? 'journal' : 'state'));
    const records = kinds.map((kind, i) => {
      const place = `${(commit * 7 + i) % 11}`;
      expected.push(of.take(kind, place));
      return { topic: own[kind], key: `${expected.length}`, value: 'x', place };
    });
    const { bases, ends } = of.close();
    await sink.commit({ records, offsets: new Map(), metadata: '', bases });
    expect(await sink.ends()).toEqual(ends);
  }
  const found = [own.state, own.journal].flatMap((topic) =>
    log.partitionsOf(topic).flatMap((partition) => log.records(partition)),
  );
  expect(found.sort((a, b) => Number(a.key) - Number(b.key)).map(({ offset }) => offset)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(30);
});
