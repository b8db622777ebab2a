/** "Why did it not happen?" on real Kafka and Redis: orders that fail for ten different reasons, each named by the command line. The rows are recorded ones, in topics of this test. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { withServers } from '../../src/cli/why/outside/servers.js';
import { type Answer, answerSchema, type FactAnswer } from '../../src/why/answer.js';
import { showEvent } from '../../src/why/event.js';
import { trace, type Trace } from '../../src/why/trace.js';
import type { Desk } from '../../src/cli/why/options.js';
import { answerLines } from '../../src/why/words.js';
import { why } from '../../src/why/why.js';
import { dragomanCommand } from '../dragoman/command.js';
import { DragomanProcess } from '../dragoman/process.js';
import { CutRecording } from '../support/recorded/cut.js';
import { isStreamedRow } from '../support/recorded/histories.js';
import { edited, type Envelope, envelopeOf, type RecordedRecord } from '../support/recordings.js';
import { OwnPipeline } from '../support/servers/own-pipeline.js';
import { layRetailerRules } from '../support/servers/retailer-rules.js';

const ACCEPTED = 'OrderAcceptedForFulfillment';
/** Orders of the recording, by what is the matter with them when so much of it was played. */
const [EARLY, CUT] = [20, 40];
/** Of the first part, without those of the milestone. */
const EARLY_EVENTS = 4;
const IS = {
  ...{ fraudPending: '900014', unreserved: '900016', parked: '900017', withheld: '900015' },
  ...{ published: '900010', ruleAdded: '900011', baseline: '900001', unknown: '123', overdue: '900012' },
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
/** The last transaction is committed a day later. */
const aDayLater = (records: readonly RecordedRecord[]): RecordedRecord[] => {
  const isEnd = (record: RecordedRecord): boolean => envelopeOf(record).status === 'END';
  const last = records.filter(isEnd).reduce((newest, end) => (end.offset > newest.offset ? end : newest));
  const later = (end: Envelope & { ts_ms?: number }): void => void (end.ts_ms = (end.ts_ms ?? 0) + DAY_MS);
  return records.map((record) => (record === last ? edited(record, later) : record));
};
const DAY_MS = 24 * 60 * 60 * 1_000;
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

/** A cancelled order is to be refunded in time. */
const refunds = (topic: string): string => `
import { contract, publish } from 'dragoman/rules';
import { z } from 'zod';
import { order } from './aggregates/order.js';
import { orderCancellationAccepted } from './facts/order-cancellation-accepted.js';
export const orderRefunded = order.milestone('OrderRefunded', {
  importance: 'high',
  when: {
    'a refund is done': (o) => o.payments.some(({ pay_typ, pay_sts }) => pay_typ === 'refund' && pay_sts === 'done'),
  },
  data: () => ({}),
  expected: { within: '2 hours', after: orderCancellationAccepted },
});
export const refundOverdue = order.overdue('RefundOverdue', {
  importance: 'high',
  expected: orderRefunded,
  data: (_, { missing }) => ({ missing }),
});
const overdueV1 = contract('RefundOverdue', 1, {
  topic: '${topic}', key: 'orderId', owner: 'payments', meaning: 'A cancelled order was not refunded in time.',
  certainty: 'Sent once.', notSentWhen: 'It was.', data: z.object({ missing: z.array(z.string()) }), example: { missing: [] },
});
export const overdue = publish(refundOverdue).as(overdueV1, ({ data }) => data);
`;

function layWithRefunds(folder: string, contract: string): void {
  void layRetailerRules()(folder, contract);
  writeFileSync(join(folder, 'refunds.ts'), refunds(contract));
  edit(join(folder, 'index.ts'), 'refundInitiated],', 'refundInitiated, orderRefunded, refundOverdue],');
  edit(join(folder, 'index.ts'), '  publications,', '  publications: [...publications, overdue],');
  edit(
    join(folder, 'index.ts'),
    'import { publications }',
    "import { orderRefunded, overdue, refundOverdue } from './refunds.js';\nimport { publications }",
  );
}

/** Without the milestone. */
function layBefore(folder: string, contract: string): void {
  layWithRefunds(folder, contract);
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
  layWithRefunds(folder, contract);
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
/** As the command line prints it. */
const wordsOf = async (id: string, group?: string): Promise<string> =>
  [...answerLines(await whyOf(id, group))].join('\n');
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
  await own.play(aDayLater(poisoned(recording.between(EARLY, CUT))));
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
    const words = `group ${group} has not read it yet: it reads offset ${offset!} next, and has 1 to read up to this one`;
    expect(await wordsOf(IS.published, group)).toContain(words);
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

describe('what is overdue', () => {
  it('is told with its event, with what is missing, and when it was told', async () => {
    const { facts, seen } = await whyOf(IS.overdue);
    const of = (name: string): FactAnswer => facts.find(({ fact }) => fact === name)!;
    const { expected, misses } = of('OrderRefunded');
    expect(expected).toMatchObject({ isOverdue: true, toldAt: expect.any(String) as string });
    expect(misses).toMatchObject([{ why: 'unmet', conditions: [{ name: 'a refund is done', holds: false }] }]);
    expect(of('RefundOverdue').occurrences).toMatchObject([
      { how: 'published', occurrence: expected!.dueAt, events: [{ offset: expect.any(Number) as number }] },
    ]);
    expect(seen[0]).toMatchObject({ outcome: 'overdue', deadlines: [{ became: 'overdue', dueAt: expected!.dueAt }] });
    const [event] = (await own.published()).filter(({ value }) => value['eventType'] === 'RefundOverdue');
    expect(event).toMatchObject({ key: IS.overdue, value: { occurredAt: expected!.dueAt } });
  });

  it('is the same after a kill, and after Redis lost everything', async () => {
    const before = await whyOf(IS.overdue);
    await member?.kill();
    await own.loseRedis();
    member = new DragomanProcess({ configFile: after });
    await member.untilRunning();
    expect(await whyOf(IS.overdue)).toEqual({ ...before, behind: expect.anything() as unknown });
  });
});

describe('in words', () => {
  it.each([
    [IS.fraudPending, /no {3}fraud review is clear\n +oms\.ord_hdr 900014 fraud_flg is "open", written by legacy:/],
    [
      IS.unreserved,
      /no {3}stock is reserved for every line\n +oms\.ord_line 900016\/\d resv_flg is false, written by legacy:/,
    ],
    [IS.parked, /^order 900017: parked since 2\S+: CODE_UNKNOWN: /],
    [IS.withheld, new RegExp(`happened, and was not published\n[^]*withheld from ${ACCEPTED}: ${WORDS}`)],
    [IS.published, /group \S+ has not read it/],
    [IS.baseline, /^order 900001: known from a snapshot alone/],
    [IS.unknown, /^order 123: never heard of in pipeline orders/],
    [IS.overdue, /OrderRefunded \(high\): has not happened\n[^]*overdue: it was expected before 2026-11-21T11:52/],
    [IS.ruleAdded, /the rules of the last decision \(\w+\) did not have it/],
  ])('of order %s is one reason', async (id, words) => {
    expect(await wordsOf(id, `${own.namespace}-nobody`)).toMatch(words);
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
    expect(await wordsOf(IS.fraudPending)).toMatch(/\n {2}held in legacy: transaction \S+, TRANSACTION_INCOMPLETE/);
    const traced = await traceOf(held!.transaction);
    expect(traced).toMatchObject({ decisions: [], held: { code: 'TRANSACTION_INCOMPLETE' } });
    await member?.stop();
    const answer = await whyOf(IS.fraudPending);
    expect(answer.behind?.records).toBeGreaterThan(0);
    expect(answer).toMatchObject({ held: null, heldUnknown: expect.stringContaining('No member') as string });
  });
});
