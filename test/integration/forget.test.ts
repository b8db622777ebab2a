/**
 * `forget` on real Kafka and Redis: of two orders, one of them parked, nothing can be read any more where Dragoman keeps what it knows, also when
 * Redis is lost; what is told of them later is dropped. The rows are recorded ones, in topics of this test, with a name in a personal column.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { dragomanCommand } from '../dragoman/command.js';
import { CutRecording } from '../support/recorded/cut.js';
import { isStreamedRow } from '../support/recorded/histories.js';
import { edited, type RecordedRecord } from '../support/recordings.js';
import { OwnPipeline, type ReadRecord } from '../support/servers/own-pipeline.js';
import { layRetailerRules } from '../support/servers/retailer-rules.js';

const NAME = `ada-${randomUUID()}`;
/** One that the rules park before its event, and one that has been published when the recording is cut. */
const [PARKED, OTHER] = ['800005', '800006'];
/** Transactions of the recording before the two are forgotten; of both, some come after. */
const CUT = 60;

const recording = new CutRecording('postgres/02-interleaved');
const isHeader = ({ topic }: RecordedRecord): boolean => topic === 'legacy.oms.ord_hdr';
const first = recording
  .between(0)
  .find((record) => isHeader(record) && isStreamedRow(record) && record.key === `{"ord_no":${PARKED}}`);
/** The channel of an order is a name; one order has a code that the rules do not know. */
const named = (records: readonly RecordedRecord[]): RecordedRecord[] =>
  records.map((record) =>
    isHeader(record) && record.value !== null
      ? edited(record, ({ after }) => {
          if (after === null) return;
          after['chnl_cd'] = `${NAME}-${String(after['ord_no'])}`;
          if (record === first) after['sts_cd'] = '77';
        })
      : record,
  );

let own: OwnPipeline;
let configFile: string;

const textOf = (found: readonly ReadRecord[]): string =>
  found.map(({ key, value }) => `${key} ${value ?? ''}`).join('\n');

const topic = (name: string): string => `${own.namespace}.orders.${name}`;

/** The newest record of each cell: what compaction leaves. */
async function cells(): Promise<string> {
  const newest = new Map<string, string | null>();
  for (const { key, value } of await own.records(topic('state'))) newest.set(key, value);
  return [...newest].flatMap(([key, value]) => (value === null ? [] : [`${key} ${value}`])).join('\n');
}

const keys = (): Promise<string[]> => own.redis.keys(`{${own.namespace}:orders}/*`);
async function inRedis(): Promise<string> {
  const hashes = await Promise.all((await keys()).map(async (key) => [key, await own.redis.hgetall(key)]));
  return JSON.stringify(hashes);
}
const stubOf = (order: string): Promise<string | null> =>
  own.redis.hget(`{${own.namespace}:orders}/~stubs`, `order:${order}`);

const cli = (...args: readonly string[]) => dragomanCommand([...args, '-c', configFile], { timeoutMs: 120_000 });
const forget = (order: string) => cli('forget', 'order', order, '--reason', 'request 813', '--wait', '60');
const eventsOf = async (order: string): Promise<number> =>
  (await own.published()).filter(({ key }) => key === order).length;
const running = <T>(use: () => Promise<T>): Promise<T> => own.running(configFile, use);

beforeAll(async () => {
  const personal = layRetailerRules(
    'chnl_cd: legacy.text().nullable(),',
    'chnl_cd: legacy.text().nullable().personal(),',
  );
  own = await OwnPipeline.open('forget', inject('stack'), personal);
  configFile = await own.config([own.recorded]);
  await cli('topics', '--sources');
  await own.play(named(recording.between(0, CUT)));
});

afterAll(() => own.close());

