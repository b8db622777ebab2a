/** What a service never told is published as it would have been: with the context of then, and in the order in which it happened. */
import { beforeAll, describe, expect, it } from 'vitest';
import { positionOf } from '../../../../src/domain/source/position.js';
import { type AggregateState, EMPTY_STATE, type Owed } from '../../../../src/domain/state/aggregate-state.js';
import type { CompiledRules } from '../../../../src/rules/compile.js';
import { translate, type Translated } from '../../../../src/translate/translate.js';
import { retailerRules } from '../../../support/rig.js';
import { changeSet, COMMIT_TIME_MS, SETTINGS } from '../examples.js';

let rules: CompiledRules;
beforeAll(async () => {
  ({ rules } = await retailerRules());
});

const owedAt = (ms: number, position: string, fact: string, values: object, channel = 'CALL'): Owed => ({
  ...{ fact, values, decidedAt: new Date(ms).toISOString(), context: { tenant: 'ACME', market: 'DE', channel } },
  origin: { source: 'legacy', transactionId: '7', position: positionOf(position), commitTimeMs: ms },
});

const released = (number: string, ms: number, position: string): Owed => {
  const values = { releaseNumber: number, warehouseCode: 'W01', releasedAt: '2026-11-21T09:52:40.367981Z' };
  return owedAt(ms, position, 'OrderReleasedToWarehouse', values);
};
const refunded = (number: string, ms: number, position: string): Owed =>
  owedAt(ms, position, 'RefundInitiated', { paymentId: number, amount: '5.50', currency: 'EUR' });

const published = (before: Partial<AggregateState>): Translated => {
  const origin = { source: 'routes', transactionId: null, position: null, commitTimeMs: COMMIT_TIME_MS };
  return translate(changeSet({ kind: 'owed', origin, changes: [] }), { ...EMPTY_STATE, ...before }, rules, SETTINGS);
};

describe('what a service owes', () => {
  it('belongs where it did when it happened, whatever became of its aggregate', () => {
    const owed = { 'OrderReleasedToWarehouse.v1': { '701': released('701', COMMIT_TIME_MS, '1') } };
    const header = { ord_no: '4711', tnt_cd: 'ACME', mkt_cd: 'DE', chnl_cd: 'WEB' };
    for (const rows of [{}, { 'oms.ord_hdr': { '4711': header } }]) {
      const { events, state } = published({ rows, owed });
      expect(events.map(({ value }) => [value['tenant'], value['market'], value['channel']])).toEqual([
        ['ACME', 'DE', 'CALL'],
      ]);
      expect(state.owed).toBeUndefined();
    }
  });

  it('comes in the order in which it happened: by instant, by place in the log, and of one transaction as facts come', () => {
    const owed = {
      'RefundInitiated.v1': {
        '501': refunded('501', COMMIT_TIME_MS, '2'),
        '502': refunded('502', COMMIT_TIME_MS - 1, '1'),
        '503': refunded('503', COMMIT_TIME_MS, '10'),
      },
      'OrderReleasedToWarehouse.v1': {
        '701': released('701', COMMIT_TIME_MS, '2'),
        '702': released('702', COMMIT_TIME_MS, '9'),
      },
    };
    const { events } = published({ owed });
    expect(events.map(({ value }) => value['paymentId'] ?? value['releaseNumber'])).toEqual([
      ...['502', '701', '501', '702', '503'],
    ]);
  });
});
