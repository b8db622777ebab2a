/** A route on its way back: it stands when its service has answered everywhere, and one that does not answer is told once. */
import { expect, it } from 'vitest';
import { ALL } from '../../../../src/domain/ownership/route.js';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import type { Standing } from '../../../../src/pipeline/progress/ownership.js';
import { Returning } from '../../../../src/pipeline/routes/returning.js';

const WAIT_MS = 60_000;
const move = { at: '2026-03-01T10:00:00.000Z', by: 'ops', reason: 'a test', command: 'c' };
const standing: Standing = {
  ...{ contract: 'Ready.v1', selector: ALL, stage: 'service', epoch: 1 },
  returning: { contract: 'Ready.v1', selector: ALL, epoch: 2, from: 'service', to: 'legacy', ...move },
};

function watched() {
  const state = { nowMs: 0, isAnswered: false, all: [standing] as readonly Standing[] };
  const told: string[] = [];
  const observe = (event: PipelineEvent): void => {
    if (event.kind === 'handoverOverdue')
      told.push(`${event.route} ${event.isOverdue ? `overdue ${event.waitedMs}` : 'over'}`);
  };
  const routes = {
    standing: () => state.all,
    topicOf: () => 'orders',
    handedOver: () => {
      state.all = [];
      return { records: [], told: [] };
    },
  };
  const clock = { nowMs: () => state.nowMs };
  const returning = new Returning({ routes, told: { isReturned: () => state.isAnswered }, clock, observe }, WAIT_MS);
  return { state, told, returning };
}

it('stands when its service has answered, and not before', () => {
  const { state, returning, told } = watched();
  expect(returning.handedOver()).toBeNull();
  state.isAnswered = true;
  expect(returning.handedOver()).toEqual({ records: [], told: [] });
  expect(returning.handedOver()).toBeNull();
  expect(told).toEqual([]);
});

it('stands with those that were asked for by the same command, and not before them', () => {
  const sent = { ...standing, contract: 'Sent.v1', returning: { ...standing.returning!, contract: 'Sent.v1' } };
  const other = {
    ...sent,
    contract: 'Billed.v1',
    returning: { ...sent.returning, contract: 'Billed.v1', command: 'd' },
  };
  let all: readonly Standing[] = [standing, sent, other];
  const answered = new Set<string>();
  const routes = {
    standing: () => all,
    topicOf: () => 'orders',
    handedOver: (contract: string) => {
      all = all.filter((route) => route.contract !== contract);
      return { records: [{ topic: contract, key: '', value: '', headers: {} }], told: [] };
    },
  };
  const told = { isReturned: ({ contract }: Standing) => answered.has(contract) };
  const returning = new Returning({ routes, told, clock: { nowMs: () => 0 }, observe: () => undefined }, WAIT_MS);
  answered.add('Ready.v1');
  expect(returning.handedOver()).toBeNull();
  answered.add('Billed.v1').add('Sent.v1');
  expect(returning.handedOver()?.records.map(({ topic }) => topic)).toEqual(['Ready.v1', 'Sent.v1']);
  expect(returning.handedOver()?.records.map(({ topic }) => topic)).toEqual(['Billed.v1']);
});

it('is told once when nobody answers for too long, and once more when that is over', () => {
  const { state, returning, told } = watched();
  for (const nowMs of [0, WAIT_MS - 1, WAIT_MS, 2 * WAIT_MS]) {
    state.nowMs = nowMs;
    returning.handedOver();
  }
  expect(told).toEqual([`Ready.v1 overdue ${WAIT_MS}`]);
  state.isAnswered = true;
  returning.handedOver();
  returning.handedOver();
  expect(told).toEqual([`Ready.v1 overdue ${WAIT_MS}`, 'Ready.v1 over']);
});
