/** Starts that are refused on the real stack, because the ground is another one, or because what is remembered is not all there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PIPELINE } from '../e2e/scene.js';
import { KeptOrders } from '../support/servers/kept-orders.js';

const redis = new Redis(inject('stack').redis);
let kept: KeptOrders;

/** Made again on the way. */
const tableTopic = (): string => `${kept.scene.prefix}.oms.cust_addr`;

beforeAll(async () => {
  kept = await KeptOrders.open(inject('stackFile'));
});

afterAll(async () => {
  redis.disconnect();
  await kept.close();
});

describe('a start is refused', () => {
  it('over offsets that a tool moved, which are not followed when somebody vouches for them', async () => {
    const topic = `${kept.scene.prefix}.oms.ord_line`;
    const published = await kept.recordsIn(kept.contractTopic);
    const known = await kept.committed(topic);
    await kept.groups('--reset-offsets', '--topic', topic, '--to-earliest', '--execute');
    expect(await kept.committed(topic)).not.toEqual(known);
    await kept.refused('OFFSETS_MOVED', /a tool moved it/);
    await kept.running(async () => {
      // With the next commit the group has again what the pipeline committed.
      await kept.scene.legacy.run('UPDATE oms.ord_line SET sku = sku');
      await expect
        .poll(async () => (await kept.committed(topic)).every((offset, i) => offset >= known[i]!), { timeout: 60_000 })
        .toBe(true);
    }, ['--accept-topics', topic]);
    expect(await kept.recordsIn(kept.contractTopic)).toBe(published);
    await kept.running(() => Promise.resolve());
  });

  it('not over offsets that are gone: the progress knows them', async () => {
    const topic = `${kept.scene.prefix}.oms.ord_line`;
    const published = await kept.recordsIn(kept.contractTopic);
    await kept.groups('--delete-offsets', '--topic', topic);
    expect((await kept.committed(topic)).every((offset) => offset === -1)).toBe(true);
    await kept.running(async () => expect(await kept.findings()).toEqual({ exitCode: 0, kinds: {} }));
    expect(await kept.recordsIn(kept.contractTopic)).toBe(published);
  });

  it('not over a journal that has expired: only history is gone', async () => {
    await kept.scene.deleteRecords(kept.scene.journalTopic);
    await kept.running(async () => expect(await kept.findings()).toEqual({ exitCode: 0, kinds: {} }));
  });

  it('over a contract topic with more partitions, until somebody vouches for it', async () => {
    const count = await kept.scene.withAdmin(async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [kept.contractTopic] });
      const [topic] = topics;
      await admin.createPartitions({
        topicPartitions: [{ topic: kept.contractTopic, count: topic!.partitions.length + 1 }],
      });
      return topic!.partitions.length + 1;
    });
    expect(count).toBeGreaterThan(1);
    await kept.refused('PARTITIONS_CHANGED', new RegExp(kept.contractTopic));
    // The next commit keeps the new number.
    await kept.running(async () => {
      await kept.scene.legacy.run("UPDATE oms.ord_hdr SET notes = 'touched'");
      await expect
        .poll(async () => (await kept.doctor()).lines.find(({ check }) => check === 'PROGRESS')?.level, {
          timeout: 60_000,
        })
        .toBe('ok');
    }, ['--accept-topics', kept.contractTopic]);
    await kept.running(() => Promise.resolve());
  });

  it('over a table topic that was made again, though it has grown past the committed offset', async () => {
    const topic = tableTopic();
    const ends = await kept.scene.ask((admin) => admin.fetchTopicOffsets(topic));
    await kept.makeAgain(topic);
    const producer = kept.scene.kafka().producer();
    await producer.connect();
    const messages = ends.flatMap(({ partition, high }) =>
      Array.from({ length: Number(high) + 5 }, () => ({ partition, key: '{}', value: null })),
    );
    await producer.send({ topic, messages });
    await producer.disconnect();
    await kept.refused('TOPIC_RECREATED', new RegExp(topic));
  });
});

/** Each on top of the ones before, which are vouched for. */
describe('a start is refused because what is remembered is lost', () => {
  it('when records of the state topic were deleted', async () => {
    await kept.alter(kept.stateTopic(), 'cleanup.policy', 'delete'); // Kafka deletes none of a compacted topic
    await kept.scene.deleteRecords(kept.stateTopic());
    await kept.alter(kept.stateTopic(), 'cleanup.policy', 'compact');
    await kept.refused('STATE_LOST', /records of it were deleted/, undefined, [tableTopic()]);
    expect((await kept.cli('state', 'verify')).output).toContain('STATE_LOST');
  });

  it('when the journal was deleted and made again', async () => {
    await kept.makeAgain(kept.scene.journalTopic);
    await kept.refused('TOPIC_RECREATED', /The journal topic of this pipeline/, undefined, [tableTopic()]);
    const accepted = [tableTopic(), kept.scene.journalTopic];
    await kept.refused('JOURNAL_LOST', /ends before what was committed/, undefined, accepted);
  });

  it('when the state topic was deleted and made again', async () => {
    await kept.makeAgain(kept.stateTopic());
    const accepted = [tableTopic(), kept.scene.journalTopic];
    await kept.refused('TOPIC_RECREATED', /The state topic of this pipeline/, undefined, accepted);
    const all = [...accepted, kept.stateTopic()];
    await kept.refused('STATE_LOST', /ends before what was committed/, undefined, all);
    expect((await kept.cli('state', 'verify')).output).toContain('TOPIC_RECREATED');
    expect((await kept.cli('state', 'import', '--from', kept.exportFile, '--replace')).output).toContain(
      'TOPIC_RECREATED',
    );
  });
});

describe('a source in position mode', () => {
  it('finds its progress at its second start, and is refused when it is gone', async () => {
    const config = parse(readFileSync(kept.scene.configFile, 'utf8')) as {
      namespace: string;
      pipelines: Record<string, { sources: Record<string, unknown>[] }>;
    };
    config.namespace = `${kept.scene.namespace}-p`;
    Object.assign(config.pipelines[PIPELINE]!.sources[0]!, { mode: 'position', gaps: 'report', unplaced: 'report' });
    const file = join(kept.directory, 'position.yaml');
    writeFileSync(file, stringify(config));
    await kept.cliOf(file, 'topics');
    try {
      await kept.running(
        () =>
          expect
            .poll(() => kept.recordsIn(kept.stateTopic(config.namespace)), { timeout: 60_000, interval: 500 })
            .toBeGreaterThan(0),
        [],
        file,
      );
      const second = kept.start([], file);
      await second.dragoman.untilRunning();
      await second.dragoman.stop();
      expect([...second.codes.keys()]).toEqual([]);
      await kept.makeAgain(`${config.namespace}.${PIPELINE}.progress`, file);
      await kept.refused('PROGRESS_LOST', /its progress topic holds nothing/, file);
    } finally {
      await kept.scene.withAdmin(async (admin) => {
        const own = (await admin.listTopics()).filter((topic) => topic.startsWith(`${config.namespace}.`));
        await admin.deleteTopics({ topics: own });
      });
      const keys = await redis.keys(`{${config.namespace}:*`);
      if (keys.length > 0) await redis.del(...keys);
    }
  });
});
