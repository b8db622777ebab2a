/** What a broker is asked for, in the order in which it fills its answer. */
import { expect, it } from 'vitest';
import { fetchRequest } from '../../../../../src/adapters/kafka/read/fetch-request.js';
import { readFetchRequest } from '../../../../simulation/kafka/wire.js';

it('partitions stand in the order that is given, so that none of another topic waits behind those of one that has a quiet one', () => {
  const positions = new Map([
    ['busy/7', 0],
    ['other/0', 5],
    ['other/1', 6],
    ['busy/0', 900],
    ['busy/1', 901],
    ['third/0', 3],
  ]);
  const { partitions } = readFetchRequest(
    fetchRequest(positions, { maxWaitMs: 100, bytesMax: 1_000, partitionBytesMax: 100 }),
  );
  expect(partitions.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset])).toEqual([...positions]);
});
