/** Giving up a change set (decision 0004): nothing of it is published, and nothing is known afterwards that was not read. */
import { describe, expect, it } from 'vitest';
import type { ChangeSet } from '../../../../src/domain/change-set.js';
import type { Refusal } from '../../../../src/domain/refusal.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { EMPTY_STATE, type AggregateState } from '../../../../src/domain/state/aggregate-state.js';
import { unreadKey } from '../../../../src/domain/state/unread-row.js';
import { NO_LOOKUP_ROWS } from '../../../../src/translate/looking.js';
import { without } from '../../../../src/translate/own.js';
import { discard, type PartlyRead } from '../../../../src/translate/parking/discard.js';
import { translate } from '../../../../src/translate/translate.js';
import { changeSet, rowChange, SETTINGS } from '../examples.js';
import { library, loan, PUBLICATIONS } from '../library.js';

const rules = library();
const reason = 'Given up by ada: no such kind (command 7).';
const refusal: Refusal = { code: 'CODE_UNKNOWN', text: 'l.loan.status has the code "X"' };

const at = (place: number) => ({ ...changeSet({ changes: [] }).origin, position: positionOf(String(place)) });
const setOf = (place: number, changes: ChangeSet['changes'], parts: Partial<ChangeSet> = {}): ChangeSet =>
  changeSet({ aggregate: 'loan', changes, origin: at(place), ...parts });
const head = (row: Readonly<Record<string, string | null>>, op: 'c' | 'u' | 'r' = 'u') =>
  rowChange({
    ...{ table: 'l.loan', key: '4711', op },
    row: { id: '4711', status: 'open', reader: null, pin: null, remarks: null, ...row },
  });
const book = (no: number, isLost: boolean, op: 'c' | 'u' | 'd' = 'c') =>
  rowChange({
    ...{ table: 'l.book', key: `4711/${no}`, op },
    row: op === 'd' ? null : { id: '4711', no, lost: isLost, tags: null },
  });
const read = (change: ChangeSet['changes'][number], unread: PartlyRead['unread'] = []): PartlyRead => ({
  ...change,
  unread,
});

function givenUp(changes: readonly PartlyRead[], before: AggregateState, parts: Partial<ChangeSet> = {}, of = rules) {
  const given = { changeSet: setOf(20, changes, parts), changes, refusal, reason };
  return discard(given, before, of.aggregates.get('loan')!, SETTINGS, NO_LOOKUP_ROWS);
}
const known = translate(setOf(10, [head({}, 'c'), book(1, false)]), null, rules, SETTINGS).state;
const next = (state: AggregateState, changes: ChangeSet['changes'], place = 30) =>
  translate(setOf(place, changes), state, rules, SETTINGS);
const verdictOf = (done: { entry: ReturnType<typeof givenUp>['entry'] }, fact: string) =>
  done.entry.verdicts.filter((verdict) => verdict.fact === fact);

