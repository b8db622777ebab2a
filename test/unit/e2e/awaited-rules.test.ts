/** The rules of the scenario `deadlines`, and its oracle: what is overdue in a recording is the same for both, at every length of waiting. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expect as oracle } from '../../../legacy-db/oracle/expected-events.js';
import { readTruth } from '../../../legacy-db/oracle/truth-file.js';
import { loadRules, type LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { layRules } from '../../e2e/scenarios/lay-rules.js';
import { streamedEnds } from '../../support/pipeline/expected.js';
import { readRecording, truthPath } from '../../support/recordings.js';
import { Rig } from '../../support/rig.js';

const RECORDING = 'postgres/01-lifecycle';
const LATER_MS = Date.parse('2026-11-22T00:00:00Z');

const folder = mkdtempSync(join(tmpdir(), 'dragoman-awaited-'));
afterAll(() => rmSync(folder, { recursive: true }));
let rules: LoadedRules;
beforeAll(async () => {
  rules = await loadRules(await layRules(folder, 'awaited-rules'));
});

/** A recording lasts two seconds. */
function within(withinMs: number): LoadedRules {
  const { aggregates } = rules.rules;
  const order = aggregates.get('order')!;
  const facts = order.facts.map((fact) =>
    fact.expected === null ? fact : { ...fact, expected: { ...fact.expected, withinMs } },
  );
  return { ...rules, rules: { ...rules.rules, aggregates: new Map([...aggregates, ['order', { ...order, facts }]]) } };
}

it('wait a minute for an acceptance', () => {
  const awaited = rules.rules.aggregates.get('order')!.facts.filter(({ expected }) => expected !== null);
  expect(awaited).toMatchObject([{ name: 'OrderAcceptedForFulfillment', expected: { withinMs: 60_000, after: null } }]);
});

it.each([1, 50, 200, 400, 60_000])('tell what is overdue after %i ms as the oracle does', async (acceptedWithinMs) => {
  const rig = new Rig(readRecording(RECORDING), { rules: within(acceptedWithinMs), nowMs: LATER_MS });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  const streamed = streamedEnds(RECORDING);
  const history = readTruth(truthPath(RECORDING));
  const baseline = history.findIndex(({ commitEndLsn }) => streamed.has(String(commitEndLsn)));
  const { events } = oracle(history, baseline, { acceptedWithinMs });
  const orders = [...new Set([...events.map(({ orderId }) => orderId), ...rig.published().map(({ key }) => key)])];
  for (const order of orders) {
    const owed = events.filter(({ orderId }) => orderId === order);
    expect(rig.eventsOf(order)).toMatchObject(
      owed.map(({ eventType, sequence, occurredAt, market, fields }) => ({
        ...{ eventType, sequence, market, occurredAt: new Date(occurredAt ?? 0).toISOString() },
        ...fields,
      })),
    );
  }
  const overdue = events.filter(({ eventType }) => eventType === 'OrderAcceptanceOverdue').length;
  expect(overdue > 0).toBe(acceptedWithinMs < 60_000);
});
