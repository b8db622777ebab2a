/** What a fetcher does while it waits, over the fake cluster. */
import { expect, it } from 'vitest';
import { Fetcher, type FetchTarget } from '../../../../../src/adapters/kafka/read/fetcher.js';
import { stage } from '../../../../simulation/kafka/stage.js';

it('rests while a broker takes its time, also when what it is asked for was refused before', async () => {
  const made = stage();
  made.cluster.createTopic('rows', 1);
  made.cluster.append('rows/0', { key: 'k', value: 'v', headers: {} });
  let fetches = 0;
  made.onFetch = () => {
    fetches += 1;
    if (fetches === 1) made.cluster.moveLeader('rows/0');
  };
  made.answerMs = () => (fetches === 1 ? 0 : 600);
  let [position, looked] = [0, 0];
  const target: FetchTarget = {
    ...{ what: 'The rows', partitions: ['rows/0'] },
    limits: { maxWaitMs: 100, bytesMax: 1_000_000, partitionBytesMax: 1_000_000 },
    positionOf: () => {
      looked += 1;
      return position;
    },
    fetched: ({ nextOffset }) => {
      position = nextOffset;
      fetcher.stop();
    },
    expired: () => undefined,
  };
  const fetcher = new Fetcher(made.kafka, target);
  await fetcher.run();
  expect([position, fetches]).toEqual([1, 2]);
  expect(looked).toBeLessThan(20);
});
