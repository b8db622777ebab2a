/** What an operator decides about the findings of snapshots. */
import { describe, expect, it } from 'vitest';
import type { Origin, RowChange } from '../../../../src/domain/change-set.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import type { AggregateState } from '../../../../src/domain/state/aggregate-state.js';
import { publish } from '../../../../src/rules/index.js';
import { dismissMissed, publishMissed } from '../../../../src/translate/snapshots/findings.js';
import { translate, type Translated } from '../../../../src/translate/translate.js';
import { changeSet, COMMIT_TIME_MS, rowChange, SETTINGS } from '../examples.js';
import { added, bookLostV1, closed, closedV1, library, lost, PUBLICATIONS } from '../library.js';

const rules = library();
const SNAPSHOT_MS = COMMIT_TIME_MS + 60_000;
const generation = positionOf('80000000');
const snapshot = { source: 'legacy', transactionId: null, position: null, generation, commitTimeMs: SNAPSHOT_MS };
const decision: Origin = { source: 'commands', transactionId: null, position: null, commitTimeMs: SNAPSHOT_MS + 1 };

const head = (status: string, op: RowChange['op']) =>
  rowChange({ table: 'l.loan', key: '4711', op, row: { id: '4711', status, reader: null, pin: null, remarks: null } });
const book = (no: number, isLost: boolean, op: RowChange['op']) =>
  rowChange({ table: 'l.book', key: `4711/${no}`, op, row: { id: '4711', no, lost: isLost, tags: null } });

const first = changeSet({ aggregate: 'loan', changes: [head('open', 'c'), book(1, false, 'c'), book(2, false, 'c')] });
const known = translate(first, null, rules, SETTINGS).state;

/** Loan 4711 was closed, its first book lost and its second removed while nobody read. */
function found(): AggregateState {
  const changes = [head('closed', 'r'), book(1, true, 'r')];
  const told = changeSet({ aggregate: 'loan', kind: 'baseline', changes, origin: snapshot });
  const coverage = { tables: ['l.loan', 'l.book'], streamedTo: positionOf('72073152') };
  const end = changeSet({ aggregate: 'loan', kind: 'snapshot-end', changes: [], origin: snapshot, coverage });
  const state = { ...known, at: { legacy: positionOf('72073152') } };
  return translate(end, translate(told, state, rules, SETTINGS).state, rules, SETTINGS).state;
}

const of = (state: AggregateState) => ({ aggregate: 'loan', id: '4711', state, origin: decision });

function decided(result: ReturnType<typeof publishMissed>): Translated {
  if (result.kind !== 'decided') throw new Error(`it is ${result.kind}`);
  return result;
}

const next = (state: AggregateState, ...changes: RowChange[]): Translated =>
  translate(changeSet({ aggregate: 'loan', changes }), state, rules, SETTINGS);

it('a loan of which a snapshot found something', () => {
  const { missed, vanished } = found().findings!;
  expect(missed.map(({ fact, occurrence }) => `${fact} ${occurrence}`.trim())).toEqual([
    ...['LoanClosed', 'BookRemoved 4711/2', 'BookLost 4711/1'],
  ]);
  expect(vanished).toEqual({ 'l.book': { '4711/2': { id: '4711', no: 2, lost: false, tags: null } } });
});

