/**
 * "Why did it not happen?" on real Kafka and Redis: orders that fail for different reasons, each named by the command line; and how long an answer takes for an order
 * with 480 row changes in 60 transactions, once connected. The rows are recorded ones, in topics of this test.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { withServers } from '../../src/cli/why/outside/servers.js';
import { type Answer, answerSchema, type FactAnswer } from '../../src/why/answer.js';
import { showEvent } from '../../src/why/event.js';
import { trace, type Trace } from '../../src/why/trace.js';
import type { Desk } from '../../src/cli/why/options.js';
import { why } from '../../src/why/why.js';
import { dragomanCommand } from '../dragoman/command.js';
import { DragomanProcess } from '../dragoman/process.js';
import { CutRecording } from '../support/recorded/cut.js';
import { isStreamedRow } from '../support/recorded/histories.js';
import { edited, type RecordedRecord } from '../support/recordings.js';
import { OwnPipeline } from '../support/servers/own-pipeline.js';
import { layRetailerRules } from '../support/servers/retailer-rules.js';
import { hdrRow, lineRow, SmallSource } from '../support/sources/ready-orders.js';

const ACCEPTED = 'OrderAcceptedForFulfillment';
/** Orders of the recording, by what is the matter with them when so much of it was played. */
const [EARLY, CUT] = [20, 40];
/** Of the first part, without those of the milestone. */
const EARLY_EVENTS = 4;
const IS = {
  ...{ fraudPending: '900014', unreserved: '900016', parked: '900017', withheld: '900015' },
  ...{ published: '900010', ruleAdded: '900011', baseline: '900001', unknown: '123' },
} as const;
const WORDS = 'it is a test order';

const recording = new CutRecording('postgres/01-lifecycle');
const isHeaderOf =
  (id: string) =>
  (record: RecordedRecord): boolean =>
    record.topic === 'legacy.oms.ord_hdr' && isStreamedRow(record) && record.key === `{"ord_no":${id}}`;
/** One order with a code that the rules do not know. */
const poisoned = (records: readonly RecordedRecord[]): RecordedRecord[] =>
  records.map((record) =>
    isHeaderOf(IS.parked)(record) ? edited(record, ({ after }) => after && (after['sts_cd'] = '77')) : record,
  );
/** The last transaction lacks a row that its END counts. */
const torn = (records: readonly RecordedRecord[]): RecordedRecord[] => {
  const row = records.find((record) => isStreamedRow(record));
  return records.filter((record) => record !== row);
};

let own: OwnPipeline;
let before: string;
let after: string;

const edit = (file: string, find: string, replace: string): void => {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(find);
  writeFileSync(
    file,
    text.replaceAll(find, () => replace),
  );
};

/** Without the milestone. */
function layBefore(folder: string, contract: string): void {
  void layRetailerRules()(folder, contract);
  edit(join(folder, 'index.ts'), 'facts: [orderAcceptedForFulfillment, ', 'facts: [');
  edit(
    join(folder, 'index.ts'),
    "import { orderAcceptedForFulfillment } from './facts/order-accepted-for-fulfillment.js';\n",
    '',
  );
  edit(
    join(folder, 'publications.ts'),
    'publish(orderAcceptedForFulfillment).as(orderAcceptedForFulfillmentV1, ({ data }) => data),',
    '',
  );
}

/** With it, but for one order. */
function layAfter(folder: string, contract: string): void {
  void layRetailerRules()(folder, contract);
  edit(
    join(folder, 'publications.ts'),
    'as(orderAcceptedForFulfillmentV1, ({ data }) => data)',
    `as(orderAcceptedForFulfillmentV1, ({ id, data }, { withhold }) => (id === '${IS.withheld}' ? withhold('${WORDS}') : data))`,
  );
}

let member: DragomanProcess | undefined;
/** As the command line asks, in this process. */
const asking = <T>(use: (desk: Desk) => Promise<T>): Promise<T> =>
  withServers({ config: after, ...(member === undefined ? {} : { member: [member.httpUrl] }) }, use);
