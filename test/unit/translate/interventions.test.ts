/** Interventions: what they make true has been, and is not published (docs/data-fixes.md). */
import { describe, expect, it } from 'vitest';
import { annotationText } from '../../../src/domain/source/annotation.js';
import type { ChangeSet, RowChange } from '../../../src/domain/change-set.js';
import type { AggregateState } from '../../../src/domain/state/aggregate-state.js';
import type { Row } from '../../../src/domain/tables/table.js';
import { having, intervention } from '../../../src/rules/index.js';
import { park, translate } from '../../../src/translate/translate.js';
import { unpark } from '../../../src/translate/parking/unpark.js';
import { changeSet, COMMIT_TIME_MS, rowChange, SETTINGS } from './examples.js';
import { bookTable, library, loanTable } from './library.js';

const FIX = { prefix: 'fix', content: 'codes' } as const;
const byAnnotation = intervention('codes of March', { annotated: FIX });
const rules = library({ interventions: [byAnnotation] });
const ANNOTATED = { annotations: [annotationText(FIX)] };

const head = (row: Row, op: RowChange['op'] = 'u') =>
  rowChange({ table: 'l.loan', key: '4711', op, row: { id: '4711', ...row } });
const whole = { status: 'open', reader: 'Ada', pin: '1234', remarks: null };
const book = (no: number, row: Row | null, op: RowChange['op'] = 'u') =>
  rowChange({
    ...{ table: 'l.book', key: `4711/${no}`, op },
    row: row === null ? null : { id: '4711', no, lost: false, tags: null, ...row },
  });
const setOf = (changes: readonly RowChange[], parts: Partial<ChangeSet> = {}) =>
  changeSet({ aggregate: 'loan', changes, ...parts });
const done = (state: AggregateState | null, changes: readonly RowChange[], parts: Partial<ChangeSet> = {}) =>
  translate(setOf(changes, parts), state, rules, SETTINGS);
const opened = done(null, [head(whole, 'c'), book(1, {}, 'c')]).state;
const words = (of: ReturnType<typeof done>) => of.entry.verdicts.map(({ fact, verdict }) => `${fact} ${verdict}`);

describe('an intervention', () => {
  const fixed = done(opened, [head({ status: 'closed' }), book(2, { lost: true }, 'c')], ANNOTATED);

  it('moves the state and publishes nothing, and its entry says why', () => {
    expect(fixed.events).toEqual([]);
    expect(fixed.state.rows['l.loan']?.['4711']).toMatchObject({ status: 'closed' });
    expect(fixed.entry).toMatchObject({ outcome: 'learnt', intervention: 'codes of March', refusal: null });
    expect(words(fixed)).toEqual(['LoanClosed learnt', 'LoanEmptied unmet', 'BookAdded unmet', 'BookLost learnt']);
    expect(fixed.state.sequences).toEqual(opened.sequences);
  });

  it('makes true what has been: it does not happen again', () => {
    const reopened = done(fixed.state, [head({ status: 'open' })]);
    const again = done(reopened.state, [head({ status: 'closed' }), book(2, { lost: true })]);
    expect(again.events).toEqual([]);
    expect(words(again)).toContain('LoanClosed already');
    expect(words(again)).toContain('BookLost already');
  });

  it('keeps nothing from happening that it did not make true', () => {
    const next = done(fixed.state, [book(3, { lost: true }, 'c')]);
    expect(next.events.map(({ type, version, sequence }) => [type, version, sequence])).toEqual([
      ['BookLost', 1, 1],
      ['BookLost', 2, 1],
    ]);
  });

  it('uses up no occurrence of a milestone that is repeatable', () => {
    const emptied = done(opened, [book(1, null, 'd')], ANNOTATED);
    expect(words(emptied)).toContain('LoanEmptied learnt');
    const filled = done(emptied.state, [book(5, {}, 'c')]);
    const again = done(filled.state, [book(5, null, 'd')]);
    expect(again.entry.verdicts).toContainEqual(
      expect.objectContaining({ fact: 'LoanEmptied', verdict: 'fired', occurrence: '1' }),
    );
  });

  it('does not ask for what a fact would carry', () => {
    const beyond = done(opened, [book(100, { lost: true }, 'c')], ANNOTATED);
    expect(beyond.entry.outcome).toBe('learnt');
    expect(done(opened, [book(100, { lost: true }, 'c')]).entry.refusal?.code).toBe('CONTRACT_VIOLATED');
  });

  it('is none for a transaction without its annotation, nor for a baseline, and changes no byte of theirs', () => {
    const changes = [head({ status: 'closed' })];
    const plain = library();
    for (const parts of [{}, { kind: 'baseline' as const, ...ANNOTATED }, { annotations: ['["fix"]'] }]) {
      const one = translate(setOf(changes, parts), opened, rules, SETTINGS);
      expect(JSON.stringify(one)).toBe(JSON.stringify(translate(setOf(changes, parts), opened, plain, SETTINGS)));
    }
  });

  it('waits behind what is parked, and is judged by the rules of when it is taken up', () => {
    const refusal = { code: 'RULE_THREW', text: 'It threw.' } as const;
    const parked = park(setOf([book(7, {}, 'c')]), opened, refusal, rules, SETTINGS).state;
    const queued = done(parked, [head({ status: 'closed' })], ANNOTATED);
    expect(queued.entry).toMatchObject({ outcome: 'queued' });
    expect(queued.entry.intervention).toBeUndefined();
    const stored = JSON.parse(JSON.stringify(queued.state)) as AggregateState;
    const taken = unpark(stored, rules, SETTINGS);
    expect(taken.map(({ entry }) => entry.outcome)).toEqual(['applied', 'learnt']);
    expect(unpark(stored, library(), SETTINGS).flatMap(({ events }) => events.map(({ type }) => type))).toEqual([
      'LoanClosed',
    ]);
  });
});

