/** Transactions that bring parents: which moves are real, so that the others do not keep a big transaction in one piece. */
import { describe, expect, it } from 'vitest';
import { split } from '../../../../src/changeset/split.js';
import { type AggregateState, EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import { loadOwners, withoutIdleMoves } from '../../../../src/pipeline/decide/references.js';
import { changeEvent, transaction } from '../../translate/examples.js';
import { shipping } from '../../translate/shipping.js';

const shipments = ['1', '2', '3'].map((no) =>
  changeEvent({ table: 's.shipment', op: 'c', key: `7${no}`, row: { shp: `7${no}`, ord: no, whs: null } }),
);
const done = split(transaction(...shipments), shipping, new Map());
const waiting: AggregateState = { ...EMPTY_STATE, rows: { 's.parcel': { '5': { prc: '5', shp: '72' } } } };

const prune = async (known: ReadonlyMap<string, AggregateState>, changeSetsMax: number) => {
  const asked: string[] = [];
  const memory = {
    loadStates: (states: Iterable<string>) => Promise.resolve(void asked.push(...states)),
    state: (text: string) => known.get(text) ?? null,
  };
  const [result] = await withoutIdleMoves([done], changeSetsMax, memory);
  return { asked, moves: result?.moves.moves ?? [], sets: result?.changeSets.map(({ id }) => id) };
};

describe('a transaction that brings parents', () => {
  it('is left as it is when it fits into one draft, without a look at the store', async () => {
    const { asked, moves, sets } = await prune(new Map(), 6);
    expect([asked, moves.length, sets?.length]).toEqual([[], 3, 6]);
  });

  it('moves nothing where nothing waits', async () => {
    const emptied = new Map([['order?:s.shipment/71', EMPTY_STATE]]);
    const { asked, moves, sets } = await prune(emptied, 3);
    expect(asked).toEqual(['order?:s.shipment/71', 'order?:s.shipment/72', 'order?:s.shipment/73']);
    expect([moves, sets]).toEqual([[], ['1', '2', '3']]);
  });

  it('keeps the moves of what waits', async () => {
    const { moves, sets } = await prune(new Map([['order?:s.shipment/72', waiting]]), 3);
    expect(moves.map(({ from, to }) => [from, to])).toEqual([['order?:s.shipment/72', 'order:2']]);
    expect(sets).toEqual(['1', '2', '3', 's.shipment/72']);
  });
});

describe('owners', () => {
  it('are loaded level by level: a row, its parent, and the parent of that', async () => {
    const stored = new Map([
      ['s.thing:order:9', 'order?:s.parcel/5'],
      ['s.parcel:order:5', 'order?:s.shipment/77'],
      ['s.shipment:order:77', 'order:1'],
    ]);
    const known = new Map<string, string | null>();
    const memory = {
      owners: known,
      loadOwners: (rows: Iterable<string>) => {
        for (const row of rows) known.set(row, stored.get(row) ?? null);
        return Promise.resolve();
      },
    };
    const gone = transaction(changeEvent({ table: 's.thing', op: 'd', key: '9' }));
    await loadOwners([gone], shipping, memory);
    expect(known).toEqual(stored);
    expect(split(gone, shipping, known).changeSets.map(({ aggregate, id }) => `${aggregate}:${id}`)).toEqual([
      'order:1',
    ]);
  });
});