const whyOf = (id: string, group?: string): Promise<Answer> =>
  asking(async ({ outside, rules, qualifier, watch }) => {
    const question = { aggregate: 'order', id, ...(group === undefined ? {} : { group }) };
    return answerSchema.parse(await why(question, outside, { ...rules, qualifier, watch }));
  });
const traceOf = (transaction: string): Promise<Trace> =>
  asking(({ outside, rules }) => trace({ transaction }, outside, rules));
const accepted = ({ facts }: Answer): FactAnswer => facts.find(({ fact }) => fact === ACCEPTED)!;

beforeAll(async () => {
  own = await OwnPipeline.open('why', inject('stack'), layAfter);
  after = await own.config([own.recorded]);
  before = await own.config([own.recorded], { rules: await own.layRules('before', layBefore) });
  await dragomanCommand(['topics', '--sources', '-c', after]);
});

afterAll(async () => {
  await member?.stop();
  await own.close();
});

it('orders are decided, first by rules without the milestone', async () => {
  await own.play(recording.between(0, EARLY));
  await own.runUntil(before, EARLY_EVENTS);
  await own.play(poisoned(recording.between(EARLY, CUT)));
  member = new DragomanProcess({ configFile: after });
  await member.untilRunning();
  const acceptedOnes = async () => (await own.published()).filter(({ value }) => value['eventType'] === ACCEPTED);
  await expect
    .poll(async () => (await acceptedOnes()).map(({ key }) => key), { timeout: 60_000, interval: 500 })
    .toContain(IS.published);
  await expect.poll(async () => (await whyOf(IS.parked)).standing, { timeout: 60_000, interval: 500 }).toBe('parked');
  await expect
    .poll(async () => (await whyOf(IS.published)).behind?.records, { timeout: 60_000, interval: 500 })
    .toBe(0);
});

describe('why an order was not accepted', () => {
  it('the fraud review is pending: the value, and who wrote it', async () => {
    const { why: reason, conditions } = accepted(await whyOf(IS.fraudPending)).misses[0]!;
    expect(reason).toBe('unmet');
    expect(conditions.filter(({ holds }) => holds !== true)).toMatchObject([
      {
        name: 'fraud review is clear',
        reads: [{ column: 'fraud_flg', value: 'open', wrote: { kind: 'entry', origin: { source: 'legacy' } } }],
      },
    ]);
  });

  it('the command line says the same', async () => {
    const argv = ['why', 'order', IS.fraudPending, '--json', '--member', member!.httpUrl, '-c', after];
    const { output } = await dragomanCommand(argv, { timeoutMs: 120_000 });
    const line = output.split('\n').find((each) => each.startsWith('{')) ?? '';
    expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(await whyOf(IS.fraudPending))));
  });

  it('a line is not reserved', async () => {
    const { conditions } = accepted(await whyOf(IS.unreserved)).misses[0]!;
    expect(conditions.find(({ name }) => name === 'stock is reserved for every line')).toMatchObject({
      holds: false,
      reads: [{ table: 'oms.ord_line', column: 'resv_flg', value: false }],
    });
  });

  it('it is parked', async () => {
    expect(await whyOf(IS.parked)).toMatchObject({
      standing: 'parked',
      parked: { code: 'CODE_UNKNOWN', changeSets: 1 },
    });
  });

  it('its publication withholds it', async () => {
    expect(accepted(await whyOf(IS.withheld)).occurrences).toMatchObject([
      { how: 'withheld', events: [], withheld: [{ contract: ACCEPTED, reason: WORDS }] },
    ]);
  });

  it('it is published, and the group has not read it', async () => {
    const group = `${own.namespace}-warehouse`;
    const event = async () => accepted(await whyOf(IS.published, group)).occurrences[0]!.events[0]!;
    const { partition, offset, id } = await event();
    expect((await event()).reader).toEqual({ group, next: null, isRead: false, behind: null });
    const published = await own.published();
    expect(published.some(({ value }) => value['eventId'] === id)).toBe(true);
    const commit = (next: number) =>
      own.admin.setOffsets({
        groupId: group,
        topic: own.contract,
        partitions: [{ partition: partition!, offset: String(next) }],
      });
    await commit(offset!);
    expect((await event()).reader).toEqual({ group, next: offset, isRead: false, behind: 1 });
    await commit(offset! + 1);
    expect((await event()).reader).toEqual({ group, next: offset! + 1, isRead: true, behind: 0 });
  });

  it('the rule was added later', async () => {
    const answer = await whyOf(IS.ruleAdded);
    expect(accepted(answer)).toMatchObject({ occurrences: [], misses: [{ why: 'newer rule' }] });
    expect(answer.rules.last).not.toBe(answer.rules.running);
    expect(answer.rules.running).toBe(answer.rules.asked);
  });

  it('only a snapshot told of it, or nothing', async () => {
    expect(await whyOf(IS.baseline)).toMatchObject({ standing: 'baseline', seen: [], historyEnd: 'begin' });
    expect(await whyOf(IS.unknown)).toMatchObject({ standing: 'unknown', facts: [] });
  });
});

