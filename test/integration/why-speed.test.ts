/**
 * How long an answer takes for an order with 480 row changes in 60 transactions among many others, on real Kafka and Redis, once connected,
 * while the pipeline translates 1,000 row changes per second.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { withServers } from '../../src/cli/why/outside/servers.js';
import { why } from '../../src/why/why.js';
import { dragomanCommand } from '../dragoman/command.js';
import { OwnPipeline } from '../support/servers/own-pipeline.js';
import { hdrRow, lineRow, SmallSource } from '../support/sources/ready-orders.js';

const ORDER = '1';
const [TRANSACTIONS, LINES] = [60, 8];
const ASKED = 100;
/** The load: so many orders with two rows each, so often. */
const [ORDERS_AT_ONCE, EVERY_MS] = [250, 500];
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
      await large.running(config, async () => {
        const isOver = new AbortController();
        const loading = load(large, small, isOver.signal);
        const times = await ask(config).finally(() => isOver.abort());
        const { orders, seconds } = await loading;
        const events = LINES + 20 * TRANSACTIONS + orders;
        await expect
          .poll(async () => (await large.published()).length, { timeout: 60_000, interval: 500 })
          .toBe(events);
        const [p50, p99] = [0.5, 0.99].map((share) => Math.round(times[Math.ceil(share * ASKED) - 1] ?? 0));
        const rate = Math.round((2 * orders) / seconds);
        console.log(`why: p50 ${p50} ms, p99 ${p99} ms of ${ASKED} at ${rate} row changes per second`);
        expect(p50).toBeLessThan(P50_MS_MAX);
      });
    } finally {
      await large.close();
    }
  });
});

/** @returns how long each answer took, ascending. */
async function ask(config: string): Promise<number[]> {
  const times: number[] = [];
  await withServers({ config }, async ({ outside, rules, qualifier, watch }) => {
    for (let i = 0; i < ASKED; i += 1) {
      const started = performance.now();
      const answer = await why({ aggregate: 'order', id: ORDER }, outside, { ...rules, qualifier, watch });
      times.push(performance.now() - started);
      expect(answer.moreSeen).toBe(TRANSACTIONS - 20);
      const events = answer.facts.flatMap(({ occurrences }) => occurrences.flatMap((each) => each.events));
      expect(events.map(({ offset }) => offset)).not.toContain(null);
    }
  });
  return times.sort((a, b) => a - b);
}

/** Until it is over. @returns how many orders it wrote, and how long it took. */
async function load(large: OwnPipeline, small: SmallSource, isOver: AbortSignal) {
  const started = performance.now();
  let [orders, written] = [0, small.records.length];
  for (let dueMs = 0; !isOver.aborted; dueMs += EVERY_MS) {
    await delay(Math.max(0, dueMs - (performance.now() - started)));
    for (let n = 0; n < ORDERS_AT_ONCE; n += 1, orders += 1)
      small.transaction(
        hdrRow(String(1_000_000 + orders), 'OPEN'),
        lineRow(String(2_000_000 + orders), String(1_000_000 + orders)),
      );
    await large.play(small.records.slice(written));
    written = small.records.length;
  }
  return { orders, seconds: (performance.now() - started) / 1_000 };
}