describe('publishing what was missed', () => {
  const { state, entry, events } = decided(publishMissed(of(found()), rules, SETTINGS));

  it('gives the events that the stream would have given, with the same ids', () => {
    const streamed = next(known, head('closed', 'u'), book(1, true, 'u'));
    expect(events.map(({ id }) => id)).toEqual(streamed.events.map(({ id }) => id));
    expect(events.map(({ type, version }) => `${type} v${version}`)).toEqual([
      ...['LoanClosed v1', 'BookLost v1', 'BookLost v2'],
    ]);
  });

  it('goes on with the numbers of each contract, and dates them by the snapshot unless the contract says otherwise', () => {
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 1, 1]);
    expect(state.sequences).toEqual({ 'LoanClosed.v1': 1, 'BookLost.v1': 1, 'BookLost.v2': 1 });
    const times = events.map(({ occurredAt }) => occurredAt);
    const dated = new Date(SNAPSHOT_MS).toISOString();
    expect(times).toEqual([dated, dated, '2026-01-02T03:04:05Z']);
    expect(events[0]?.value['causationId']).toBe('legacy::80000000');
  });

  it('gives the values of the time when it was found', () => {
    expect(events[0]?.value).toMatchObject({ books: [1], loanId: '4711' });
  });

  it('removes the rows that vanished and leaves nothing open', () => {
    expect(Object.keys(state.rows['l.book'] ?? {})).toEqual(['4711/1']);
    expect(state).not.toHaveProperty('findings');
    expect(entry).toMatchObject({
      outcome: 'missed-published',
      origin: decision,
      rows: [{ table: 'l.book', key: '4711/2', op: 'd', changed: [] }],
    });
    expect(entry.events).toHaveLength(3);
    expect(publishMissed(of(state), rules, SETTINGS)).toEqual({ kind: 'none' });
  });

  it('is remembered: the stream fires none of it again', () => {
    const reopened = next(state, head('open', 'u'), book(1, false, 'u'));
    expect(next(reopened.state, head('closed', 'u'), book(1, true, 'u')).events).toEqual([]);
    expect(state.fired).toMatchObject({ LoanClosed: { '': 1 }, BookLost: { '4711/1': 1 } });
  });

  it('changes nothing when a contract does not allow it', () => {
    const strict = library({ publications: [publish(lost).as(bookLostV1, () => ({ no: 1000 }))] });
    expect(publishMissed(of(found()), strict, SETTINGS)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'CONTRACT_VIOLATED' },
    });
  });

  it('says what is withheld', () => {
    const publications = [
      publish(closed).as(closedV1, (_, { withhold }) => withhold('not now')),
      ...PUBLICATIONS.slice(1),
    ];
    const withheld = decided(publishMissed(of(found()), library({ publications }), SETTINGS));
    expect(withheld.events.map(({ type }) => type)).toEqual(['BookLost', 'BookLost']);
    expect(withheld.entry.verdicts).toContainEqual({
      ...{ fact: 'LoanClosed', verdict: 'withheld', occurrence: '', contract: 'LoanClosed', reason: 'not now' },
    });
  });

  it('is refused when the rules do not know a fact any more', () => {
    const fewer = library({ facts: [added], publications: [] });
    expect(() => publishMissed(of(found()), fewer, SETTINGS)).toThrow(
      expect.objectContaining({ code: 'RULES_INVALID' }),
    );
  });
});

describe('dismissing what was missed', () => {
  it.each([
    ['remove', ['4711/1']],
    ['keep', ['4711/1', '4711/2']],
  ] as const)('publishes nothing, now or later; rows that vanished: %s', (rows, left) => {
    const { state, entry, events } = decided(dismissMissed(of(found()), rows, rules, SETTINGS));
    expect([events, entry.events, entry.outcome]).toEqual([[], [], 'missed-dismissed']);
    expect(Object.keys(state.rows['l.book'] ?? {})).toEqual(left);
    expect(entry.rows.map(({ key, op }) => `${op} ${key}`)).toEqual(rows === 'keep' ? [] : ['d 4711/2']);
    expect(state).not.toHaveProperty('findings');
    const reopened = next(state, head('open', 'u'), book(1, false, 'u'));
    expect(next(reopened.state, head('closed', 'u'), book(1, true, 'u')).events).toEqual([]);
  });

  it('does nothing when nothing is open', () => {
    expect(dismissMissed(of(known), 'remove', rules, SETTINGS)).toEqual({ kind: 'none' });
  });
});

describe('rows that an operator keeps', () => {
  it('are there for rules again, and what held of them is no news', () => {
    const { state } = decided(dismissMissed(of(found()), 'keep', rules, SETTINGS));
    expect(next(state, book(2, false, 'u')).events).toEqual([]);
    expect(next(state, book(2, true, 'u')).events.map(({ type }) => type)).toEqual(['BookLost', 'BookLost']);
  });

  it('were never deleted, so that it can still happen', () => {
    const fired = (state: AggregateState) => next(state, { ...book(2, false, 'd'), row: null }).entry.verdicts;
    const deleted = expect.objectContaining({ fact: 'BookRemoved', verdict: 'fired', occurrence: '4711/2' }) as unknown;
    expect(fired(decided(dismissMissed(of(found()), 'keep', rules, SETTINGS)).state)).toContainEqual(deleted);
    const updated = next(found(), book(2, false, 'u')).state;
    expect(updated.findings?.missed.map(({ fact }) => fact)).toEqual(['LoanClosed', 'BookLost']);
    expect(fired(updated)).toContainEqual(deleted);
  });
});

describe('while a decision is open', () => {
  it('the aggregate goes on, and publishing comes after what it did', () => {
    const reader = { ...head('closed', 'u'), row: { id: '4711', reader: 'Bob' } };
    const went = next(found(), reader, book(3, true, 'c'));
    expect(went.events.map(({ type, sequence }) => `${type} ${sequence}`)).toEqual(['BookLost 1', 'BookLost 1']);
    const { events } = decided(publishMissed(of(went.state), rules, SETTINGS));
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 2]);
  });

  it('it can be made for an aggregate that is parked, whose queue goes on waiting', () => {
    const odd = { ...book(1, true, 'u'), row: null, refusal: { code: 'ROW_INVALID' as const, text: 'odd' } };
    const parked = next(found(), odd);
    expect(parked.entry.outcome).toBe('parked');
    const { state } = decided(publishMissed(of(parked.state), rules, SETTINGS));
    expect(state.parked?.waiting).toHaveLength(1);
  });
});
