import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AggregateState } from '../../../../src/domain/state/aggregate-state.js';
import type { ChangeSet, RowChange } from '../../../../src/domain/change-set.js';
import type { Refusal } from '../../../../src/domain/refusal.js';
import type { Row } from '../../../../src/domain/tables/table.js';
import { aggregate, known, many, publish, ruleSet } from '../../../../src/rules/index.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { translate } from '../../../../src/translate/translate.js';
import { unpark } from '../../../../src/translate/parking/unpark.js';
import { changeSet, rowChange, SETTINGS } from '../examples.js';
import { bookLostV1, bookTable, library, loan, lost } from '../library.js';

const rules = library();
const book = (no: number, row: Row, op: RowChange['op'] = 'c', refusal: Refusal | null = null) =>
  rowChange({
    table: 'l.book',
    key: `4711/${no}`,
    op,
    row: { id: '4711', no, lost: false, tags: null, ...row },
    refusal,
  });
const setOf = (changes: readonly RowChange[], parts: Partial<ChangeSet> = {}) =>
  changeSet({ aggregate: 'loan', changes, ...parts });
const unknownCode: Refusal = { code: 'CODE_UNKNOWN', text: 'l.book.kind has the code "X"' };

/** A rule set whose contract has no room for book 100. */
const tooBig = setOf([book(1, { lost: true }), book(100, { lost: true })]);

describe('a change set that cannot be applied', () => {
  const before = translate(setOf([book(7, {})]), null, rules, SETTINGS).state;

  it.each([
    ['a row that was refused', setOf([book(1, { lost: true }), book(2, {}, 'c', unknownCode)]), 'CODE_UNKNOWN'],
    [
      'a changed key',
      setOf([book(1, {})], { refusal: { code: 'AGGREGATE_KEY_CHANGED', text: 'x' } }),
      'AGGREGATE_KEY_CHANGED',
    ],
    ['an event that violates its contract', tooBig, 'CONTRACT_VIOLATED'],
    ['a refused row of a baseline', setOf([book(2, {}, 'r', unknownCode)], { kind: 'baseline' }), 'CODE_UNKNOWN'],
  ])('parks its aggregate whole: %s', (_, changes, code) => {
    const done = translate(changes, before, rules, SETTINGS);
    expect(done.events).toEqual([]);
    expect(done.state).toEqual({
      ...before,
      parked: {
        code,
        text: done.entry.refusal?.text,
        sinceMs: changes.origin.commitTimeMs,
        first: 0,
        waiting: [changes],
      },
    });
    expect(done.entry).toMatchObject({
      outcome: 'parked',
      refusal: { code },
      verdicts: [],
      events: [],
      state: done.state,
    });
  });

  it('says which field violates the contract, never its value', () => {
    const { entry } = translate(tooBig, before, rules, SETTINGS);
    expect(entry.refusal?.text).toBe(
      'BookLost does not fit the contract BookLost v1: no: too_big, expected at most 99.',
    );
  });

  it('parks when a rule throws, or gives something else than true or false', () => {
    const broken = (holds: () => unknown) => {
      const fact = loan.milestone('Broken', {
        importance: 'low',
        when: { 'it works': holds as () => boolean },
        data: () => ({}),
      });
      return translate(setOf([book(1, {})]), null, library({ facts: [fact], publications: [] }), SETTINGS).entry
        .refusal;
    };
    const member = undefined as unknown as { row: string };
    expect(broken(() => member.row)?.text).toContain(
      "threw TypeError: Cannot read properties of undefined (reading 'row')",
    );
    const search = () => 'name' in ('Ada, 1234' as unknown as object);
    expect(broken(search)?.text).toBe(
      'The condition "it works" of Broken threw TypeError. Correct the rule, then parked retry.',
    );
    expect(
      broken(() => {
        throw Object.assign(new Error('Ada, 1234'));
      }),
    ).toEqual({
      // prettier-ignore
      code: 'RULE_THREW',
      text: 'The condition "it works" of Broken threw Error. Correct the rule, then parked retry.',
    });
    expect(broken(() => Promise.resolve(true))?.text).toContain('gave object, not true or false');
  });

  it.each([
    [z.string().regex(/^\d+\.\d{2}$/), '1.00', 'invalid_format, expected /^\\d+\\.\\d{2}$/'],
    [z.iso.date(), '2026-11-21', 'invalid_format, expected date'],
    [z.number(), 1, 'invalid_type, expected number'],
    [z.enum(['a', 'b']), 'a', 'invalid_value, expected a, b'],
    [z.string().min(3), '100', 'too_small, expected at least 3'],
    [z.string().refine((text) => text !== '1', 'Ada'), '2', 'custom'],
  ])('says of a contract what was expected, and not what came: %#', (no, example, words) => {
    const strict = { ...bookLostV1, data: z.object({ no }), example: { no: example } } as unknown as typeof bookLostV1;
    const publications = [publish(lost).as(strict, ({ data }) => ({ no: String(data.no) as never }))];
    const done = translate(setOf([book(1, { lost: true })]), null, library({ publications }), SETTINGS);
    expect(done.entry.refusal?.text).toBe(`BookLost does not fit the contract BookLost v1: no: ${words}.`);
  });

  it('says of what is not known that it may become so', () => {
    const publications = [publish(lost).as(bookLostV1, () => known<{ no: number }>(null, 'its reader'))];
    const done = translate(setOf([book(1, { lost: true })]), null, library({ publications }), SETTINGS);
    expect(done.entry.refusal?.text).toBe(
      'The publication of BookLost as BookLost v1 threw NotKnown: its reader is not known. Let it become known (a snapshot of its ' +
        'table tells rows), or let the rule do without it, then parked retry.',
    );
  });

  it.each([
    ...['yesterday', '2026-02-30T10:00:00Z', '2026-02-28T24:00:00Z', '2026-02-28T10:00:00+01:00'],
    ...['2026-02-28T10:00Z', '2026-02-28'],
  ])('parks when occurredAt is no instant: %s', (instant) => {
    const odd = { ...bookLostV1, occurredAt: () => instant };
    const publications = [publish(lost).as(odd, ({ data }) => data)];
    const done = translate(setOf([book(1, { lost: true })]), null, library({ publications }), SETTINGS);
    expect(done.entry.refusal?.text).toContain('occurredAt of BookLost');
  });
});

