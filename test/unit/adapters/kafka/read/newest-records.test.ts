/** The newest records of keys found from the end of a partition, over the fake cluster, whatever befalls it meanwhile. */
import { describe, expect, it } from 'vitest';
import { newestRecords } from '../../../../../src/adapters/kafka/read/newest-records.js';
import { readProgress } from '../../../../../src/adapters/kafka/read/progress-reader.js';
import type { PartitionLog, ProducerIdentity } from '../../../../simulation/kafka/partition-log.js';
import { type Stage, stage } from '../../../../simulation/kafka/stage.js';

const TOPIC = 'progress';
const PARTITION = `${TOPIC}/0`;
const FORMER = { producerId: 1, epoch: 0 };
const OTHER = { producerId: 2, epoch: 0 };

interface Scene extends Stage {
  readonly log: PartitionLog;
  /** Fetches so far. */
  readonly fetches: () => number;
}

function scene(...[faults, seed]: Parameters<typeof stage>): Scene {
  const made = stage(faults, seed);
  made.cluster.createTopic(TOPIC, 1);
  let fetches = 0;
  made.onFetch = () => (fetches += 1);
  return Object.assign(made, { log: made.cluster.log(PARTITION), fetches: () => fetches });
}

const sequences = new WeakMap<PartitionLog, number>();

/** One Kafka transaction; without an end it stays open. */
function write(
  log: PartitionLog,
  records: Readonly<Record<string, string | null>>,
  end: 'commit' | 'abort' | null = 'commit',
  producer: ProducerIdentity = FORMER,
): void {
  const sequence = sequences.get(log) ?? 0;
  const all = Object.entries(records).map(([key, value]) => ({ key, value, headers: {} }));
  expect(log.produce(producer, producer === FORMER ? sequence : 0, all, 0).code).toBe(0);
  if (producer === FORMER) sequences.set(log, sequence + all.length);
  if (end !== null) log.endTransaction(producer, end, 0);
}

const newest = async ({ kafka, log }: Scene): Promise<Record<string, string>> => {
  const plan = { what: 'The progress', partition: PARTITION, begin: log.start, end: log.end };
  return Object.fromEntries(await newestRecords(kafka, { ...plan, keys: ['progress', 'footprint'] }));
};

