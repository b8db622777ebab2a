/** `why`, `events show` and `trace` as people call them: on a recording, on an exported state, and with what cannot be answered. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StateFileWriter } from '../../../src/cli/state/file.js';
import { answerSchema } from '../../../src/why/answer.js';
import { eventAnswerSchema } from '../../../src/why/event.js';
import { traceSchema } from '../../../src/why/trace.js';
import { decodeMarker } from '../../../src/pipeline/state/marker.js';
import { run } from '../../support/command.js';
import { readRecording } from '../../support/recordings.js';
import { retailerRules, Rig } from '../../support/rig.js';

const RECORDING = ['--recording', 'test/recordings/postgres/01-lifecycle.ndjson', '--rules', 'rules'];
/** Of the first order: its acceptance, and the transaction that it came with. */
const EVENT = '74105196-9519-53e6-b311-3359668f2702';
const TRANSACTION = '1754';

const folder = mkdtempSync(join(tmpdir(), 'dragoman-why-'));
const stateFile = join(folder, 'orders.ndjson');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  const rig = new Rig(readRecording('postgres/01-lifecycle'), { rules: await retailerRules() });
  await rig.live();
  const { cluster, commit, timeMs, state } = decodeMarker((await rig.store.marker()) ?? '');
  const head = {
    cluster,
    namespace: 'dragoman',
    pipeline: 'orders',
    topic: 'x',
    shards: [{ commit, timeMs, state: [...state] }],
  };
  const writer = await StateFileWriter.create(stateFile, head);
  await writer.begin(0);
  for (const [hash, fields] of rig.stored()) await writer.put(hash, fields);
  await writer.end();
});

describe('why', () => {
  it('says in words what happened, by what, and what did not', async () => {
    const { code, out } = await run(['why', 'order', '900020', ...RECORDING, '--max', '1']);
    expect(code).toBe(0);
    const text = out.join('\n');
    expect(text).toMatch(/^order 900020: decided up to legacy:1757:\d+ at 20/);
    expect(text).toMatch(/OrderAcceptedForFulfillment \(critical\): happened\n {2}by legacy:1754:72216608 at /);
    expect(text).toMatch(/came true: shipping address is valid\n/);
    expect(text).toMatch(
      new RegExp(`event OrderAcceptedForFulfillment.v1 #1 ${EVENT} in orders.fulfillment/0 offset \\d+`),
    );
    expect(text).toMatch(/RefundInitiated \(high\) for row 26: has not happened\n +no +payment step is a refund\n/);
    expect(text).toMatch(/oms\.pay_txn 26 pay_typ is "authorisation", written by legacy:1747:\d+ at 20/);
    expect(text).toMatch(/seen, the newest first:\n {2}legacy:1757:72225088 at \S+ applied\n/);
    expect(text).toMatch(/\d more before \(--max\)/);
  });

  it('gives programs an answer of its schema', async () => {
    const { out } = await run([
      'why',
      'order',
      '900020',
      ...RECORDING,
      '--event',
      'OrderReleasedToWarehouse',
      '--json',
    ]);
    const answer = answerSchema.parse(JSON.parse(out.join('')));
    expect(answer.facts.map(({ fact }) => fact)).toEqual(['OrderReleasedToWarehouse']);
    expect(answer.behind).toMatchObject({ records: 0 });
  });

  it('of an order that nobody heard of says so', async () => {
    expect(await run(['why', 'order', '4711', ...RECORDING])).toMatchObject({
      code: 0,
      out: [expect.stringContaining('order 4711: never heard of')],
    });
  });

  it.each([
    [
      ['order', 'x4711'],
      /COMMAND_INVALID: "x4711" is no id of order: ord_no is a whole number, without zeros in front. It is written <ord_no>/,
    ],
    [['order', '0900020'], /COMMAND_INVALID: "0900020" is no id of order: .* without zeros in front/],
    [['ordre', '4711'], /COMMAND_INVALID: The rules have no aggregate "ordre"; did you mean order\?/],
    [['order', '4711', '--event', 'Released'], /COMMAND_INVALID: No fact or event of order is called "Released"/],
  ])('refuses %s', async (argv, words) => {
    const { code, out, err } = await run(['why', ...argv, ...RECORDING]);
    expect([code, out]).toEqual([2, []]);
    expect(err).toMatch(words);
  });

  it('asks an exported state too, which has no journal', async () => {
    const { code, out } = await run(['why', 'order', '900020', '--state', stateFile, '--rules', 'rules', '--json']);
    expect(code).toBe(0);
    const answer = answerSchema.parse(JSON.parse(out.join('')));
    expect(answer).toMatchObject({
      pipeline: 'orders',
      standing: 'live',
      historyEnd: 'none',
      seen: [],
      behind: null,
      held: null,
    });
    const [accepted] = answer.facts;
    expect(accepted?.occurrences).toMatchObject([
      { how: 'published', origin: null, events: [{ id: EVENT, sequence: 1, offset: null }] },
    ]);
    expect(answer.facts.find(({ fact }) => fact === 'RefundInitiated')?.misses[0]).toMatchObject({
      conditions: [{ holds: false, reads: [{ value: 'authorisation', wrote: { kind: 'unknown' } }] }, { holds: true }],
    });
  });

  it('refuses a state file that is damaged, and two places at once', async () => {
    const damaged = join(folder, 'damaged.ndjson');
    writeFileSync(damaged, '{"dragoman":"state","v":3');
    const bad = await run(['why', 'order', '900020', '--state', damaged, '--rules', 'rules']);
    expect(bad).toMatchObject({ code: 6, err: expect.stringContaining('STATE_FILE_INVALID') as string });
    const two = await run(['why', 'order', '900020', '--state', stateFile, ...RECORDING]);
    expect(two).toMatchObject({ code: 2, err: expect.stringContaining('not both') as string });
  });

  it('ends with 5 when Redis or Kafka cannot be reached', async () => {
    const config = join(folder, 'dragoman.yaml');
    writeFileSync(
      config,
      [
        'sourceSystem: legacy',
        `rules: ${process.cwd()}/rules`,
        'pipelines: { orders: { sources: [{ name: legacy }] } }',
        'kafka: { brokers: ["127.0.0.1:1"] }',
        'redis: { url: "redis://127.0.0.1:1" }',
      ].join('\n'),
    );
    const { code, err } = await run(['why', 'order', '900020', '-c', config]);
    expect(code).toBe(5);
    expect(err).toMatch(/REDIS_UNAVAILABLE/);
  });
});

