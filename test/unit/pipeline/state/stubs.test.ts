/** What stays of a retired or forgotten aggregate, as its cell. */
import { describe, expect, it } from 'vitest';
import { type AggregateState, EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { ColumnLists, stubOf, stubText } from '../../../../src/pipeline/state/column-lists.js';

const at = { legacy: positionOf('100') };
const stub: AggregateState = {
  ...{ ...EMPTY_STATE, at, isStub: true, journal: [7] },
  ...{ fired: { Ready: { '': 1 }, Added: { '10': 2 } }, sequences: { 'Ready.v1': 2 } },
};
const lastCommand = { id: 'c', result: 'applied', text: 'It was "done".' } as const;
const settled = { snapshots: { legacy: { settled: positionOf('90') } } };

describe('a stub', () => {
  it.each<[string, Partial<AggregateState>, RegExp]>([
    ['alone', {}, /,7\]$/],
    ['with a snapshot', settled, /,7,\["[^"]+","\d+"\]\]$/],
    ['with a key', { sealKey: 'k"y' }, /,7,null,"k\\"y"\]$/],
    ['with both', { ...settled, sealKey: 'key' }, /\],"key"\]$/],
    ['erased', { isErased: true }, /,7,null,true\]$/],
    ['erased, with a snapshot', { ...settled, isErased: true }, /\],true\]$/],
    ['with a command', { lastCommand }, /,7,null,null,\["c","applied","It was \\"done\\"\."\]\]$/],
    ['erased, with a command', { isErased: true, lastCommand }, /,7,null,true,\["c",/],
    ['with everything', { ...settled, sealKey: 'key', lastCommand }, /\],"key",\["c",/],
  ])('%s is read as it was written', (_, more, end) => {
    const lists = new ColumnLists();
    const text = stubText({ ...stub, ...more }, lists);
    expect(text).toMatch(end);
    expect(stubOf(text, lists)).toEqual({ ...stub, ...more });
  });

  it('has the list of names of another one in which the same happened in another order', () => {
    const lists = new ColumnLists();
    const fired = { Added: stub.fired['Added']!, Ready: stub.fired['Ready']! };
    expect(stubText({ ...stub, fired }, lists)).toBe(stubText(stub, lists));
  });
});
