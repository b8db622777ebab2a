/** What one source transaction of many is in the way of: taken with care, and no longer than needed. */
import { describe, expect, it } from 'vitest';
import { Care } from '../../../../src/pipeline/decide/care.js';
import { RuleTooSlow } from '../../../../src/translate/ask.js';
import { newestProgress } from '../../../support/pipeline/progress.js';
import { Rig } from '../../../support/rig.js';
import { hdrRow, readyRules, SmallSource } from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const LIMITS = { transactionsMax: 3, rowsMax: 100, changeSetsMax: 100 };
waitsTakeNoTime();

describe('care', () => {
  it('takes one by one what ends a draft, as many as it may have had', () => {
    const care = new Care();
    expect(care.begin('KAFKA_UNAVAILABLE', LIMITS)).toBe(false);
    expect(care.limits(LIMITS)).toBe(LIMITS);
    expect(care.begin('ROW_UNPLACED', LIMITS)).toBe(true);
    const taken: number[] = [];
    while (care.limits(LIMITS).transactionsMax === 1) {
      expect(care.begin('ROW_UNPLACED', LIMITS)).toBe(false);
      care.take(1);
      taken.push(1);
    }
    expect(taken.length).toBe(4);
    expect(care.isTimedEach).toBe(false);
  });

  it('takes as many as ever where rules took long, until it meets what ends a draft', () => {
    const care = new Care();
    expect(care.begin('RULE_TOO_SLOW', LIMITS)).toBe(true);
    expect(care.limits(LIMITS)).toBe(LIMITS);
    care.take(3);
    expect(care.isTimedEach).toBe(true);
    expect(care.begin('RULE_TOO_SLOW', LIMITS)).toBe(false);
    expect(care.begin('RECORD_TOO_LARGE', LIMITS)).toBe(true);
    expect(care.limits(LIMITS).transactionsMax).toBe(1);
    for (let i = 0; i < 4; i += 1) care.take(1);
    expect(care.isTimedEach).toBe(false);
  });
});

it('a machine that had other things to do while rules ran: told, nobody is parked, and drafts stay as large as they were', async () => {
  const source = new SmallSource();
  for (let id = 1; id <= 100; id += 1) source.transaction(hdrRow(String(id), 'READY'));
  let isBusy = true;
  const watch = <T>(run: () => T): T => {
    if (!isBusy) return run();
    isBusy = false;
    throw new RuleTooSlow(5_000);
  };
  const rig = new Rig(source.records, { rules: readyRules({}), settings: { watch } });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(rig.parked()).toEqual({});
  expect(rig.published().length).toBe(100);
  expect(rig.told.filter(({ kind }) => kind === 'failed')).toMatchObject([{ code: 'RULE_TOO_SLOW' }]);
  expect(newestProgress(rig).commit).toBeLessThan(5);
});
