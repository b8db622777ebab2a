/** Lists of columns are written down once, and named the same from then on. */
import { describe, expect, it } from 'vitest';
import { ColumnLists, rowText } from '../../../../src/pipeline/state/column-lists.js';

describe('a list of columns', () => {
  it('has a short name, that of its columns in their order, and is fresh once', () => {
    const lists = new ColumnLists();
    const id = lists.idOf(['ord_no', 'sts_cd']);
    expect(id).toMatch(/^[\w-]{5}$/);
    expect(lists.idOf(['ord_no', 'sts_cd'])).toBe(id);
    expect(new ColumnLists().idOf(['ord_no', 'sts_cd'])).toBe(id);
    expect(lists.idOf(['sts_cd', 'ord_no'])).not.toBe(id);
    expect(lists.columnsOf(id)).toEqual(['ord_no', 'sts_cd']);
    expect(lists.takeFresh().map(([, text]) => text)).toEqual(['["ord_no","sts_cd"]', '["sts_cd","ord_no"]']);
    expect(lists.takeFresh()).toEqual([]);
  });

  it('that is stored is not fresh, and what is not stored is forgotten', () => {
    const before = new ColumnLists();
    const [kept, lost] = [before.idOf(['a']), before.idOf(['b'])];
    const after = new ColumnLists();
    after.idOf(['c']);
    after.reset([[kept, '["a"]']]);
    expect(after.idOf(['a'])).toBe(kept);
    expect(after.takeFresh()).toEqual([]);
    expect(() => after.columnsOf(lost)).toThrow(expect.objectContaining({ code: 'STATE_DAMAGED' }));
    expect(after.idOf(['b'])).toBe(lost);
    expect(after.takeFresh()).toEqual([[lost, '["b"]']]);
  });

  it('keeps its name when another one has the same hash: names are those that are stored', () => {
    const [first] = [new ColumnLists().idOf(['a'])];
    const lists = new ColumnLists();
    lists.reset([[first, '["something","else"]']]);
    const other = lists.idOf(['a']);
    expect(other).not.toBe(first);
    expect(lists.columnsOf(first)).toEqual(['something', 'else']);
    expect(lists.columnsOf(other)).toEqual(['a']);
  });

  it('may be empty, and is not that of one column without a name', () => {
    const lists = new ColumnLists();
    expect(lists.idOf([])).not.toBe(lists.idOf(['']));
    expect(lists.columnsOf(lists.idOf([]))).toEqual([]);
    expect(lists.columnsOf(lists.idOf(['']))).toEqual(['']);
  });

  it('makes a stored row its values alone', () => {
    const lists = new ColumnLists();
    const id = lists.idOf(['ord_no', 'sts_cd', 'note']);
    expect(rowText({ ord_no: '1', sts_cd: 'NEW', note: null }, lists)).toBe(`["${id}","1","NEW",null]`);
    expect(rowText({}, lists)).toBe(`["${lists.idOf([])}"]`);
  });
});
