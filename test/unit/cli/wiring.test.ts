/** Which input partition carries the progress: there is one in every mode, or a second start would find no progress. */
import { expect, it } from 'vitest';
import { progressPartition } from '../../../src/cli/wiring.js';
import { configOf } from '../../support/rig.js';

const sources = configOf().pipelines.orders!.sources;

it.each([
  ['the transaction topic where it is read', ['legacy.oms.a/0', 'legacy.transaction/0'], 'legacy.transaction/0'],
  ['the first table partition in the other modes', ['legacy.oms.b/0', 'legacy.oms.a/0'], 'legacy.oms.a/0'],
])('it is %s', (_, partitions, expected) => {
  expect(progressPartition(sources, partitions)).toBe(expected);
});
