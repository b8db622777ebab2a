/** Topics of the input are looked for again after a while, and not before. */
import { expect, it } from 'vitest';
import { INPUTS_MS, InputsNow } from '../../../../src/cli/why/outside/inputs-now.js';

it('are those that are there, as of a while ago at most', async () => {
  let [nowMs, looked] = [1_000, 0];
  let there = ['a', 'b'];
  const inputs = new InputsNow(
    () => {
      looked += 1;
      return Promise.resolve(there);
    },
    () => nowMs,
  );
  inputs.seen(['a']);
  nowMs += INPUTS_MS - 1;
  expect([await inputs.topics(), looked]).toEqual([['a'], 0]);
  nowMs += 1;
  expect([await inputs.topics(), looked]).toEqual([['a', 'b'], 1]);
  there = ['a', 'b', 'c'];
  expect([await inputs.topics(), looked]).toEqual([['a', 'b'], 1]);
  nowMs += INPUTS_MS;
  expect([await inputs.topics(), looked]).toEqual([['a', 'b', 'c'], 2]);
});
