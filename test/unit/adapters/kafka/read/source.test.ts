/** The input of a pipeline over the fake cluster: every record once and in order, and none that is gone is passed over (SPEC T8). */
import type { Admin } from 'kafkajs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { logEndsAdmin } from '../../../../../src/adapters/kafka/clusters.js';
import { KafkaGroup } from '../../../../../src/adapters/kafka/group/group.js';
import { readBatches } from '../../../../../src/adapters/kafka/read/record-batches.js';
import { KafkaSource } from '../../../../../src/adapters/kafka/read/source.js';
import type { RawBatch } from '../../../../../src/pipeline/ports.js';
import { simulatedKafka } from '../../../../simulation/kafka/client.js';
import { Cluster } from '../../../../simulation/kafka/cluster.js';
import { type Stage, stage } from '../../../../simulation/kafka/stage.js';
import { recordBatch } from '../../../../simulation/kafka/wire.js';
import { World } from '../../../../simulation/world.js';
import { configOf } from '../../../../support/rig.js';

const record = (value: string, key = value) => ({ key, value, headers: {} });
const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => String(from + i));

let opened: { source: KafkaSource; admin: Admin }[] = [];
afterEach(async () => {
  for (const { source, admin } of opened) {
    source.close();
    await admin.disconnect();
  }
  opened = [];
});

async function reading(
  { kafka, cluster }: Stage,
  queuedBytesMax = 1_000_000,
  isUnhurried: (partition: string) => boolean = () => false,
): Promise<KafkaSource> {
  const admin = logEndsAdmin(kafka);
  await admin.connect();
  const source = new KafkaSource(kafka, admin, {
    partitions: cluster.partitionsOf('rows'),
    limits: { maxWaitMs: 5, bytesMax: 1_000_000, partitionBytesMax: 1_000_000 },
    ...{ queuedBytesMax, isUnhurried },
    confirmOwned: () => Promise.resolve(true),
    lookForTopics: () => Promise.resolve(false),
  });
  opened.push({ source, admin });
  await source.seek(new Map());
  return source;
}

/** Values of a partition up to an offset. @throws what `take` throws */
async function valuesOf(source: KafkaSource, partition: string, end: number): Promise<string[]> {
  const values: string[] = [];
  for (let next = 0; next < end;) {
    const batch = source.take(partition);
    if (batch === undefined) await source.wait(20);
    else {
      values.push(...Array.from(batch.records, ({ value }) => String(value)));
      next = batch.nextOffset;
    }
  }
  return values;
}

function rows(made: Stage, count: number, partitions = 1): void {
  made.cluster.createTopic('rows', partitions);
  for (const name of made.cluster.partitionsOf('rows'))
    for (const value of numbers(count)) made.cluster.append(name, record(value));
}

describe('the input', () => {
  it.each([1, 2, 3])('is read once and in order while leaders move and answers are cut, seed %i', async (seed) => {
    const made = stage({ fetchLeaderMoves: 0.1, shortFetches: 0.7, falseOutOfRange: 0.1 }, seed);
    rows(made, 60, 2);
    const source = await reading(made, 300);
    const read = made.cluster.partitionsOf('rows').map((name) => valuesOf(source, name, 60));
    expect(await Promise.all(read)).toEqual([numbers(60), numbers(60)]);
  });

  it('has holes of compaction and of markers, which are no loss', async () => {
    const made = stage({ shortFetches: 1 });
    made.cluster.createTopic('rows', 1);
    const log = made.cluster.log('rows/0');
    const producer = { producerId: 1, epoch: 0 };
    for (let i = 0; i < 10; i += 1) {
      log.produce(producer, i, [record(String(i), `k${i % 3}`)], 0);
      log.endTransaction(producer, 'commit', 0);
    }
    made.cluster.append('rows/0', record('after a hole'), 40);
    log.compact();
    expect(await valuesOf(await reading(made), 'rows/0', 41)).toEqual(['7', '8', '9', 'after a hole']);
  });

  it('without hurry is not asked for again at once, and all of it is read in order', async () => {
    const made = stage();
    rows(made, 1, 2);
    const source = await reading(made, 1_000_000, (partition) => partition === 'rows/1');
    const since = performance.now();
    for (const value of numbers(100, 1)) {
      for (const name of ['rows/0', 'rows/1']) made.cluster.append(name, record(value));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await valuesOf(source, 'rows/0', 101)).toEqual(numbers(101));
    const [values, answers]: [string[], RawBatch[]] = [[], []];
    for (let next = 0; next < 101; next = answers.at(-1)?.nextOffset ?? 0) {
      const batch = source.take('rows/1');
      if (batch === undefined) await source.wait(20);
      else {
        answers.push(batch);
        values.push(...Array.from(batch.records, ({ value }) => String(value)));
      }
    }
    expect(values).toEqual(numbers(101));
    expect(answers.length).toBeLessThanOrEqual(Math.floor((performance.now() - since) / 250) + 1);
  });

  it('of which records are deleted before they are read ends there, and what was fetched before is given', async () => {
    const made = stage({ shortFetches: 1 });
    rows(made, 40);
    const source = await reading(made, 1);
    while (source.positionOf('rows/0') !== null) await source.wait(20);
    made.cluster.log('rows/0').expire(30);
    const given: string[] = [];
    const all = async (): Promise<void> => {
      for (;;) {
        const batch = source.take('rows/0');
        if (batch === undefined) await source.wait(20);
        else given.push(...Array.from(batch.records, ({ value }) => String(value)));
      }
    };
    await expect(all()).rejects.toMatchObject({ code: 'OFFSETS_LOST', details: { start: 30, position: given.length } });
    expect(given).toEqual(numbers(given.length));
    expect(given.length).toBeLessThan(30);
  });

  it('goes on after its records were deleted only where it is told to', async () => {
    const made = stage();
    rows(made, 40);
    made.cluster.log('rows/0').expire(30);
    const source = await reading(made);
    expect(await valuesOf(source, 'rows/0', 40)).toEqual(numbers(10, 30));
    await source.seek(new Map([['rows/0', 5]]));
    await expect(valuesOf(source, 'rows/0', 40)).rejects.toMatchObject({ code: 'OFFSETS_LOST' });
  });
});

