/** What `state convert` refuses before it begins, and what it says. */
import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../../../../src/cli/state/convert/convert.js';
import { refuseMembers } from '../../../../../src/cli/operator/owned.js';

describe('members of the group', () => {
  it('that run are named, and nothing is begun', () => {
    expect(() => refuseMembers(['dragoman-1 (/10.0.0.7)', 'dragoman-2 (/10.0.0.8)'])).toThrow(
      expect.objectContaining({
        code: 'COMMAND_REFUSED',
        message: expect.stringMatching(/dragoman-1 \(\/10\.0\.0\.7\), dragoman-2.*Stop all of them first/) as unknown,
      }),
    );
  });

  it('are none: it goes on', () => {
    expect(() => refuseMembers([])).not.toThrow();
  });
});

describe('the words', () => {
  const conversion = { kind: 'converted', aggregates: 14, cells: 90, leftovers: 0 } as const;

  it('say how much was converted, and what is left for later', () => {
    expect(wordsOf('orders', conversion, null).join('\n')).toMatch(
      /^orders: 14 aggregates converted into 90 cells\.\n.*next start.*\n.*--drop-old/,
    );
  });

  it('say what a conversion before it had left', () => {
    expect(wordsOf('orders', { ...conversion, leftovers: 7 }, null)[0]).toContain('after 7 of a conversion that');
  });

  it('say that it was done before, and at which Kafka transaction it is', () => {
    expect(wordsOf('orders', { kind: 'before', commit: 12 }, null)).toEqual([
      'orders has its state in the form of now (Kafka transaction 12): nothing was to be converted.',
    ]);
  });

  it('say what was dropped', () => {
    const before = { kind: 'before', commit: 12 } as const;
    expect(wordsOf('orders', before, { settings: ['cleanup.policy'], keys: 3 })[1]).toBe(
      'The journal is changed in cleanup.policy; 3 old keys in Redis were deleted.',
    );
    expect(wordsOf('orders', before, { settings: [], keys: 0 })[1]).toContain('The journal is as it should be; 0 old');
  });
});