describe('what it would have published', () => {
  const done = givenUp([read(head({ status: 'closed' })), read(book(1, true, 'u'))], known);

  it('is withheld, for every contract, with who gave it up', () => {
    expect(done.events).toEqual([]);
    expect(done.entry).toMatchObject({ outcome: 'discarded', refusal, events: [] });
    expect(verdictOf(done, 'LoanClosed')).toEqual([
      { fact: 'LoanClosed', verdict: 'withheld', occurrence: '', contract: 'LoanClosed', reason },
    ]);
    expect(verdictOf(done, 'BookLost')).toMatchObject([{ reason }, { reason }]);
  });

  it('does not happen a first time later, and takes no number', () => {
    expect(done.state.sequences).toEqual(known.sequences);
    const reopened = next(done.state, [head({}), book(1, false, 'u')]).state;
    const again = next(reopened, [head({ status: 'closed' }), book(1, true, 'u')], 40);
    expect(again.events).toEqual([]);
    expect(verdictOf(again, 'LoanClosed')).toMatchObject([{ verdict: 'already' }]);
    const other = next(again.state, [book(2, false), book(2, true, 'u')], 50);
    const sequences = other.events.map(({ type, version, sequence }) => [`${type}.v${version}`, sequence] as const);
    expect(sequences.map(([contract]) => contract)).toEqual(['BookLost.v1', 'BookLost.v2']);
    for (const [contract, sequence] of sequences) expect(sequence).toBe((known.sequences[contract] ?? 0) + 1);
  });

  it('is withheld for a fact without contract, too', () => {
    expect(verdictOf(givenUp([read(book(2, false))], known), 'BookAdded')).toMatchObject([
      { verdict: 'withheld', contract: '', occurrence: '4711/2', reason },
    ]);
  });

  it('of a rule that throws is not known; the others are asked', () => {
    const throwing = loan.milestone('Broken', {
      importance: 'low',
      when: {
        'it works': () => {
          throw new Error('a mistake');
        },
      },
      data: () => ({}),
    });
    const facts = [throwing, ...PUBLICATIONS.map(({ fact }) => fact)];
    const broken = library({ facts: [...new Set(facts)] });
    const both = givenUp([read(head({ status: 'closed' }))], known, {}, broken);
    expect(verdictOf(both, 'Broken')).toMatchObject([
      {
        verdict: 'withheld',
        reason: expect.stringMatching(/^Whether it happened is not known: .*"it works".*7\)\.$/) as string,
      },
    ]);
    expect(verdictOf(both, 'LoanClosed')).toMatchObject([{ verdict: 'withheld', reason }]);
    expect(both.state.fired).not.toHaveProperty('Broken');
  });
});

describe('a column that could not be read', () => {
  const rest = without(head({ remarks: 'late' }).row!, 'status');
  const done = givenUp([read({ ...head({}), row: rest }, ['status'])], known);

  it('is not known any more; the others are as they came', () => {
    expect(done.state.rows['l.loan']?.['4711']).toEqual(rest);
    expect(verdictOf(done, 'LoanClosed')).toMatchObject([
      { verdict: 'unmet', unknown: ['loan is closed'], unmet: ['nothing is remarked'] },
    ]);
  });

  it('is known again with the next change, which may make facts that were open', () => {
    const closed = next(done.state, [head({ status: 'closed' })]);
    expect(closed.state.rows['l.loan']?.['4711']).toMatchObject({ status: 'closed' });
    expect(closed.events.map(({ type }) => type)).toEqual(['LoanClosed']);
  });

  it('is known when a later change of the same change set brought it', () => {
    const { state } = givenUp([read({ ...head({}), row: rest }, ['status']), read(head({}))], known);
    expect(state.rows['l.loan']?.['4711']).toEqual(head({}).row);
  });
});

describe('a row of which nothing could be read', () => {
  const unread = (change: ChangeSet['changes'][number]) => read({ ...change, row: null, refusal }, 'row');
  const done = givenUp([unread(book(1, false, 'u'))], known);

  it('may be there or not: what needs it is unknown', () => {
    expect(done.state.rows['l.book']).toEqual({ [unreadKey('4711/1')]: {} });
    const after = next(done.state, [head({ remarks: 'x' })]);
    expect(verdictOf(after, 'LoanEmptied')).toMatchObject([{ unknown: ['no book is left'] }]);
    expect(verdictOf(done, 'BookLost')).toMatchObject([
      { verdict: 'withheld', occurrence: '4711/1', reason: expect.stringMatching(/row could not be read/) as string },
      { contract: 'BookLost' },
    ]);
  });

  it.each([
    ['a change', [book(1, false, 'u')], { '4711/1': book(1, false).row }],
    ['a delete', [book(1, false, 'd')], undefined],
  ])('until %s tells of it', (__, changes, rows) => {
    const told = next(done.state, changes);
    expect(told.entry.outcome).toBe('applied');
    const { [unreadKey('4711/1')]: doubt, ...others } = told.state.rows['l.book'] ?? {};
    expect(rows === undefined ? told.state.rows['l.book'] : others).toEqual(rows);
    expect(doubt === undefined).toBe(rows === undefined);
    const after = next(told.state, [head({ remarks: 'x' })], 40);
    expect(verdictOf(after, 'LoanEmptied')).toMatchObject([
      rows === undefined
        ? { verdict: expect.not.stringMatching('unmet') as string }
        : { unmet: ['no book is left'], unknown: [] },
    ]);
  });

  it('closes with the data of the rows that are there once it is known', () => {
    const blocked = next(done.state, [head({ status: 'closed' })]);
    expect(blocked.entry.refusal).toMatchObject({
      code: 'RULE_THREW',
      text: expect.stringMatching(/row 4711\/1 is not known/) as string,
    });
    const told = next(done.state, [book(1, false, 'u'), head({ status: 'closed' })]);
    expect(told.events.map(({ value }) => value.books)).toEqual([[1]]);
  });
});

