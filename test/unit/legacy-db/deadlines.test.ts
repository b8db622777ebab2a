import { describe, expect, it } from 'vitest';
import { expect as oracle } from '../../../legacy-db/oracle/expected-events.js';
import type { Change, Transaction } from '../../../legacy-db/oracle/history.js';
import { clearOrder, created, deleted, header, line, tx, updated } from './histories.js';

const WITHIN_MS = 100;
const at = (ms: number, ...changes: Change[]): Transaction => ({ ...tx(ms, ...changes), commitTsMs: ms });
const instant = (ms: number): string => new Date(ms).toISOString();

const open = header('1');
const clear = header('1', { fraud_flg: 'N', addr_ok_flg: 'Y' });
const cancelled = header('1', { sts_cd: '90' });
const reserved = line('1', '1', { resv_flg: 'Y' });
const entered = [created('ord_hdr', open), created('ord_line', reserved)];
const later = (ms: number): Transaction => at(ms, created('ord_hdr', header('2')));

const told = (history: readonly Transaction[], baseline = 0): string[] =>
  oracle(history, baseline, { acceptedWithinMs: WITHIN_MS })
    .events.filter(({ orderId }) => orderId === '1')
    .map(({ eventType, occurrence, sequence }) => `${eventType} ${occurrence} #${sequence}`);
const overdueAt = (ms: number, sequence = 1): string => `OrderAcceptanceOverdue ${instant(ms)} #${sequence}`;
const ACCEPTED = 'OrderAcceptedForFulfillment once #1';

describe('an order that is to be accepted in time', () => {
  it('is overdue before the transaction that moves the clock to its instant, once, with what is missing', () => {
    const { events } = oracle([at(10, ...entered), at(110, updated('ord_hdr', open, clear)), later(500)], 0, {
      acceptedWithinMs: WITHIN_MS,
    });
    expect(events).toMatchObject([
      {
        ...{ eventType: 'OrderAcceptanceOverdue', orderId: '1', occurrence: instant(110), sequence: 1, market: 'DE' },
        ...{ occurredAt: 110, dueAt: instant(110), causation: { txid: 210 } },
        fields: { dueAt: instant(110), missing: ['fraud review is clear', 'shipping address is valid'] },
      },
      { eventType: 'OrderAcceptedForFulfillment', sequence: 1, occurredAt: 110 },
    ]);
  });

  it('is not overdue before the clock is there, nor when it came in time, nor when nobody waits', () => {
    expect(told([at(10, ...entered), later(109)])).toEqual([]);
    expect(told([at(10, ...entered), at(109, updated('ord_hdr', open, clear)), later(500)])).toEqual([ACCEPTED]);
    expect(oracle([at(10, ...entered), later(500)]).events).toEqual([]);
  });

  it('counts from the first transaction that told of it, and by a clock that never goes back', () => {
    const touched = at(90, updated('ord_hdr', open, open));
    expect(told([at(10, ...entered), touched, later(110)])).toEqual([overdueAt(110)]);
    expect(told([at(10, ...entered), later(150), at(140, updated('ord_hdr', open, clear))])).toEqual([
      overdueAt(110),
      ACCEPTED,
    ]);
  });

  it('is excused when it is cancelled, and has its full time when it is opened again', () => {
    const history = [at(10, ...entered), at(50, updated('ord_hdr', open, cancelled)), later(200)];
    expect(told([...history, later(900)])).toEqual([]);
    const reopened = at(300, updated('ord_hdr', cancelled, open));
    expect(told([...history, reopened, later(399), later(400)])).toEqual([overdueAt(400)]);
  });

  it('is forgotten with its last row', () => {
    const gone = at(50, deleted('ord_hdr', open), deleted('ord_line', reserved));
    expect(told([at(10, ...entered), gone, later(500)])).toEqual([]);
    const again = [at(600, ...entered), later(700)];
    expect(told([at(10, ...entered), later(110), { ...gone, commitTsMs: 120 }, ...again])).toEqual([
      overdueAt(110),
      overdueAt(700, 2),
    ]);
  });

  it('is awaited from its first streamed transaction when a snapshot told of it, unless it was accepted by then', () => {
    expect(told([at(10, ...entered), later(500)], 1)).toEqual([]);
    expect(told([at(10, ...entered), at(500, updated('ord_hdr', open, open)), later(600)], 1)).toEqual([
      overdueAt(600),
    ]);
    expect(told([at(10, ...clearOrder('1')), at(500, updated('ord_hdr', clear, clear)), later(600)], 1)).toEqual([]);
  });
});
