/** Records by their offsets, from the fake cluster: each one, or that it is not there, whatever the brokers do meanwhile. */
import { describe, expect, it } from 'vitest';
import { PlacedRecords } from '../../../../../src/adapters/kafka/look/placed-records.js';
import { type Stage, stage } from '../../../../simulation/kafka/stage.js';

const record = (value: string, key = 'k') => ({ key, value, headers: {} });
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

async function reading<T>({ kafka }: Stage, use: (records: PlacedRecords) => Promise<T>): Promise<T> {
  const records = new PlacedRecords(kafka);
  await records.connect(['journal']);
  try {
    return await use(records);
  } finally {
    await records.disconnect();
  }
}

const valuesAt = async (made: Stage, offsets: readonly number[]): Promise<(string | null)[]> =>
  (await reading(made, (records) => records.at('journal/0', offsets))).map((found) => found?.value?.toString() ?? null);

describe('records at offsets', () => {
  it.each([1, 2, 3, 4])('are those that stand there, while leaders move and answers lie, seed %i', async (seed) => {
    const made = stage({ fetchLeaderMoves: 0.2, falseOutOfRange: 0.2 }, seed);
    made.cluster.createTopic('journal', 1);
    for (const value of numbers(60)) made.cluster.append('journal/0', record(value));
    const offsets = [59, 3, 40, 0, 17, 18];
    expect(await valuesAt(made, offsets)).toEqual(offsets.map(String));
  });

  it('are asked for at once when there is a connection, which the first one makes', async () => {
    const made = stage();
    made.cluster.createTopic('journal', 1);
    for (const value of numbers(20)) made.cluster.append('journal/0', record(value));
    const asked: number[] = [];
    made.onFetch = () => asked.push(performance.now());
    made.answerMs = () => (asked.length === 1 ? 40 : 0);
    expect(await valuesAt(made, [1, 2, 3, 4])).toEqual(['1', '2', '3', '4']);
    expect(asked).toHaveLength(4);
    expect(asked[1]! - asked[0]!).toBeGreaterThan(35);
  });

  it('are null where a control record stands, before the start of the log, and behind its end', async () => {
    const made = stage();
    const { cluster } = made;
    cluster.createTopic('journal', 1);
    const log = cluster.log('journal/0');
    const producer = { producerId: 1, epoch: 0 };
    for (const [i, value] of numbers(10).entries()) {
      log.produce(producer, i, [record(value)], 0);
      log.endTransaction(producer, value === '4' ? 'abort' : 'commit', 0);
    }
    expect(await valuesAt(made, [2, 3, 8, 10, 500])).toEqual(['1', null, null, '5', null]);
    log.expire(6);
    expect(await valuesAt(made, [2, 6, 10])).toEqual([null, '3', '5']);
  });

  it('that are damaged are asked for again, and are no fault of the program when they stay so', async () => {
    const made = stage();
    made.cluster.createTopic('journal', 1);
    for (const value of numbers(3)) made.cluster.append('journal/0', record(value));
    let damaged = 2;
    made.onBatches = (bytes) => {
      damaged -= 1;
      if (damaged >= 0) bytes[40]! ^= 1; // in the first batch
    };
    expect(await valuesAt(made, [1])).toEqual(['1']);
    damaged = Infinity;
    await expect(valuesAt(made, [1])).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: 'journal/0 cannot be read at offset 1: CORRUPT_MESSAGE',
    });
  });

  it('are read on from one of them', async () => {
    const made = stage();
    made.cluster.createTopic('journal', 1);
    for (const value of numbers(10)) made.cluster.append('journal/0', record(value));
    const read = await reading(made, (records) => records.from('journal/0', 7));
    expect(Array.from(read?.records ?? [], ({ offset }) => offset)).toEqual([7, 8, 9]);
    expect(read?.nextOffset).toBe(10);
  });
});