describe('the input of a member', () => {
  it('that is lost while it looks for its beginning is never read', async () => {
    const made = stage();
    rows(made, 40);
    const source = await reading(made);
    const fetches: string[] = [];
    const seeking = source.seek(new Map());
    source.close();
    await seeking;
    made.onFetch = () => fetches.push('one');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(fetches.length).toBeLessThanOrEqual(1); // of the reading before
    expect(source.positionOf('rows/0')).toBeNull();
  });

  it('ends when a topic gets more partitions, and says what to do', async () => {
    const made = stage();
    rows(made, 3);
    const source = await reading(made);
    made.cluster.createTopic('rows', 2);
    // kafkajs asks what there is when a leader has moved, or after five minutes.
    const asked = async (): Promise<void> => {
      for (let i = 0; i < 50; i += 1) {
        made.cluster.moveLeader('rows/0');
        await source.bounds();
      }
    };
    await expect(asked()).rejects.toMatchObject({
      code: 'PARTITIONS_CHANGED',
      message: expect.stringMatching(/^rows\/1 appeared .* Start the members again/) as string,
      details: { partitions: ['rows/1'] },
    });
  });

  it('says that one partition cannot be read, whatever the others give', async () => {
    const made = stage();
    rows(made, 40, 2);
    const now = performance.now.bind(performance);
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() * 1_000);
    const source = await reading(made);
    await source.seek(new Map([['rows/1', 41]])); // beyond its end: as after a topic was made anew
    const going = setInterval(() => made.cluster.append('rows/0', record('more')), 5);
    try {
      const read = (async () => {
        for (;;) {
          source.take('rows/0');
          source.take('rows/1');
          await source.wait(20);
        }
      })();
      await expect(read).rejects.toMatchObject({
        code: 'KAFKA_UNAVAILABLE',
        message: 'The input cannot be read (rows/1): OFFSET_OUT_OF_RANGE',
      });
    } finally {
      clearInterval(going);
      clock.mockRestore();
    }
  });

  it('keeps nothing of a large answer but its records, headers too', async () => {
    const made = stage();
    rows(made, 0);
    const source = await reading(made);
    const entry = { ...record('value'), headers: { trace: 'a trace' }, offset: 0, timestampMs: 0, producerId: -1 };
    const batch = recordBatch([{ ...entry, kind: 'record', batch: { first: 0, last: 0 } }]);
    const answer = Buffer.concat([batch, Buffer.alloc(1_000_000)]);
    const { records, nextOffset } = await readBatches(answer, { from: 0, aborted: [] });
    expect([...records][0]?.value?.buffer.byteLength).toBe(answer.length);
    source.fetched({ partition: 'rows/0', records, nextOffset, endOffset: 1 });
    const [kept] = source.take('rows/0')!.records;
    const { key, value, headers } = kept!;
    expect([key, value, headers.trace].map(String)).toEqual(['value', 'value', 'a trace']);
    for (const held of [key, value, headers.trace])
      expect((held as Buffer).buffer.byteLength).toBeLessThan(answer.length);
  });
});

describe('the group', () => {
  it('neither reads nor commits, whatever its coordinator does, and what is read goes on over a rejoin', async () => {
    const world = new World({
      seed: 1,
      fates: () => ({ requestMs: 1, answerMs: 1, breakMs: null, end: null, fault: null }),
    });
    const cluster = new Cluster(world);
    cluster.createTopic('rows', 1);
    cluster.groups.commit('group', new Map([['rows/0', { offset: 3, metadata: 'progress' }]]));
    for (const value of numbers(20)) cluster.append('rows/0', record(value));
    cluster.log('rows/0').expire(10);
    const process = world.process('member');
    const config = configOf().kafka;
    const given: string[] = [];
    let joins = 0;
    const follow = async (source: KafkaSource): Promise<void> => {
      joins += 1;
      await source.seek(new Map([['rows/0', 12]]));
      for (;;) {
        const batch = source.take('rows/0');
        if (batch === undefined) await source.wait(100);
        else given.push(...Array.from(batch.records, ({ value }) => String(value)));
      }
    };
    const listener = {
      assigned: (_: unknown, source: KafkaSource) => void follow(source).catch((error: unknown) => world.fail(error)),
      lost: () => undefined,
      gaveUp: (error: Error) => world.fail(error),
    };
    process.start(() => {
      const kafka = simulatedKafka(cluster, process, { name: 'member', config });
      const settings = {
        groupId: 'group',
        shards: new Map([['orders', 1]]),
        progressOf: () => 'rows',
        inputsOf: () => new Map([['orders', ['rows']]]),
        ...{ config, queuedBytesMax: 1_000_000 },
      };
      const group = new KafkaGroup(kafka, settings, listener);
      group.start().catch((error: unknown) => world.fail(error));
    });
    await world.run(() => false, 20_000);
    cluster.moveCoordinator('group');
    cluster.moveLeader('rows/0');
    await world.run(() => false, 40_000);
    for (const value of numbers(5, 20)) cluster.append('rows/0', record(value));
    await world.run(() => false, 60_000);
    expect(given).toEqual(numbers(13, 12));
    expect(joins).toBe(1);
    expect(cluster.groups.committed('group')).toEqual(new Map([['rows/0', { offset: 3, metadata: 'progress' }]]));
  });
});