describe('what a snapshot told', () => {
  const generation = positionOf('15');
  const origin = { ...at(0), transactionId: null, position: null, generation };

  it('is learnt as far as it can be read', () => {
    const { id, ...none } = head({}, 'r').row!;
    const partial = read({ ...head({}, 'r'), row: none }, ['id']);
    const done = givenUp([partial, read(rowChange({ table: 'l.book', key: '4711/9', op: 'r' }), 'row')], EMPTY_STATE, {
      kind: 'baseline',
      origin,
    });
    expect(id).toBe('4711');
    expect(done.state.rows).toEqual({ 'l.loan': { '4711': none }, 'l.book': { [unreadKey('4711/9')]: {} } });
    expect(done.state.fired).toEqual({});
  });

  it.each([
    ['has the row', [book(1, false)], { '4711/1': book(1, false).row }],
    ['does not have it', [book(2, false)], { '4711/2': book(2, false).row }],
  ])('ends the doubt about a row, whether it %s', (_, books, rows) => {
    const doubtful = givenUp([read({ ...book(1, false, 'u'), row: null, refusal }, 'row')], known).state;
    const later = { ...origin, generation: positionOf('25') };
    const shown = [head({}, 'r'), ...books.map((change) => ({ ...change, op: 'r' as const }))];
    const staged = translate(setOf(0, shown, { kind: 'baseline', origin: later }), doubtful, rules, SETTINGS).state;
    const coverage = { tables: ['l.loan', 'l.book'], streamedTo: positionOf('20') };
    const end = { kind: 'snapshot-end' as const, origin: later, coverage };
    const { state, entry } = translate(
      setOf(0, [], end),
      { ...staged, at: { legacy: positionOf('20') } },
      rules,
      SETTINGS,
    );
    expect([entry.outcome, entry.refusal]).toEqual(['settled', null]);
    expect(state.rows['l.book']).toEqual(rows);
    expect(entry.rows.filter(({ op }) => op === 'vanished')).toEqual([]);
    expect(state.findings?.vanished ?? {}).toEqual({});
  });

  it('is settled without asking when a rule throws, and says so for each fact', () => {
    const staged = translate(
      setOf(0, [head({ status: 'closed' }, 'r')], { kind: 'baseline', origin }),
      known,
      rules,
      SETTINGS,
    ).state;
    const end = {
      kind: 'snapshot-end' as const,
      origin,
      coverage: { tables: ['l.loan'], streamedTo: positionOf('10') },
    };
    const throwing = loan.milestone('LoanClosed', {
      importance: 'low',
      when: { 'it works': () => Promise.resolve(true) as unknown as boolean },
      data: () => ({}),
    });
    const done = givenUp([], staged, end, library({ facts: [throwing], publications: [] }));
    expect(done.state.rows['l.loan']?.['4711']).toMatchObject({ status: 'closed' });
    expect(verdictOf(done, 'LoanClosed')).toMatchObject([{ verdict: 'withheld', contract: '' }]);
  });
});
