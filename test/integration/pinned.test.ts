/**
 * Orders that keep their rules on real Kafka and Redis: a recording is played in three parts. Before the second one the rules are replaced by
 * some that publish to another topic; before the third one all orders that keep the first ones are migrated, and Redis is lost. The events are
 * those of the oracle, each in the topic of the rules that its order keeps.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { dragomanCommand } from '../dragoman/command.js';
import { expectedOf } from '../support/pipeline/expected.js';
import { CutRecording } from '../support/recorded/cut.js';
import { envelopeOf, type RecordedRecord } from '../support/recordings.js';
import { jsonIn } from '../support/servers/kept-orders.js';
import { type LayRules, OwnPipeline } from '../support/servers/own-pipeline.js';
import { layRetailerRules } from '../support/servers/retailer-rules.js';

const RECORDING = 'postgres/01-lifecycle';
const recording = new CutRecording(RECORDING);
/** Transactions of the recording before the rules are replaced, and before those that keep the first ones are migrated. */
const [REPLACED, MIGRATED] = [45, 87];

let own: OwnPipeline;
let first: string;
let second: string;
/** Of the rules of the first part, as `pinned list` has it. */
let kept: string;

interface Listed {
  readonly digest: string;
  readonly count: number;
  readonly isOpen: boolean;
}

const pinning =
  (topic: (contract: string) => string): LayRules =>
  async (folder, contract) => {
    await layRetailerRules()(folder, topic(contract));
    const file = join(folder, 'aggregates/order.ts');
    const before = readFileSync(file, 'utf8');
    const after = before.replace('    context: {', '    pin: true,\n    context: {');
    expect(after).not.toBe(before);
    writeFileSync(file, after);
  };

async function listed(): Promise<readonly Listed[]> {
  const { output } = await dragomanCommand(['pinned', 'list', '--json', '-c', second]);
  return jsonIn(output)['pinned'] as readonly Listed[];
}

/** Of transactions by their place in commit order: 0, 1 or 2. */
const parts: readonly (readonly RecordedRecord[])[] = [
  recording.between(0, REPLACED),
  recording.between(REPLACED, MIGRATED),
  recording.between(MIGRATED),
];
const rowsOf = (records: readonly RecordedRecord[]) =>
  records.filter(({ topic, value }) => topic.includes('.oms.') && value !== null).map(envelopeOf);
const begunFirst = new Set(rowsOf(parts[0]!).map(({ before, after }) => String((after ?? before)?.['ord_no'])));
const xidsOf = (records: readonly RecordedRecord[]): Set<string> =>
  new Set(
    rowsOf(records).flatMap(({ transaction }) => (transaction == null ? [] : [String(transaction.id).split(':')[0]!])),
  );
const xids = parts.map(xidsOf);

interface ToCome {
  readonly part: number;
  readonly isFormer: boolean;
  readonly text: string;
}
const toCome: readonly ToCome[] = expectedOf(RECORDING).map(({ type, order, sequence, causationId }) => {
  const part = xids.findIndex((some) => some.has(String(causationId).split(':')[1]!));
  return { part, isFormer: begunFirst.has(String(order)) && part < 2, text: textOf(type, order, sequence) };
});
const textsOf = (wanted: (event: ToCome) => boolean): string[] =>
  toCome
    .filter(wanted)
    .map(({ text }) => text)
    .sort();

function textOf(type: unknown, order: unknown, sequence: unknown): string {
  return `${String(type)} ${String(order)} ${String(sequence)}`;
}

async function publishedIn(topic: string): Promise<string[]> {
  const events = await own.records(topic);
  return events
    .map(({ key, value }) => {
      const { eventType, sequence } = JSON.parse(value ?? '') as Record<string, unknown>;
      return textOf(eventType, key, sequence);
    })
    .sort();
}
const former = (): Promise<string[]> => publishedIn(own.contract);
const latter = (): Promise<string[]> => publishedIn(`${own.contract}.new`);

/** Plays a part; its last transaction has an event, so all of it is decided when all events are there. */
async function decided(configFile: string, part: number): Promise<void> {
  await own.play(parts[part]!);
  const events = toCome.filter((event) => event.part <= part).length;
  const count = async (): Promise<number> => (await former()).length + (await latter()).length;
  await own.running(configFile, () => expect.poll(count, { timeout: 60_000, interval: 300 }).toBe(events));
}

beforeAll(async () => {
  own = await OwnPipeline.open(
    'pinned',
    inject('stack'),
    pinning((contract) => contract),
  );
  first = await own.config([own.recorded]);
  const later = await own.layRules(
    'later',
    pinning((contract) => `${contract}.new`),
  );
  second = await own.config([own.recorded], { rules: later });
  for (const args of [
    ['--sources', '-c', first],
    ['-c', second],
  ])
    await dragomanCommand(['topics', ...args]);
});

afterAll(() => own.close());

describe('orders under way when rules are replaced by some with another topic', () => {
  it('publish by the rules by which they begin', async () => {
    await decided(first, 0);
    expect([await former(), await latter()]).toEqual([textsOf(({ part }) => part === 0), []]);
  });

  it('end in the topic that their rules name, beside those that begin in the new one', async () => {
    await decided(second, 1);
    const texts = (isFormer: boolean): string[] => textsOf((event) => event.part < 2 && event.isFormer === isFormer);
    expect(texts(true).length).toBeGreaterThan(textsOf(({ part }) => part === 0).length);
    expect(texts(false)).not.toEqual([]);
    expect([await former(), await latter()]).toEqual([texts(true), texts(false)]);
  });

  it('are counted by the rules that they keep', async () => {
    const [newest, oldest] = await listed();
    expect(newest?.count).toBeGreaterThan(0);
    expect(oldest?.count).toBe(begunFirst.size);
    kept = oldest!.digest;
  });

  it('are migrated all at once, after a dry run that changes nothing', async () => {
    const migrate = ['pinned', 'migrate', 'order', '--kept', kept, '-c', second];
    const { output } = await dragomanCommand([...migrate, '--dry-run']);
    expect(output).toMatch(/dry run, nothing is written: \d+ compared/);
    expect(await listed()).toHaveLength(2);
    await own.running(second, () => dragomanCommand([...migrate, '--reason', 'one topic', '--wait', '60']));
    expect((await listed()).map(({ digest }) => digest)).not.toContain(kept);
  });

  it('end in the new topic then, also when Redis is lost', async () => {
    await own.loseRedis();
    await decided(second, 2);
    expect(await former()).toEqual(textsOf(({ isFormer }) => isFormer));
    expect(await latter()).toEqual(textsOf(({ isFormer }) => !isFormer));
  });
});
