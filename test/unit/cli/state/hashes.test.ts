/** Cells against what the state topic says of them, by hash. */
import { describe, expect, it } from 'vitest';
import { CellHashes, hashOf } from '../../../../src/cli/state/hashes.js';
import { cellKey } from '../../../../src/pipeline/state/cells.js';

const cell = (hash: string, value: string | null, field = '') => ({ hash, field, value });
const record = (hash: string, value: string | null) => ({
  partition: 0,
  offset: 0,
  timestampMs: 0,
  key: cellKey(cell(hash, value)),
  value,
});

describe('hashes of cells', () => {
  it('tell what is equal, differing, missing and extra; the last record of a key counts', () => {
    const hashes = new CellHashes(10);
    hashes.learn([record('order:1', 'a'), record('order:2', 'a'), record('order:1', 'b'), record('order:4', 'a')]);
    hashes.learn([record('order:4', null)]);
    expect(hashes.isAsKnown(cell('order:1', 'b'))).toBe(true);
    expect(hashes.isAsKnown(cell('order:1', 'a'))).toBe(false);
    expect(hashes.isAsKnown(cell('order:3', ''))).toBe(false);
    expect(hashes.isAsKnown(cell('order:4', 'a'))).toBe(false);
    expect(hashes.isAsKnown(cell('order:1', 'b', 'r1'))).toBe(false);
    expect(hashes.difference(cell('order:1', 'a'))).toBe('differing');
    expect(hashes.difference(cell('order:3', ''))).toBe('extra');
    expect(hashes.difference(cell('order:4', 'a'))).toBe('extra');
    expect(hashes.difference(cell('order:5', null))).toBe(null);
    expect(hashes.isUnseen(cellKey(cell('order:2', null)))).toBe(true);
    expect(hashes.isUnseen(cellKey(cell('order:4', null)))).toBe(false);
    expect(hashes.difference(cell('order:2', null))).toBe('missing');
    expect(hashes.isUnseen(cellKey(cell('order:2', null)))).toBe(false);
  });

  it('tell of each cell once', () => {
    const hashes = new CellHashes(10);
    hashes.learn([record('order:3', 'a')]);
    expect(hashes.difference(cell('order:3', ''))).toBe('differing');
    expect(hashes.isAsKnown(cell('order:3', ''))).toBe(true);
    expect(hashes.difference(cell('order:3', ''))).toBe(null);
  });

  it('of several passes look at each cell in one of them', () => {
    const passes = [0, 1, 2].map((number) => new CellHashes(1_000, { number, of: 3 }));
    const all = Array.from({ length: 1_000 }, (_, i) => record(`order:${i}`, `${i}`));
    for (const pass of passes) pass.learn(all);
    const seen = all.map(({ key }) => passes.filter((pass) => pass.isUnseen(key)).length);
    expect(seen).toEqual(all.map(() => 1));
    for (const { value } of all) {
      const [pass] = passes.filter((one) => one.isOfPass(cell(`order:${value}`, value)));
      expect(pass?.isAsKnown(cell(`order:${value}`, value))).toBe(true);
    }
  });

  it('have room for a third more than they were made for, and then say so', () => {
    const hashes = new CellHashes(10_000);
    const learn = (from: number, to: number): void =>
      hashes.learn(Array.from({ length: to - from }, (_, i) => record(`order:${from + i}`, 'x')));
    learn(0, 13_333);
    expect(() => learn(13_333, 16_384)).toThrow(expect.objectContaining({ code: 'COMMAND_REFUSED' }));
  });

  it.each([['order:1'], ['["order:1"]'], ['["order:1",1]'], ['["order:1","",""]'], ['["~later:order:1",""]'], ['']])(
    'refuse a record with the key %s',
    (key) => {
      const learn = (): void => new CellHashes(1).learn([{ ...record('order:1', 'x'), key, partition: 2, offset: 7 }]);
      expect(learn).toThrow(/partition 2, offset 7/);
      expect(learn).toThrow(expect.objectContaining({ code: 'STATE_DAMAGED' }));
    },
  );

  it('are as many as keys, of a hundred thousand', () => {
    expect(new Set(Array.from({ length: 100_000 }, (_, i) => hashOf(`order:${i}`))).size).toBe(100_000);
  });
});