describe('behind a parked change set', () => {
  const parked = translate(setOf([book(2, {}, 'c', unknownCode)]), null, rules, SETTINGS).state;

  it('later ones wait, baselines too', () => {
    const baseline = setOf([book(3, {}, 'r')], { kind: 'baseline' });
    const done = translate(baseline, parked, rules, SETTINGS);
    expect(done.entry).toMatchObject({ outcome: 'queued', refusal: { code: 'CODE_UNKNOWN' }, events: [] });
    expect(done.state.parked?.waiting).toEqual([...(parked.parked?.waiting ?? []), baseline]);
    expect(done.state.rows).toEqual({});
  });

  const joinedBy = (books: readonly number[], settings: typeof SETTINGS) =>
    books
      .map((no) => setOf([book(no, {})]))
      .reduce(
        ({ state, behind }, each) => {
          const { state: after, entry } = translate(each, state, rules, settings);
          return { state: after, behind: [...behind, ...(entry.behind === undefined ? [] : [entry.behind])] };
        },
        { state: parked, behind: [] as ChangeSet[] },
      );

  it.each([
    ['number', { countMax: 3, bytesMax: 1_000_000 }],
    [
      'bytes',
      {
        countMax: 100,
        bytesMax: JSON.stringify([...(parked.parked?.waiting ?? []), setOf([book(1, {})]), setOf([book(2, {})])])
          .length,
      },
    ],
  ])('the state has as many as fit in a part, by %s, and counts those behind, whatever their size', (_, parts) => {
    const fit = joinedBy([1, 2], { ...SETTINGS, parts });
    expect(fit.state.parked?.waiting).toHaveLength(3);
    expect([fit.state.parked?.spilled, fit.behind]).toEqual([undefined, []]);
    const more = joinedBy([1, 2, 3, 4], { ...SETTINGS, parts });
    expect(more.state.parked).toEqual({ ...fit.state.parked, spilled: 2 });
    expect(more.behind).toEqual([setOf([book(3, {})]), setOf([book(4, {})])]);
  });
});

describe('unparking', () => {
  const strict = library();
  const waiting = [tooBig, setOf([book(5, { lost: true })]), setOf([book(6, {}, 'r')], { kind: 'baseline' })];
  const parked = waiting.reduce<AggregateState | null>(
    (state, each) => translate(each, state, strict, SETTINGS).state,
    null,
  );

  it('gives what would have come without the failure, in order', () => {
    if (parked === null) throw new TypeError('not parked');
    const lenient = library({
      publications: [publish(lost).as({ ...bookLostV1, data: bookLostV1.data.extend({}) }, () => ({ no: 1 }))],
    });
    const direct = waiting.reduce<AggregateState | null>(
      (state, each) => translate(each, state, lenient, SETTINGS).state,
      null,
    );
    const done = unpark(parked, lenient, SETTINGS);
    expect(done.at(-1)?.state).toEqual(direct);
    expect(done.map(({ entry }) => entry.outcome)).toEqual(['applied', 'applied', 'baseline']);
    expect(done.flatMap(({ events }) => events).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  it('stops at the first that parks again, and keeps the rest waiting', () => {
    if (parked === null) throw new TypeError('not parked');
    const again = unpark(parked, strict, SETTINGS);
    expect(again.map(({ state, entry }) => [state, entry.outcome, entry.state])).toEqual([[parked, 'parked', parked]]);
  });

  it('leaves an aggregate alone that is not parked', () => {
    const { state } = translate(setOf([book(7, {})]), null, rules, SETTINGS);
    expect(unpark(state, rules, SETTINGS)).toEqual([]);
  });

  it('follows the rules of now about changed keys', () => {
    const refused = setOf([book(1, {})], { refusal: { code: 'AGGREGATE_KEY_CHANGED', text: 'x' } });
    const { state } = translate(refused, null, rules, SETTINGS);
    const renewing = aggregate('loan', { books: many(bookTable, (row) => row.id) }, { onKeyChange: 'new' });
    const now = compileRuleSet(ruleSet({ aggregates: [renewing], facts: [], publications: [] }));
    expect(unpark(state, now, SETTINGS).at(-1)?.state.parked).toBeNull();
  });
});