describe('the way back from an event, and from a transaction', () => {
  it('leads to the decision, and to the event', async () => {
    const [{ events, origin }] = accepted(await whyOf(IS.published)).occurrences as [FactAnswer['occurrences'][number]];
    const { id, partition, offset } = events[0]!;
    for (const more of [{}, { key: IS.published }]) {
      const shown = await asking(({ outside, rules }) => showEvent({ id, ...more }, outside, rules));
      expect(shown).toMatchObject({ id, partition, offset, key: IS.published, fact: ACCEPTED, decision: { origin } });
    }
    const traced = await traceOf(origin!.transaction!);
    expect(traced.decisions.find(({ id: order }) => order === IS.published)?.events.map((event) => event.id)).toContain(
      id,
    );
  });
});

describe('a Kafka that cannot be reached', () => {
  it('is named', async () => {
    const config = await own.config([own.recorded], { kafka: { brokers: ['127.0.0.1:1'] } });
    const asked = dragomanCommand(['why', 'order', IS.published, '-c', config], { timeoutMs: 120_000 });
    await expect(asked).rejects.toThrow(/ends with 5:[^]*KAFKA_UNAVAILABLE/);
  });
});

describe('a journal of which a part is gone', () => {
  it('gives the history from there on, and says that there was more', async () => {
    const { seen } = await whyOf(IS.published);
    expect(seen.length).toBeGreaterThan(2);
    const { partition, offset } = seen[1]!.entry;
    const topic = `${own.namespace}.orders.journal`;
    await own.ends(topic); // kafkajs deletes only where it knows the leaders
    await own.admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    const answer = await whyOf(IS.published);
    expect(answer).toMatchObject({ historyEnd: 'deleted', historyMissing: 0 });
    expect(answer.seen).toEqual(seen.slice(0, 2));
    expect(accepted(answer).occurrences).toMatchObject([{ how: 'published' }]);
  });
});

describe('a transaction that is held, and one that is not processed yet', () => {
  it('are named', async () => {
    await own.play(torn(recording.between(CUT, CUT + 1)));
    await expect
      .poll(async () => (await whyOf(IS.fraudPending)).held, { timeout: 60_000, interval: 500 })
      .toMatchObject([{ source: 'legacy', code: 'TRANSACTION_INCOMPLETE' }]);
    const [held] = (await whyOf(IS.fraudPending)).held!;
    const traced = await traceOf(held!.transaction);
    expect(traced).toMatchObject({ decisions: [], held: { code: 'TRANSACTION_INCOMPLETE' } });
    await member?.stop();
    const answer = await whyOf(IS.fraudPending);
    expect(answer.behind?.records).toBeGreaterThan(0);
    expect(answer).toMatchObject({ held: null, heldUnknown: expect.stringContaining('No member') as string });
  });
});

