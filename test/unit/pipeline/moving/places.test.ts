/** A place in a partition that is told by the records before it. */
import { describe, expect, it } from 'vitest';
import { leftAt, TAIL_MAX, TailSearch } from '../../../../src/pipeline/moving/places.js';

/** Of a name, whatever its offset; a capital letter has another timestamp and is else the same. */
const timeOf = (name: string): number => 1_000 + (/[A-Z]/.test(name) ? 1 : 0);
const record = (name: string, offset = 0) => {
  const content = name.toLowerCase();
  const key = Buffer.from(content);
  return { key, value: Buffer.from(`value of ${content}`), offset, timestampMs: timeOf(name) };
};
const records = (names: string, from = 0) => names.split('').map((name, i) => record(name, from + i));

function found(tail: string, there: string, isFromStart = false): number[] {
  const search = new TailSearch(leftAt(9, records(tail)), isFromStart);
  for (const each of records(there, 100)) search.see(each);
  return search.found;
}

describe('where a partition was left', () => {
  it('is told by the last records before it, and by the time of the first of them', () => {
    const before = records('abcdefghijklm').map((each, i) => ({ ...each, timestampMs: i }));
    const left = leftAt(20, before);
    expect(left.tail).toHaveLength(TAIL_MAX);
    expect(left).toMatchObject({ offset: 20, timestampMs: 13 - TAIL_MAX });
    expect(leftAt(20, [])).toEqual({ offset: 20, timestampMs: null, tail: [] });
  });

  it('is found behind the same records at other offsets', () => {
    expect(found('abc', 'xyzabcd')).toEqual([106]);
    expect(found('abcdefghijk', 'abcdefghijklm')).toEqual([111]);
  });

  it('is not found where a record is missing, or is another', () => {
    expect(found('abc', 'xacd')).toEqual([]);
    expect(found('abc', 'xabdc')).toEqual([]);
    expect(found('abc', 'abc'.slice(1))).toEqual([]);
  });

  it('is found by the end of the tail where the partition begins inside it', () => {
    expect(found('abc', 'cde', true)).toEqual([101]);
    expect(found('abc', 'bcde', true)).toEqual([102]);
    expect(found('abc', 'dec', true)).toEqual([]);
  });

  it('however little is left of it, down to its last record, and not where nothing is', () => {
    const tail = 'abcdefgh';
    for (let gone = 0; gone <= TAIL_MAX; gone += 1)
      expect(found(tail, `${tail.slice(gone)}xyz`, true), `${gone} gone`).toEqual(
        gone === TAIL_MAX ? [] : [100 + TAIL_MAX - gone],
      );
  });

  it('is not found by records that are the same but for their timestamps', () => {
    expect(found('abc', 'abC')).toEqual([]);
    expect(found('abc', 'Cde', true)).toEqual([]);
    expect(found('abc', 'bCde', true)).toEqual([]);
    expect(found('abc', 'Cabcd', true)).toEqual([104]);
  });

  it('is found twice where the same records are there again', () => {
    expect(found('ab', 'abxab')).toEqual([102, 105]);
  });

  it('keys and values are not taken for each other, nor nothing for something empty', () => {
    const tails = [
      { key: Buffer.from('ab'), value: Buffer.from('c') },
      { key: Buffer.from('a'), value: Buffer.from('bc') },
      { key: Buffer.from('abc'), value: Buffer.alloc(0) },
      { key: Buffer.from('abc'), value: null },
      { key: null, value: Buffer.from('abc') },
    ].map((content) => leftAt(1, [{ ...content, timestampMs: 0 }]).tail[0]);
    expect(new Set(tails).size).toBe(tails.length);
  });
});
