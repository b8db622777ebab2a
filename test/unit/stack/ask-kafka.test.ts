/** Whoever looks on is not thrown by a broker that goes: a question is asked again, by a client that does not know the brokers of before. */
import { type Admin, KafkaJSConnectionError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } from 'kafkajs';
import { expect, it } from 'vitest';
import { DragomanError } from '../../../src/errors.js';
import { askKafka } from '../../stack/ask-kafka.js';

const ANSWER_MAX_MS = 500;
const refused = (type: string) => new KafkaJSProtocolError(Object.assign(new Error(type), { type }));
const gone = new KafkaJSConnectionError('connect ECONNREFUSED');

/** Each client fails as it is told by its number, when it connects or when it is asked; else it answers its number. */
function clients(failure: (client: number) => Error | null, at: 'connect' | 'ask') {
  const seen = { made: 0, open: 0 };
  const admin = () => {
    const number = (seen.made += 1);
    seen.open += 1;
    const said = (point: typeof at) => {
      const thrown = point === at ? failure(number) : null;
      return thrown === null ? Promise.resolve(number) : Promise.reject(thrown);
    };
    const made = {
      connect: () => said('connect'),
      fetchTopicOffsets: () => said('ask'),
      disconnect: () => Promise.resolve((seen.open -= 1)),
    };
    return made as unknown as Admin;
  };
  const ask = () => askKafka({ admin }, (client) => client.fetchTopicOffsets('t'), ANSWER_MAX_MS);
  return { ask, seen };
}

it.each<[string, Error, 'connect' | 'ask']>([
  ['a leader that moved', refused('NOT_LEADER_FOR_PARTITION'), 'ask'],
  ['a partition without a leader', refused('LEADER_NOT_AVAILABLE'), 'ask'],
  ['a coordinator that moved', refused('NOT_COORDINATOR_FOR_GROUP'), 'ask'],
  ['a broker that does not listen', gone, 'ask'],
  ['a broker to begin with that does not listen', gone, 'connect'],
  [
    'retries of kafkajs that are over',
    new KafkaJSNumberOfRetriesExceeded(gone, { retryCount: 5, retryTime: 1 }),
    'ask',
  ],
])('another client is asked after %s', async (_, thrown, at) => {
  const { ask, seen } = clients((client) => (client < 3 ? thrown : null), at);
  expect(await ask()).toBe(3);
  expect(seen).toEqual({ made: 3, open: 0 });
});

it('what has no answer in time fails as it failed last', async () => {
  const { ask, seen } = clients(() => gone, 'ask');
  await expect(ask()).rejects.toBe(gone);
  expect(seen.made).toBeGreaterThan(1);
  expect(seen.open).toBe(0);
});

it.each([
  ['what is forbidden', refused('TOPIC_AUTHORIZATION_FAILED')],
  ['a fault of our own', new DragomanError('INVARIANT_BROKEN', 'x')],
])('%s is not asked twice', async (_, thrown) => {
  const { ask, seen } = clients(() => thrown, 'ask');
  await expect(ask()).rejects.toBe(thrown);
  expect(seen).toEqual({ made: 1, open: 0 });
});
