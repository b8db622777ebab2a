/** Facts of every kind that did not happen: transitions, rows that came, went or became, milestones that happen again. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ReadAnswer } from '../../../src/why/answer.js';
import { answerLines } from '../../../src/why/words.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, contract, many, one, publish, ruleSet } from '../../../src/rules/index.js';
import { asked, factIn } from '../../support/why/asked.js';
import { Rig } from '../../support/rig.js';
import { hdr, hdrRow, line, lineRow, SmallSource, type WrittenRow } from '../../support/sources/ready-orders.js';

const order = aggregate('order', { header: one(hdr, (row) => row.id), lines: many(line, (row) => row.id) });
const reopened = order.transition('Reopened', {
  importance: 'high',
  when: {
    'it was done': (before) => before.header?.sts === 'DONE',
    'it is open': (_, after) => after.header?.sts === 'OPEN',
  },
  data: () => ({}),
});
const came = order.each('lines').inserted('BigLineCame', {
  importance: 'low',
  when: { 'it is big': ({ txt }) => txt === 'big' },
  data: () => ({}),
});
const went = order.each('lines').deleted('BigLineWent', {
  importance: 'low',
  when: { 'it was big': ({ txt }) => txt === 'big' },
  data: () => ({}),
});
const became = order.each('lines').became('LineShipped', {
  importance: 'low',
  when: { 'it is shipped': ({ txt }) => txt === 'shipped', 'it has a number': ({ line_id }) => line_id !== '11' },
  data: () => ({}),
});
const open = order.milestone('Open', {
  importance: 'low',
  repeatable: true,
  when: { 'it is open': ({ header }) => header?.sts === 'OPEN' },
  data: () => ({}),
});
const openV1 = contract('Open', 1, {
  ...{ topic: 'orders.out', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' },
  ...{ data: z.object({}), example: {} },
});
const rules = {
  digest: 'd'.repeat(16),
  rules: compileRuleSet(
    ruleSet({
      aggregates: [order],
      facts: [reopened, came, went, became, open],
      publications: [publish(open).as(openV1, ({ data }) => data)],
    }),
  ),
};

const update = (row: WrittenRow): WrittenRow => ({ ...row, op: 'u' });
const remove = (row: WrittenRow): WrittenRow => ({ ...row, op: 'd' });
const transactionOf = (wrote: ReadAnswer['wrote']): string | null =>
  wrote.kind === 'entry' ? wrote.origin.transaction : wrote.kind;
const answerTo = async (...transactions: readonly (readonly WrittenRow[])[]) => {
  const source = new SmallSource();
  for (const rows of transactions) source.transaction(...rows);
  const rig = new Rig(source.records, { rules });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return asked(rig, { id: '1' });
};

describe('a transition', () => {
  it('has its nearest miss in the transaction in which the most conditions held', async () => {
    const answer = await answerTo(
      [hdrRow('1', 'OPEN')],
      [update(hdrRow('1', 'DONE'))],
      [update(hdrRow('1', 'HELD'))],
      [update(hdrRow('1', 'LATE'))],
    );
    const [nearest, ...others] = factIn(answer, 'Reopened').misses;
    expect(others).toHaveLength(2);
    // In the first it was opened, in the third it had been done: one condition each; then there are those in which none held.
    expect(['701', '703']).toContain(nearest?.origin?.transaction);
    expect(nearest?.conditions.map(({ holds }) => holds).sort()).toEqual([false, true]);
    expect(factIn(answer, 'Reopened').moreMisses).toBe(1);
  });

  it('says who wrote what it was asked about, before and after, and not who wrote it since', async () => {
    const answer = await answerTo(
      [hdrRow('1', 'OPEN')],
      [update(hdrRow('1', 'DONE'))],
      [update(hdrRow('1', 'HELD'))],
      [update(hdrRow('1', 'LATE'))],
    );
    const { misses } = factIn(answer, 'Reopened');
    const told = misses.flatMap(({ origin, conditions }) =>
      conditions.flatMap(({ reads }) =>
        reads.flatMap(({ column, value, isBefore = false, wrote }) =>
          column === null ? [] : [[origin?.transaction, value, isBefore, transactionOf(wrote)]],
        ),
      ),
    );
    expect(told).toEqual([
      ['703', 'HELD', false, '703'],
      ['704', 'HELD', true, '703'],
      ['704', 'LATE', false, '704'],
    ]);
    const words = [...answerLines(answer)].join('\n');
    expect(words).toContain('oms.hdr 1 sts was "HELD" before it, written by legacy:703:');
    expect(words).toContain('oms.hdr 1 sts is "LATE", written by legacy:704:');
  });

  it('that happened is told, internal where nothing publishes it', async () => {
    const answer = await answerTo([hdrRow('1', 'DONE')], [update(hdrRow('1', 'OPEN'))]);
    expect(factIn(answer, 'Reopened').occurrences).toMatchObject([
      { occurrence: '1', how: 'internal', origin: { transaction: '702' }, events: [] },
    ]);
  });
});

describe('a fact of rows that come', () => {
  it('is judged by what the row was when it came, whatever it is now', async () => {
    const answer = await answerTo([hdrRow('1', 'X'), lineRow('11', '1', 'small')], [update(lineRow('11', '1', 'big'))]);
    expect(factIn(answer, 'BigLineCame')).toMatchObject({
      occurrences: [],
      misses: [
        {
          ...{ why: 'unmet', row: '11', origin: { transaction: '701' } },
          conditions: [
            {
              ...{ name: 'it is big', holds: false },
              reads: [{ column: 'txt', value: 'small', wrote: { origin: { transaction: '701' } } }],
            },
          ],
        },
      ],
    });
  });
});

describe('a fact of rows that go', () => {
  it('has no row while none went', async () => {
    const answer = await answerTo([hdrRow('1', 'X'), lineRow('11', '1', 'big')]);
    expect(factIn(answer, 'BigLineWent').misses).toMatchObject([{ why: 'no row' }]);
  });

  it('is judged by what the row was when it went', async () => {
    const answer = await answerTo(
      [hdrRow('1', 'X'), lineRow('11', '1', 'small'), lineRow('12', '1', 'big')],
      [remove(lineRow('11', '1', 'small'))],
      [remove(lineRow('12', '1', 'big'))],
    );
    expect(factIn(answer, 'BigLineWent')).toMatchObject({
      occurrences: [{ occurrence: '12', how: 'internal' }],
      misses: [
        {
          ...{ row: '11', origin: { transaction: '702' } },
          conditions: [
            { holds: false, reads: [{ value: 'small', isBefore: true, wrote: { origin: { transaction: '701' } } }] },
          ],
        },
      ],
    });
  });
});

describe('a fact of rows that become something', () => {
  it('shows the nearest rows first', async () => {
    const answer = await answerTo([
      ...[hdrRow('1', 'X'), lineRow('11', '1', 'new'), lineRow('12', '1', 'new')],
      ...[lineRow('13', '1', 'new'), lineRow('14', '1', 'new'), lineRow('15', '1', 'new')],
    ]);
    const { misses, moreMisses } = factIn(answer, 'LineShipped');
    expect(misses.map(({ row }) => row)).toEqual(['12', '13', '14']);
    expect(moreMisses).toBe(2);
  });
});

describe('a milestone that happens again', () => {
  it('has each occurrence, the newest first, and why it is not so now', async () => {
    const answer = await answerTo(
      [hdrRow('1', 'OPEN')],
      [update(hdrRow('1', 'DONE'))],
      [update(hdrRow('1', 'OPEN'))],
      [update(hdrRow('1', 'DONE'))],
    );
    const { occurrences, misses } = factIn(answer, 'Open');
    expect(occurrences).toMatchObject([
      { occurrence: '2', how: 'published', cameTrue: ['it is open'], events: [{ sequence: 2 }] },
      { occurrence: '1', how: 'published', events: [{ sequence: 1 }] },
    ]);
    expect(misses).toMatchObject([{ why: 'unmet', conditions: [{ reads: [{ value: 'DONE' }] }] }]);
  });

  it('that holds since it last happened has no miss', async () => {
    const answer = await answerTo([hdrRow('1', 'OPEN')]);
    expect(factIn(answer, 'Open')).toMatchObject({ occurrences: [{ occurrence: '1' }], misses: [] });
  });
});
