/**
 * Every recording of both folders, read as consumers do (partitions mixed, cut anywhere, read again from any boundary, ends of
 * partitions answered late): the same steps as when it is read in one go.
 */
import { it } from 'vitest';
import { expectRecordedOrder, RECORDED } from '../support/recorded/logs.js';

const SEED = Math.floor(Math.random() * 1_000_000);

it.each(RECORDED)(`$name: the same transactions with the same rows (seed ${SEED})`, (recorded) => {
  expectRecordedOrder(recorded, { seed: SEED, runs: recorded.runs });
});