describe('events show', () => {
  it.each([[[]], [['--key', '900020']]])('leads back to rows, place and rules (%s)', async (more) => {
    const { code, out } = await run(['events', 'show', EVENT, ...more, ...RECORDING, '--json']);
    expect(code).toBe(0);
    expect(eventAnswerSchema.parse(JSON.parse(out.join('')))).toMatchObject({
      ...{ id: EVENT, type: 'OrderAcceptedForFulfillment.v1', topic: 'orders.fulfillment', partition: 0, sequence: 1 },
      ...{ aggregate: 'order', key: '900020', fact: 'OrderAcceptedForFulfillment', occurrence: '' },
      cause: 'legacy:1754:72216608',
      value: { orderId: '900020', eventId: EVENT },
      decision: {
        origin: { transaction: TRANSACTION },
        rows: expect.arrayContaining([expect.objectContaining({ is: { addr_ok_flg: 'valid' } })]) as unknown,
      },
    });
  });

  it('says it in words', async () => {
    const { out } = await run(['events', 'show', EVENT, ...RECORDING]);
    expect(out[0]).toBe(`OrderAcceptedForFulfillment.v1 ${EVENT}: #1 of order 900020`);
    expect(out.join('\n')).toMatch(
      /because of legacy:1754:72216608 at 20.*\n {2}decided by the rules [0-9a-f]{16} \(state rules/,
    );
  });

  it.each([
    ['4711', 2, /"4711" is no id of an event/],
    ['00000000-0000-5000-8000-000000000000', 6, /COMMAND_REFUSED: No event .* These are all that there are/],
  ])('of %s is refused', async (id, code, words) => {
    const ended = await run(['events', 'show', id, ...RECORDING]);
    expect(ended.code).toBe(code);
    expect(ended.err).toMatch(words);
  });

  it('of another order is refused', async () => {
    const { code, err } = await run(['events', 'show', EVENT, '--key', '900031', ...RECORDING]);
    expect(code).toBe(6);
    expect(err).toMatch(/No decision about 900031 .* Leave --key out/);
  });
});

describe('trace', () => {
  it.each([TRANSACTION, `legacy:${TRANSACTION}`, 'legacy:1754:72216608'])(
    '%s leads to what became of it',
    async (id) => {
      const { code, out } = await run(['trace', id, ...RECORDING, '--json']);
      expect(code).toBe(0);
      const traced = traceSchema.parse(JSON.parse(out.join('')));
      expect(traced.decisions.length).toBeGreaterThan(0);
      expect(new Set(traced.decisions.map(({ origin }) => origin.transaction))).toEqual(new Set([TRANSACTION]));
      expect(traced.decisions.find(({ id: order }) => order === '900020')).toMatchObject({
        ...{ aggregate: 'order', outcome: 'applied', events: [{ id: EVENT, topic: 'orders.fulfillment' }] },
        facts: expect.arrayContaining([
          expect.objectContaining({ fact: 'OrderAcceptedForFulfillment', verdict: 'fired' }),
        ]) as unknown,
      });
    },
  );

  it('says it in words, and of one that left nothing what was looked at', async () => {
    const { out } = await run(['trace', TRANSACTION, ...RECORDING]);
    expect(out).toContain('order 900020');
    expect(out.join('\n')).toMatch(/OrderAcceptedForFulfillment fired/);
    const none = await run(['trace', '999999', ...RECORDING]);
    expect(none).toMatchObject({ code: 0, out: [] });
    expect(none.err).toMatch(/no decision of 999999 is among \d+ entries .*there are no older ones/);
  });
});
