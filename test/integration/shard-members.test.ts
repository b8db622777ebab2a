/**
 * A pipeline of three shards over two processes on real servers: each aggregate's events come once, also when one process is killed and the other
 * takes its shards. What may not be next to it is refused: another number of shards, and a member of a version that spreads work otherwise.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssignerProtocol, PartitionAssigners, type PartitionAssigner } from 'kafkajs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { DragomanProcess } from '../dragoman/process.js';
import { OwnPipeline } from '../support/servers/own-pipeline.js';
import { hdrRow, lineRow, SmallSource } from '../support/sources/ready-orders.js';

const SHARDS = 3;
const SESSION = { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 1_000 };
const WAIT = { timeout: 120_000, interval: 500 };
const source = new SmallSource();
let own: OwnPipeline;
let sent = 0;

/** An order is ready with its first line, which is in a table of its own, whose key does not tell the order. */
const rulesWith = (topic: string): string => `
import { aggregate, contract, legacy, many, one, publish, ruleSet, table } from 'dragoman/rules';
import { z } from 'zod';

const hdr = table('oms.hdr', {
  key: ['id'],
  columns: { id: legacy.bigint(), sts: legacy.text(), note: legacy.text().nullable() },
});
const line = table('oms.line', {
  key: ['line_id'],
  columns: { line_id: legacy.bigint(), id: legacy.bigint(), txt: legacy.text() },
});
const order = aggregate(
  'order',
  { header: one(hdr, (row) => row.id), lines: many(line, (row) => row.id) }
);
const ready = order.milestone('OrderReady', {
  importance: 'critical',
  when: { 'there is a line': ({ lines }: { lines: unknown[] }) => lines.length > 0 },
  data: () => ({}),
});
const orderReady = contract('OrderReady', 1, {
  topic: '${topic}',
  key: 'orderId',
  owner: 'x',
  meaning: 'x',
  certainty: 'x',
  notSentWhen: 'x',
  data: z.object({}),
  example: {},
});
export default ruleSet({
  aggregates: [order],
  facts: [ready],
  publications: [publish(ready).as(orderReady, () => ({}))],
});
`;

const config = (shards: number): Promise<string> => {
  const sources = [{ ...(own.recorded as object), beginning: 'empty' }];
  return own.config([], { pipelines: { orders: { sources, shards } } });
};

/** Orders of one transaction each, the line in another one. */
async function write(ids: readonly number[]): Promise<void> {
  for (const id of ids.map(String)) source.transaction(hdrRow(id, 'NEW'));
  for (const id of ids.map(String)) source.transaction(lineRow(`9${id}`, id));
  const records = source.records.slice(sent);
  sent = source.records.length;
  await own.play(records);
}

const published = async (): Promise<number[]> =>
  (await own.published()).map(({ key }) => Number(key)).sort((a, b) => a - b);

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

beforeAll(async () => {
  own = await OwnPipeline.open('members', inject('stack'), (folder, contract) =>
    writeFile(join(folder, 'index.ts'), rulesWith(contract)),
  );
  expect((await own.cli(await config(SHARDS), 'topics', '--sources')).exitCode).toBe(0);
});

afterAll(() => own.close());

it('publishes the events of each order once, over two processes, and after one of them is killed', async () => {
  const configFile = await config(SHARDS);
  const environment = {
    DRAGOMAN_KAFKA_SESSION_TIMEOUT_MS: String(SESSION.sessionTimeoutMs),
    DRAGOMAN_KAFKA_HEARTBEAT_INTERVAL_MS: String(SESSION.heartbeatIntervalMs),
  };
  const [first, second] = [1, 2].map(() => new DragomanProcess({ configFile, environment })) as [
    DragomanProcess,
    DragomanProcess,
  ];
  try {
    await Promise.all([first.untilRunning(), second.untilRunning()]);
    await write(upTo(30));
    await expect.poll(published, WAIT).toEqual(upTo(30));
    const tasks = await Promise.all([first, second].map(running));
    expect(tasks.flat().sort()).toEqual(['0', '1', '2']);
    expect(tasks.map(({ length }) => length).sort()).toEqual([1, 2]);
    await first.kill();
    await write(upTo(60).slice(30));
    await expect.poll(published, WAIT).toEqual(upTo(60));
    await expect.poll(async () => (await running(second)).sort(), WAIT).toEqual(['0', '1', '2']);
  } finally {
    await Promise.all([first.kill(), second.stop()]);
  }
  expect((await own.ends(`${own.namespace}.orders.progress`)).map((end) => end > 0)).toEqual([true, true, true]);
  expect(await published()).toEqual(upTo(60));
}, 300_000);

/** Shards whose task runs in this process. */
async function running(dragoman: DragomanProcess): Promise<string[]> {
  const states = await dragoman.metric('dragoman_task_state');
  return [...states].flatMap(([labels, is]) =>
    is === 1 && labels.includes('state="running"') ? (/shard="(\d+)"/.exec(labels)?.slice(1) ?? []) : [],
  );
}

it.each([1, 2])('is refused with shards: %i', async (shards) => {
  const { exitCode, output } = await own.cli(await config(shards), 'run');
  expect(exitCode).toBe(6);
  expect(output).toMatch(/SHARDS_CHANGED.*has 3 partitions, one for each shard/s);
});

it('is not joined by a member that has to be in the group with one of another version', async () => {
  const progress = `${own.namespace}.orders.progress`;
  const former = own.kafka.consumer({ groupId: own.namespace, partitionAssigners: [asTheVersionBefore] });
  const joined = new Promise<void>((resolve) => void former.on(former.events.GROUP_JOIN, () => resolve()));
  await former.connect();
  await former.subscribe({ topics: [progress] });
  await former.run({ eachMessage: () => Promise.resolve() });
  await joined;
  try {
    const { exitCode, output } = await own.cli(await config(SHARDS), 'run');
    expect(exitCode).toBe(6);
    expect(output).toMatch(/MEMBER_OF_OTHER_VERSION.*Stop all members of the other version/s);
  } finally {
    await former.disconnect();
  }
}, 120_000);

/** Its protocol had this name. */
const asTheVersionBefore: PartitionAssigner = (made) => ({
  ...PartitionAssigners.roundRobin(made),
  name: 'DragomanPipelines',
  protocol: ({ topics }) => ({
    name: 'DragomanPipelines',
    metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) }),
  }),
});