describe('two orders, one of them parked', () => {
  let published = 0;

  it('are known, and the journal names nobody', async () => {
    await running(async () => {
      await expect.poll(inRedis, { timeout: 60_000, interval: 500 }).toMatch(new RegExp(`CODE_UNKNOWN`));
      await expect.poll(() => eventsOf(OTHER), { timeout: 60_000, interval: 500 }).toBeGreaterThan(0);
    });
    for (const order of [PARKED, OTHER]) expect(await cells()).toContain(`${NAME}-${order}`);
    const journal = textOf(await own.records(topic('journal')));
    expect(journal).toContain('"sealed":');
    expect(journal).not.toContain(NAME);
    expect(textOf(await own.records(`${own.namespace}.dead-letters`))).not.toContain(NAME);
    expect(textOf(await own.records(own.contract))).toContain(`${NAME}-${OTHER}`);
    published = await eventsOf(OTHER);
  });

  it('are forgotten, by name, once', async () => {
    await running(async () => {
      const { output } = await cli('forget', 'order', OTHER, '--dry-run');
      expect(output).toMatch(/dry run, nothing is written: it would be applied\. \d+ rows and 0 waiting/);
      for (const order of [PARKED, OTHER]) {
        const { output: told } = await forget(order);
        expect(told).toMatch(/applied: \d+ rows and \d+ waiting/);
        expect(told).toMatch(
          new RegExp(
            `not reached: events in ${own.contract}, kept for ever: .*: OrderAcceptedForFulfillment\\.v1, OrderReleased`,
          ),
        );
        expect(told).toMatch(/not reached: rows in \S+\.oms\.ord_hdr, kept /);
        expect(told).toMatch(/not reached: journal in \S+, kept 30 days: sealed/);
      }
      await expect(forget(OTHER)).rejects.toThrow(/is forgotten already/);
      await expect(forget('1')).rejects.toThrow(/No order 1 is known/);
    });
    for (const text of [await cells(), await inRedis()])
      for (const order of [PARKED, OTHER]) {
        expect(text).not.toContain(`${NAME}-${order}`);
        expect(text).not.toContain(`["order:${order}"`);
      }
    expect(await cells()).toContain(NAME);
  });

  it('stay so when Redis is lost, and whatever is told of them; the others go on', async () => {
    const before = await stubOf(OTHER);
    await own.loseRedis();
    await running(async () => {
      // Told whole, by an incremental snapshot, and then changed: one that was not forgotten would be published by that.
      await own.play(named(recording.snapshotAt(CUT)));
      await own.play(named(recording.between(CUT)));
      await expect.poll(() => stubOf(OTHER), { timeout: 60_000, interval: 500 }).not.toBe(before);
      await expect.poll(() => stubOf(OTHER), { timeout: 60_000, interval: 500 }).toMatch(/,true,\["[^"]+","applied",/);
      await vi.waitFor(async () => expect((await own.ends(topic('journal'))).join()).toBe(await later()), {
        timeout: 60_000,
      });
      expect((await cli('state', 'verify')).output).not.toMatch(/differing|missing|extra/);
    });
    expect(await eventsOf(OTHER)).toBe(published);
    expect(await eventsOf(PARKED)).toBe(0);
    for (const order of [PARKED, OTHER])
      for (const text of [await cells(), await inRedis()]) expect(text).not.toContain(`${NAME}-${order}`);
    expect(textOf(await own.records(topic('journal')))).not.toContain(NAME);
    const file = own.path('orders.ndjson');
    await cli('state', 'export', '--to', file);
    for (const order of [PARKED, OTHER]) expect(readFileSync(file, 'utf8')).not.toContain(`${NAME}-${order}`);
    await own.loseRedis();
    await cli('state', 'import', '--from', file);
    expect(await stubOf(OTHER)).toMatch(/,true,\["[^"]+","applied",/);
  });

  it('leave the rules that decided over them, as they ran', async () => {
    const listed = await cli('state', 'rules');
    const digest = /^([0-9a-f]{16}) first used/m.exec(listed.output)?.[1] ?? '';
    expect((await cli('state', 'rules', digest)).output).toMatch(
      /chnl_cd:\s*[\w.]+\.text\(\)\.nullable\(\)\.personal\(\)/,
    );
    await expect(cli('state', 'rules', '0'.repeat(16))).rejects.toThrow(/COMMAND_REFUSED/);
  });
});

/** Where the journal ends two seconds from now. */
async function later(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  return (await own.ends(topic('journal'))).join();
}
