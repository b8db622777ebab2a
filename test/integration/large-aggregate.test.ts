/** An order of 100 MB on real servers: it is decided, published, stored, loaded out of a Redis that holds all of it, and restored. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { OwnPipeline } from '../support/servers/own-pipeline.js';
import { hdrRow, lineRow, SmallSource } from '../support/sources/ready-orders.js';

const LINES = 125;
/** Characters of each: a record of the source's topic is just below Kafka's default limit. */
const TEXT = 'x'.repeat(800_000);

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
  repeatable: true,
  when: { 'status is READY': ({ header }) => header?.sts === 'READY' },
  data: ({ lines }) => ({ characters: lines.reduce((sum, { txt }) => sum + txt.length, 0) }),
});
const orderReady = contract('OrderReady', 1, {
  ...{ topic: '${topic}', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' },
  data: z.object({ characters: z.int() }),
  example: { characters: 1 },
});
export default ruleSet({
  aggregates: [order],
  facts: [ready],
  publications: [publish(ready).as(orderReady, ({ data }) => data)],
});
`;

let own: OwnPipeline;
let source: string;
let configFile: string;

beforeAll(async () => {
  own = await OwnPipeline.open('large', inject('stack'), (folder, contract) =>
    writeFile(join(folder, 'index.ts'), rulesWith(contract)),
  );
  source = `${own.namespace}-shop`;
  configFile = await own.config([source]);
  await own.createTopics(new Map(['transaction', 'oms.hdr', 'oms.line'].map((name) => [`${source}.${name}`, 1])));
  expect((await own.cli(configFile, 'topics')).exitCode).toBe(0);
}, 60_000);

afterAll(() => own.close());

it('an order of 100 MB is as any other, whatever is lost', async () => {
  const small = new SmallSource();
  let sent = 0;
  const write = async (): Promise<void> => {
    await own.write(
      small.records.slice(sent).map(({ topic, value, ...record }) => ({
        ...{ ...record, topic: topic.replace(/^legacy/, source) },
        value: value?.replaceAll('"name":"legacy"', `"name":"${source}"`) ?? null,
      })),
    );
    sent = small.records.length;
  };
  small.transaction(hdrRow('1', 'OPEN'));
  for (let i = 0; i < LINES; i += 1) small.transaction(lineRow(String(100 + i), '1', TEXT));
  small.transaction({ ...hdrRow('1', 'READY'), op: 'u' });
  await write();
  const characters = LINES * TEXT.length;
  expect(await own.runUntil(configFile, 1)).toMatchObject([{ key: '1', value: { sequence: 1, characters } }]);

  // It is loaded out of Redis, which then is lost.
  for (const lost of [false, true]) {
    if (lost) await own.loseRedis();
    small.transaction({ ...hdrRow('1', 'OPEN'), op: 'u' }).transaction({ ...hdrRow('1', 'READY'), op: 'u' });
    await write();
    const sequence = lost ? 3 : 2;
    const events = await own.runUntil(configFile, sequence);
    expect(events.at(-1)).toMatchObject({ key: '1', value: { sequence, characters } });
  }
  expect((await own.cli(configFile, 'state', 'verify')).exitCode).toBe(0);
}, 120_000);
