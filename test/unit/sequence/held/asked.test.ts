/** A reader and a writer ask all the time what comes next and what is held: that is worked out once, and anew when anything came. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DragomanError } from '../../../../src/errors.js';
import { Unended } from '../../../../src/sequence/held/unended.js';
import type { Sequencer } from '../../../../src/sequence/sequencer.js';
import { Settled } from '../../../../src/sequence/orders/settled.js';
import { committed, history, isEnd, isOf } from '../../../support/recorded/histories.js';
import { bench, drain, endsOf, partitionOf, read, sequence } from '../../../support/sequencing.js';

const interleaved = history('02-interleaved');
const [, , lost = ''] = committed(interleaved);
const without = interleaved.filter((record) => !(isEnd(record) && isOf(lost)(record)));

/** Read up to where a transaction is held. */
const held = (): ReturnType<typeof bench> => {
  const started = bench(without);
  sequence(without, started);
  expect(started.sequencer.held).toMatchObject({ transaction: lost });
  return started;
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('as long as nothing comes', () => {
  it('nothing is worked out a second time', () => {
    const { sequencer } = held();
    const [working, finding] = [vi.spyOn(Settled.prototype, 'wantUnended'), vi.spyOn(Unended.prototype, 'held')];
    const { allHeld } = sequencer;
    for (let asked = 0; asked < 10; asked += 1) {
      expect(sequencer.look()).toBeNull();
      expect(sequencer.peek()).toBeUndefined();
      expect(sequencer.allHeld).toBe(allHeld);
    }
    expect(working).not.toHaveBeenCalled();
    expect(finding).not.toHaveBeenCalled();
  });

  it('what cannot be gone on over is thrown each time', () => {
    const started = bench(interleaved);
    const [first] = interleaved.map(partitionOf);
    started.sequencer.refuse({ partition: first ?? '', offset: 0 }, new DragomanError('TABLE_TRUNCATED', 'gone'));
    expect(started.sequencer.look()).toBeNull();
    started.sequencer.settle(new Map());
    for (let asked = 0; asked < 3; asked += 1) expect(() => started.sequencer.peek()).toThrow('gone');
  });
});

describe('it is worked out anew', () => {
  const [partition = '', end = 0] = [...endsOf(without)].find(([name]) => name.startsWith('legacy.oms.ord_hdr')) ?? [];

  it.each<[string, (sequencer: Sequencer) => void]>([
    [
      'a record was read',
      (sequencer) => sequencer.push({ kind: 'skipped', reason: 'tombstone', partition, offset: end }),
    ],
    ['a partition was read on', (sequencer) => sequencer.readUpTo(partition, end + 1)],
    ['ends were told', (sequencer) => sequencer.settle(endsOf(without))],
    ['an operator decided', (sequencer) => sequencer.resolve(lost, 'quarantine')],
  ])('when %s', (_, change) => {
    const { sequencer } = held();
    const { allHeld } = sequencer;
    change(sequencer);
    expect(sequencer.allHeld).not.toBe(allHeld);
  });

  it('when something was handed on, and what is held then is not what was held before', () => {
    const started = held();
    expect(started.sequencer.resolve(lost, 'quarantine')).toBe(true);
    expect(started.sequencer.peek()).toBeDefined();
    drain(started, endsOf(without));
    expect(started.sequencer.allHeld).toEqual([]);
  });

  it('as soon as it is held', () => {
    const started = bench(without);
    for (const record of without) {
      read(started, record);
      drain(started, endsOf(without));
    }
    expect(started.sequencer.held).toMatchObject({ transaction: lost, isWaitedFor: true });
  });
});
