/** The marker as text: what is compared, and what recovery reads. */
import { describe, expect, it } from 'vitest';
import { decodeMarker, encodeMarker, type MarkerContent } from '../../../../src/pipeline/state/marker.js';

const FOLLOWS: MarkerContent = { cluster: 'c', commit: 7, timeMs: 1_700_000_000_000, state: [3, 0, 12] };

describe('a marker', () => {
  it.each<[string, MarkerContent]>([
    ['of a store that follows', FOLLOWS],
    ['of one that was never written', { cluster: 'c', commit: 0, timeMs: 0, state: [] }],
    ['of a part of a write', { ...FOLLOWS, part: 1 }],
    ['of a restore', { ...FOLLOWS, restoring: true }],
  ])('%s is read as it was written, and always the same text', (_, content) => {
    const text = encodeMarker(content);
    expect(decodeMarker(text)).toEqual(content);
    expect(encodeMarker(decodeMarker(text))).toBe(text);
  });

  it('is another text where anything differs', () => {
    const others: MarkerContent[] = [
      FOLLOWS,
      { ...FOLLOWS, cluster: 'd' },
      { ...FOLLOWS, commit: 8 },
      { ...FOLLOWS, timeMs: 1 },
      { ...FOLLOWS, state: [3, 0] },
      { ...FOLLOWS, part: 1 },
      { ...FOLLOWS, part: 2 },
      { ...FOLLOWS, restoring: true },
    ];
    expect(new Set(others.map(encodeMarker)).size).toBe(others.length);
  });

  it.each([
    ['of the version before', '{"v":1,"cluster":"c","journal":[3]}'],
    ['of a later version', '{"v":3,"cluster":"c","commit":1,"timeMs":1,"state":[3]}'],
    ['with an offset that is none', '{"v":2,"cluster":"c","commit":1,"timeMs":1,"state":[-1]}'],
    ['with something that is not known', '{"v":2,"cluster":"c","commit":1,"timeMs":1,"state":[1],"shard":2}'],
    ['without a time', '{"v":2,"cluster":"c","commit":1,"state":[1]}'],
    ['cut', '{"v":2,"cluster":"c","comm'],
    ['of nothing', ''],
  ])('%s is refused', (_, text) => {
    expect(() => decodeMarker(text)).toThrow(
      expect.objectContaining({ code: 'REDIS_UNSUITABLE', disposition: 'refuse' }) as Error,
    );
  });
});