describe('told by rows', () => {
  const byRows = library({
    interventions: [
      intervention('by the librarian', {
        rows: [having(loanTable, { reader: ['LIB', 'BATCH'] }), having(bookTable, { lost: true })],
      }),
    ],
  });
  const outcome = (...changes: RowChange[]) => translate(setOf(changes), opened, byRows, SETTINGS).entry.outcome;

  it.each<[string, readonly RowChange[], string]>([
    ['one that has the value', [head({ reader: 'LIB' })], 'learnt'],
    ['one that has another of the values', [head({ reader: 'BATCH' })], 'learnt'],
    ['one that has none of them', [head({ reader: 'Ada' })], 'applied'],
    ['one that came without the column', [head({ status: 'closed' })], 'applied'],
    ['all that were written, of both tables', [head({ reader: 'LIB' }), book(2, { lost: true }, 'c')], 'learnt'],
    ['one of two', [book(2, { lost: true }, 'c'), book(3, {}, 'c')], 'applied'],
    ['one that was deleted, which does not tell', [head({ reader: 'LIB' }), book(1, null, 'd')], 'applied'],
    ['none', [], 'applied'],
  ])('%s', (_, changes, expected) => expect(outcome(...changes)).toBe(expected));
});

describe('told by time', () => {
  const at = (ms: number): string => new Date(COMMIT_TIME_MS + ms).toISOString();
  const outcome = (from: number, until: number) =>
    translate(
      setOf([head({ status: 'closed' })]),
      opened,
      library({ interventions: [intervention('the night', { within: { from: at(from), until: at(until) } })] }),
      SETTINGS,
    ).entry.outcome;

  it('from the first instant on, and before the second', () => {
    expect(outcome(0, 1)).toBe('learnt');
    expect(outcome(-1, 0)).toBe('applied');
    expect(outcome(1, 2)).toBe('applied');
  });
});

describe('several', () => {
  const within = { from: '2000-01-01T00:00:00Z', until: '2100-01-01T01:00:00+01:00' };

  it('what one says holds together', () => {
    const both = library({ interventions: [intervention('both', { annotated: FIX, within })] });
    expect(translate(setOf([head({ status: 'closed' })]), opened, both, SETTINGS).entry.outcome).toBe('applied');
    expect(translate(setOf([head({ status: 'closed' })], ANNOTATED), opened, both, SETTINGS).entry.outcome).toBe(
      'learnt',
    );
  });

  it('the first counts', () => {
    const two = library({ interventions: [byAnnotation, intervention('the century', { within })] });
    const named = (parts: Partial<ChangeSet>) =>
      translate(setOf([head({ status: 'closed' })], parts), opened, two, SETTINGS).entry.intervention;
    expect([named(ANNOTATED), named({})]).toEqual(['codes of March', 'the century']);
  });
});
