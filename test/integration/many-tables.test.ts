/**
 * Two sources of 110 tables each on real servers; one of them is taken out of the config, Dragoman goes on with the other, and it comes
 * back, while Redis was lost. Nothing of it is read again, and what it wrote meanwhile is read. Its topics are written as a connector does.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { RecordedRecord } from '../support/recordings.js';
import { OwnPipeline } from '../support/servers/own-pipeline.js';
import { hdrRow, lineRow, SmallSource } from '../support/sources/ready-orders.js';

const LINE_TABLES = 109;
let own: OwnPipeline;
let sources: [string, string];

/** An order is ready when its one line is there, whichever of the tables that is in. */
const rulesWith = (topic: string): string => `
import { aggregate, contract, legacy, many, one, publish, ruleSet, table } from 'dragoman/rules';
import { z } from 'zod';

const hdr = table('oms.hdr', {
  key: ['id'],
  columns: { id: legacy.bigint(), sts: legacy.text(), note: legacy.text().nullable() },
});
const columns = { line_id: legacy.bigint(), id: legacy.bigint(), txt: legacy.text() };
const names = Array.from({ length: ${LINE_TABLES} }, (_, i) => 'line_' + i);
const lines = Object.fromEntries(
  names.map((name) => [name, many(table('oms.' + name, { key: ['line_id'], columns }), (row) => row.id)]),
);
const order = aggregate(
  'order',
  { header: one(hdr, (row) => row.id), ...lines }
);
const ready = order.milestone('OrderReady', {
  importance: 'critical',
  when: { 'there is a line': (each: Record<string, unknown[]>) => names.some((name) => each[name].length > 0) },
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

const ids = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => String(from + i));

/** Transactions as the connector of a source writes them, from its first one on. */
class Connector {
  readonly #small = new SmallSource();
  readonly #name: string;
  #sent = 0;

  constructor(name: string) {
    this.#name = name;
  }

  async write(orders: readonly string[]): Promise<void> {
    for (const id of orders) {
      const line = { ...lineRow(id, id), table: `line_${Number(id) % LINE_TABLES}` };
      this.#small.transaction(hdrRow(id, 'READY'), line);
    }
    const records = this.#small.records.slice(this.#sent);
    this.#sent = this.#small.records.length;
    await own.write(records.map((record) => named(this.#name, record)));
  }
}

const named = (name: string, record: RecordedRecord): RecordedRecord => ({
  ...record,
  topic: record.topic.replace(/^legacy/, name),
  value: record.value?.replaceAll('"name":"legacy"', `"name":"${name}"`) ?? null,
});

const run = async (names: readonly string[], orders: number): Promise<string[]> =>
  (await own.runUntil(await own.config(names), orders)).map(({ key }) => key).sort();

beforeAll(async () => {
  own = await OwnPipeline.open('many', inject('stack'), (folder, contract) =>
    writeFile(join(folder, 'index.ts'), rulesWith(contract)),
  );
  sources = [`${own.namespace}-shop`, `${own.namespace}-stock`];
  const tables = ['transaction', 'oms.hdr', ...Array.from({ length: LINE_TABLES }, (_, i) => `oms.line_${i}`)];
  await own.createTopics(new Map(sources.flatMap((name) => tables.map((table) => [`${name}.${table}`, 1] as const))));
  expect((await own.cli(await own.config(sources), 'topics')).exitCode).toBe(0);
}, 60_000);

afterAll(() => own.close());

it('a source of 110 tables is taken out of the config and comes back: nothing is lost, nothing comes twice', async () => {
  const [shop, stock] = sources.map((name) => new Connector(name)) as [Connector, Connector];
  // One order for each table of lines.
  await shop.write(ids(1_000, 5));
  await stock.write(ids(2_000, LINE_TABLES));
  const first = [...ids(1_000, 5), ...ids(2_000, LINE_TABLES)].sort();
  expect(await run(sources, first.length)).toEqual(first);

  await shop.write(ids(1_005, 5));
  await stock.write(ids(2_000 + LINE_TABLES, 7));
  const alone = [...first, ...ids(1_005, 5)].sort();
  expect(await run([sources[0]], alone.length)).toEqual(alone);

  await own.loseRedis();
  await shop.write(ids(1_010, 2));
  const all = [...alone, ...ids(2_000 + LINE_TABLES, 7), ...ids(1_010, 2)].sort();
  expect(await run(sources, all.length)).toEqual(all);
}, 90_000);
