/** Ranges read from the fake cluster: every record once and in order, whatever befalls the brokers meanwhile. */
import { describe, expect, it } from 'vitest';
import { readRange } from '../../../../../src/adapters/kafka/read/topic-reader.js';
import { readRanges } from '../../../../../src/adapters/kafka/read/range-reader.js';
import { type Stage, stage } from '../../../../simulation/kafka/stage.js';

const record = (value: string, key = 'k') => ({ key, value, headers: {} });

async function valuesOf({ cluster, kafka }: Stage, topic: string): Promise<(string | null)[][]> {
  const to = cluster.partitionsOf(topic).map((name) => cluster.log(name).stableEnd);
  const values: (string | null)[][] = to.map(() => []);
  for await (const chunk of readRange(kafka, { topic, from: to.map(() => 0), to }))
    for (const { partition, value } of chunk) values[partition]!.push(value);
  return values;
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

describe('a range', () => {
  it.each([1, 2, 3, 4, 5])(
    'is read once and in order while leaders move and answers are cut, seed %i',
    async (seed) => {
      const made = stage({ fetchLeaderMoves: 0.2, shortFetches: 0.7, falseOutOfRange: 0.1 }, seed);
      made.cluster.createTopic('journal', 3);
      for (const name of made.cluster.partitionsOf('journal'))
        for (const value of numbers(60)) made.cluster.append(name, record(value));
      expect(await valuesOf(made, 'journal')).toEqual([numbers(60), numbers(60), numbers(60)]);
    },
  );

  it('is read once when an answer of the former leader comes after those of the new one', async () => {
    const made = stage({ shortFetches: 1 });
    const { cluster } = made;
    cluster.createTopic('journal', 2);
    for (const name of cluster.partitionsOf('journal'))
      for (const value of numbers(30)) cluster.append(name, record(value));
    const former = cluster.leaderOf('journal/0');
    let fetches = 0;
    made.onFetch = () =>
      (fetches += 1) === 2 ? ['journal/0', 'journal/1'].forEach((name) => cluster.moveLeader(name)) : null;
    made.answerMs = (connection) => (connection.includes(`broker-${former} `) && fetches < 3 ? 40 : 5);
    expect(await valuesOf(made, 'journal')).toEqual([numbers(30), numbers(30)]);
    expect(fetches).toBeGreaterThan(10);
  });

  it('ends with its last offset, whatever is written behind it, and control records count', async () => {
    const made = stage();
    const { cluster, kafka } = made;
    cluster.createTopic('journal', 1);
    const log = cluster.log('journal/0');
    const [one, two] = [1, 2].map((producerId) => ({ producerId, epoch: 0 }));
    log.produce(one!, 0, [record('aborted')], 0);
    log.produce(two!, 0, [record('a'), record('b')], 0);
    log.endTransaction(one!, 'abort', 0);
    log.endTransaction(two!, 'commit', 0);
    const to = log.end;
    cluster.append('journal/0', record('later'));
    const found: (string | null)[] = [];
    for await (const chunk of readRange(kafka, { topic: 'journal', from: [0], to: [to] }))
      found.push(...chunk.map(({ value }) => value));
    expect(found).toEqual(['a', 'b']);
  });

  it('of which records are deleted while they are to be read is refused, or read from what is left', async () => {
    const made = stage({ shortFetches: 1 });
    const { cluster, kafka } = made;
    cluster.createTopic('rows', 1);
    for (const value of numbers(40)) cluster.append('rows/0', record(value));
    let fetches = 0;
    made.onFetch = () => ((fetches += 1) === 3 ? cluster.log('rows/0').expire(30) : undefined);
    const read = async (expired: 'left out' | 'refused'): Promise<number[]> => {
      const offsets: number[] = [];
      const ranges = new Map([['rows/0', { from: 0, to: 40 }]]);
      for await (const chunk of readRanges(kafka, { what: 'The rows', ranges, expired }))
        offsets.push(...Array.from(chunk?.records ?? [], ({ offset }) => offset));
      return offsets;
    };
    await expect(read('refused')).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', details: { start: 30 } });
    expect(await read('left out')).toEqual(Array.from({ length: 10 }, (_, i) => 30 + i));
  });

  it('gives control back while nothing comes, so that whoever reads can end', async () => {
    const made = stage();
    const { cluster, kafka } = made;
    cluster.createTopic('journal', 1);
    for await (const chunk of readRange(kafka, { topic: 'journal', from: [0], to: [1] })) {
      expect(chunk).toEqual([]);
      break;
    }
  });
});
