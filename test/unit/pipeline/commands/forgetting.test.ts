/** What `forget` cannot be asked for. */
import { expect, it } from 'vitest';
import { unforgettable } from '../../../../src/pipeline/commands/forgetting.js';
import { EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';

it.each([
  [
    'a row of a lookup table',
    EMPTY_STATE,
    'lookup',
    /^it is a row of a lookup table: it goes when it is deleted in the source/,
  ],
  [
    'rows that wait for their parent',
    EMPTY_STATE,
    'waiting',
    /^it are rows that wait for their parent: forget the aggregate/,
  ],
  ['what is forgotten', { ...EMPTY_STATE, isErased: true }, null, /^it is forgotten already\.$/],
] as const)('%s is not forgotten', (_, state, keeps, words) => {
  expect(unforgettable('it', state, keeps)).toMatch(words);
});

it('anything else is', () => {
  expect(unforgettable('it', EMPTY_STATE, null)).toBeNull();
  expect(unforgettable('it', { ...EMPTY_STATE, isStub: true }, null)).toBeNull();
});
