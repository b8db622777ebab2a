/** The history of an aggregate is read backwards by offset: few reads, nothing looked through, and where it ends is said. */
import { describe, expect, it } from 'vitest';
import type { OwnRecord } from '../../../src/pipeline/ports.js';
import { type History, historyOf } from '../../../src/why/history/chain.js';
import type { JournalReads } from '../../../src/why/outside.js';
import { without } from '../../../src/translate/own.js';
import { aggregateRef } from '../../../src/domain/state/aggregate-state.js';
import { CutOver } from '../../support/ownership/cut-over.js';
import { outsideOf } from '../../support/why/asked.js';
import { Rig } from '../../support/rig.js';
import { hdrRow, readyRules, SmallSource } from '../../support/sources/ready-orders.js';

const TRANSACTIONS = 60;
const update = (id: string, sts: string) => ({ ...hdrRow(id, sts), op: 'u' as const });

/** One order with many transactions, among those of others. */
async function lived(): Promise<Rig> {
  const source = new SmallSource().transaction(hdrRow('1', 'S0'));
  for (let i = 1; i < TRANSACTIONS; i += 1)
    source.transaction(hdrRow(String(i + 1_000), 'OPEN')).transaction(update('1', i === 30 ? 'READY' : `S${i}`));
  const rig = new Rig(source.records, { rules: readyRules() });
  await rig.live();
  return rig;
}

const REF = { aggregate: 'order', id: '1' };

class Counted implements JournalReads {
  reads = 0;
  largest = 0;
  readonly #of: JournalReads;
  readonly #change: (record: OwnRecord) => OwnRecord | null;

  constructor(rig: Rig, change: (record: OwnRecord) => OwnRecord | null = (record) => record) {
    this.#of = outsideOf(rig).journal!;
    this.#change = change;
  }

  async at(...[of, offsets]: Parameters<JournalReads['at']>) {
    this.reads += 1;
    this.largest = Math.max(this.largest, offsets.length);
    return (await this.#of.at(of, offsets)).map((record) => record && this.#change(record));
  }

  search(): never {
    throw new Error('nothing is looked through');
  }
}

const stateOf = (rig: Rig) => rig.states().get('order:1')!;
const positions = ({ entries }: History): number[] => entries.map(({ entry }) => Number(entry.origin.position));

describe('a history of 60 transactions', () => {
  it('is read in 4 reads of at most 16 entries, newest first', async () => {
    const rig = await lived();
    const journal = new Counted(rig);
    const history = await historyOf(REF, stateOf(rig), journal);
    expect(history).toMatchObject({ end: 'begin', missing: 0 });
    expect(history.entries).toHaveLength(TRANSACTIONS);
    const own = rig.journal().filter(({ id }) => id === '1');
    expect(positions(history)).toEqual(own.map(({ origin }) => Number(origin.position)).sort((a, b) => b - a));
    expect([journal.reads, journal.largest]).toEqual([Math.ceil(TRANSACTIONS / 16), 16]);
  });

  it('ends where the journal has no older entries, and says so', async () => {
    const rig = await lived();
    const whole = await historyOf(REF, stateOf(rig), new Counted(rig));
    const { partition, offset } = whole.entries[24]!;
    rig.log.expire(`${rig.settings().topics.journal}/${partition}`, offset);
    const history = await historyOf(REF, stateOf(rig), new Counted(rig));
    expect(history).toMatchObject({ end: 'deleted', missing: 0 });
    expect(positions(history)).toEqual(positions(whole).slice(0, 25));
  });

  it('goes on behind what is missing in the middle, and counts it', async () => {
    const rig = await lived();
    const whole = await historyOf(REF, stateOf(rig), new Counted(rig));
    const gone = new Set(whole.entries.slice(10, 25).map(({ offset }) => offset));
    const journal = new Counted(rig, (record) => (gone.has(record.offset) ? null : record));
    const history = await historyOf(REF, stateOf(rig), journal);
    expect(history).toMatchObject({ end: 'begin', missing: 15 });
    expect(history.entries).toHaveLength(TRANSACTIONS - 15);
  });

  it('does not take for its own what stands at its offsets in a journal that was made again', async () => {
    const rig = await lived();
    const journal = new Counted(rig, (record) => ({ ...record, key: 'order:2' }));
    expect(await historyOf(REF, stateOf(rig), journal)).toEqual({ entries: [], end: 'deleted', missing: 0 });
    const former = new Counted(rig, (record) => ({ ...record, value: '{"aggregate":"order","id":"1"}' }));
    expect(await historyOf(REF, stateOf(rig), former)).toMatchObject({ entries: [], end: 'deleted' });
  });

  it('is cut after as many entries as are asked for', async () => {
    const rig = await lived();
    const history = await historyOf(REF, stateOf(rig), new Counted(rig), 20);
    expect(history).toMatchObject({ end: 'cut', missing: 0 });
    expect(history.entries).toHaveLength(20);
  });

  it('that began anew knows that there was something before', async () => {
    const rig = await lived();
    const state = without(stateOf(rig), 'journal');
    const moved = { ...state, journal: stateOf(rig).journal!.slice(0, 1) };
    const first = new Counted(rig, (record) => ({
      ...record,
      value: record.value!.replace(/"previous":\[[^\]]*\]/, '"previous":[]'),
    }));
    expect(await historyOf(REF, moved, first)).toMatchObject({ end: 'moved' });
    expect(await historyOf(REF, state, new Counted(rig))).toMatchObject({ entries: [], end: 'moved' });
  });

  it('is none where there is no journal', async () => {
    const rig = await lived();
    expect(await historyOf(REF, stateOf(rig), null)).toEqual({ entries: [], end: 'none', missing: 0 });
  });
});

describe('a history in which a service told something', () => {
  it('begins with its first entry all the same, also where numbers were skipped', async () => {
    const world = await CutOver.begun('immediate');
    await world.rig.live();
    world.move('service', 0);
    world.play(0);
    await world.rig.live();
    const owed = world.owed();
    for (const told of owed) world.tell(told, { epoch: 1 });
    world.tell(owed[0]!, { epoch: 1, sequence: 9, occurrence: 'more' });
    await world.rig.live();
    expect(world.findings()).toEqual(['TOLD_SEQUENCE_GAP']);
    const ends = [...world.rig.states()].map(async ([name, state]) => {
      const { end } = await historyOf(aggregateRef(name), state, outsideOf(world.rig).journal);
      return end;
    });
    expect(new Set(await Promise.all(ends))).toEqual(new Set(['begin']));
    const [told] = owed;
    const state = world.rig.states().get(`order:${told!.event.key}`)!;
    const counted = { ...state, sequences: { ...state.sequences, [told!.contract]: 10 } };
    expect((await historyOf(aggregateRef(`order:${told!.event.key}`), counted, outsideOf(world.rig).journal)).end).toBe(
      'moved',
    );
  });
});