describe('the newest records', () => {
  it('of an empty partition are none, and nothing is asked', async () => {
    const made = scene();
    expect(await newest(made)).toEqual({});
    expect(made.fetches()).toBe(0);
  });

  it('are found by two fetches when they were written last', async () => {
    const made = scene();
    for (let n = 0; n < 500; n += 1) write(made.log, { progress: `p${n}`, footprint: `f${n}` });
    expect(await newest(made)).toEqual({ progress: 'p499', footprint: 'f499' });
    expect(made.fetches()).toBeLessThanOrEqual(3);
  });

  it.each([1, 2, 3, 10, 63, 64, 65, 500])(
    'are found when one of them was written %i commits before',
    async (distance) => {
      const made = scene();
      for (let n = 0; n < 3; n += 1) write(made.log, { footprint: `f${n}` });
      for (let n = 0; n < distance; n += 1) write(made.log, { progress: `p${n}` });
      expect(await newest(made)).toEqual({ progress: `p${distance - 1}`, footprint: 'f2' });
      expect(made.fetches()).toBeLessThanOrEqual(3 + Math.ceil(Math.log2(4 * distance)));
    },
  );

  it('are none when only ends of Kafka transactions are left', async () => {
    const made = scene();
    for (let n = 0; n < 20; n += 1) write(made.log, { progress: `p${n}` }, 'abort');
    made.log.compact();
    expect(made.log.entries.some(({ kind }) => kind === 'record')).toBe(false);
    expect(await newest(made)).toEqual({});
  });

  it('skip what was aborted, by any number of producers', async () => {
    const made = scene();
    write(made.log, { progress: 'p', footprint: 'f' });
    write(made.log, { progress: 'aborted' }, null);
    write(made.log, { footprint: 'aborted too' }, null, OTHER);
    made.log.endTransaction(OTHER, 'abort', 0);
    made.log.endTransaction(FORMER, 'abort', 0);
    expect(await newest(made)).toEqual({ progress: 'p', footprint: 'f' });
  });

  it('are found behind holes that compaction left', async () => {
    const made = scene();
    write(made.log, { footprint: 'f' });
    for (let n = 0; n < 300; n += 1) write(made.log, { progress: `p${n}` });
    made.log.compact();
    write(made.log, { progress: 'aborted' }, 'abort');
    expect(await newest(made)).toEqual({ progress: 'p299', footprint: 'f' });
  });

  it('do not count one that was taken away again', async () => {
    const made = scene();
    write(made.log, { progress: 'p', footprint: 'f' });
    write(made.log, { footprint: null });
    expect(await newest(made)).toEqual({ progress: 'p' });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'are found while leaders move, answers are cut and former leaders answer, seed %i',
    async (seed) => {
      const made = scene({ fetchLeaderMoves: 0.3, shortFetches: 0.7, falseOutOfRange: 0.2 }, seed);
      write(made.log, { footprint: 'f' });
      for (let n = 0; n < 100; n += 1) write(made.log, { progress: `p${n}` }, n % 3 === 0 ? 'abort' : 'commit');
      expect(await newest(made)).toEqual({ progress: 'p98', footprint: 'f' });
    },
  );

  it('wait for what is not decided yet', async () => {
    const made = scene();
    write(made.log, { progress: 'p', footprint: 'f' });
    write(made.log, { progress: 'in doubt' }, null);
    const found = newest(made);
    await expect.poll(() => made.fetches()).toBeGreaterThan(2);
    made.log.endTransaction(FORMER, 'commit', 0);
    expect(await found).toEqual({ progress: 'in doubt', footprint: 'f' });
  });

  it('are refused when the partition was made anew meanwhile, and begins behind what was asked for', async () => {
    const made = scene();
    for (let n = 0; n < 20; n += 1) write(made.log, { progress: `p${n}` });
    made.onFetch = () => made.log.expire(40);
    await expect(newest(made)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', details: { start: 40 } });
  });
});

describe('the progress as anybody reads it', () => {
  it('is what was committed, also while the next one is written', async () => {
    const made = scene();
    write(made.log, { progress: 'p', footprint: 'f' });
    write(made.log, { progress: 'not yet' }, null);
    const admin = made.kafka.admin();
    await admin.connect();
    expect((await readProgress(made.kafka, admin, TOPIC)).found).toEqual({ progress: 'p', footprint: 'f' });
    await admin.disconnect();
  });

  it('is found although compaction takes the one that was the newest when it was asked for', async () => {
    const made = scene();
    write(made.log, { progress: 'p0', footprint: 'f' });
    const admin = made.kafka.admin();
    await admin.connect();
    let isFirst = true;
    made.onFetch = () => {
      if (!isFirst) return;
      isFirst = false;
      write(made.log, { progress: 'p1' });
      write(made.log, { progress: 'p2' });
      made.log.compact();
    };
    expect((await readProgress(made.kafka, admin, TOPIC)).found).toEqual({ progress: 'p2', footprint: 'f' });
    await admin.disconnect();
  });

  it('is none in an empty topic, and refused in one of several partitions', async () => {
    const made = scene();
    made.cluster.createTopic('wide', 2);
    const admin = made.kafka.admin();
    await admin.connect();
    expect(await readProgress(made.kafka, admin, TOPIC)).toEqual({ found: null, end: 0 });
    await expect(readProgress(made.kafka, admin, 'wide')).rejects.toMatchObject({
      code: 'PARTITIONS_CHANGED',
      disposition: 'refuse',
    });
    await admin.disconnect();
  });
});