const ORDER = '1';
const [TRANSACTIONS, LINES] = [60, 8];
const ASKED = 100;
/** The goal is a p99 of 200 ms on a machine that has nothing else to do; one that has takes longer now and then. */
const P50_MS_MAX = 1_000;

const rulesWith = (topic: string): string => `
import { aggregate, contract, legacy, many, one, publish, ruleSet, table } from 'dragoman/rules';
import { z } from 'zod';
const hdr = table('oms.hdr', { key: ['id'], columns: { id: legacy.bigint(), sts: legacy.text(), note: legacy.text().nullable() } });
const line = table('oms.line', { key: ['line_id'], columns: { line_id: legacy.bigint(), id: legacy.bigint(), txt: legacy.text() } });
const order = aggregate('order', { header: one(hdr, (row) => row.id), lines: many(line, (row) => row.id) });
const ready = order.milestone('OrderReady', {
  importance: 'critical',
  when: { 'status is READY': ({ header }) => header?.sts === 'READY', 'lines are done': ({ lines }) => lines.every(({ txt }) => txt === 'done') },
  data: () => ({}),
});
const came = order.each('lines').inserted('LineCame', { importance: 'low', data: () => ({}) });
const of = { topic: '${topic}', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x', data: z.object({}), example: {} };
const orderReady = contract('OrderReady', 1, of);
const lineCame = contract('LineCame', 1, of);
export default ruleSet({
  aggregates: [order], facts: [ready, came],
  publications: [publish(ready).as(orderReady, ({ data }) => data), publish(came).as(lineCame, ({ data }) => data)],
});
`;

describe('an order with many changes among many others', () => {
  it('is answered quickly, once connected', async () => {
    const large = await OwnPipeline.open('whyspeed', inject('stack'), (folder, contract) =>
      writeFile(join(folder, 'index.ts'), rulesWith(contract)),
    );
    try {
      const small = new SmallSource();
      for (let i = 0; i < TRANSACTIONS; i += 1) {
        const op = i === 0 ? 'c' : 'u';
        const lines = Array.from(
          { length: LINES },
          (_, n) => ({ ...lineRow(String(10 + n), ORDER, `t${i}`), op }) as const,
        );
        small.transaction({ ...hdrRow(ORDER, `S${i}`), op }, ...lines);
        for (let n = 0; n < 20; n += 1)
          small.transaction(
            hdrRow(String(1_000 + 20 * i + n), 'OPEN'),
            lineRow(String(100_000 + 20 * i + n), String(1_000 + 20 * i + n)),
          );
      }
      const config = await large.config([large.recorded]);
      await dragomanCommand(['topics', '--sources', '-c', config]);
      await large.play(small.records);
      await large.runUntil(config, LINES + 20 * TRANSACTIONS);
      const times: number[] = [];
      await withServers({ config }, async ({ outside, rules, qualifier, watch }) => {
        for (let i = 0; i < ASKED; i += 1) {
          const started = performance.now();
          const answer = await why({ aggregate: 'order', id: ORDER }, outside, { ...rules, qualifier, watch });
          times.push(performance.now() - started);
          expect(answer.moreSeen).toBe(TRANSACTIONS - 20);
          expect(
            answer.facts
              .flatMap(({ occurrences }) => occurrences.flatMap(({ events }) => events))
              .map(({ offset }) => offset),
          ).not.toContain(null);
        }
      });
      times.sort((a, b) => a - b);
      const [p50, p99] = [0.5, 0.99].map((share) => Math.round(times[Math.ceil(share * ASKED) - 1] ?? 0));
      console.log(`why: p50 ${p50} ms, p99 ${p99} ms, first ${Math.round(times.at(-1) ?? 0)} ms at most`);
      expect(p50).toBeLessThan(P50_MS_MAX);
    } finally {
      await large.close();
    }
  });
});
