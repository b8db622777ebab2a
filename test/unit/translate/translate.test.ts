import { describe, expect, it } from 'vitest';
import type { AggregateState } from '../../../src/domain/state/aggregate-state.js';
import type { ChangeSet, RowChange } from '../../../src/domain/change-set.js';
import type { Row } from '../../../src/domain/tables/table.js';
import { positionOf } from '../../../src/domain/source/position.js';
import { translate } from '../../../src/translate/translate.js';
import { changeSet, rowChange, SETTINGS } from './examples.js';
import { added, closed, library, lost, loan } from './library.js';
import { publish } from '../../../src/rules/index.js';
import { closedV1 } from './library.js';

const rules = library();

const head = (row: Row, op: RowChange['op'] = 'u') =>
  rowChange({ table: 'l.loan', key: '4711', op, row: { id: '4711', ...row } });
const whole = { status: 'open', reader: 'Ada', pin: '1234', remarks: null };
const book = (no: number, row: Row | null, op: RowChange['op'] = 'u', parts: Partial<RowChange> = {}) => {
  const columns = row === null ? null : { id: '4711', no, lost: false, tags: null, ...row };
  return rowChange({ table: 'l.book', key: `4711/${no}`, op, row: columns, ...parts });
};
const setOf = (changes: readonly RowChange[], parts: Partial<ChangeSet> = {}) =>
  changeSet({ aggregate: 'loan', changes, ...parts });
const next = (state: AggregateState | null, ...changes: RowChange[]) =>
  translate(setOf(changes), state, rules, SETTINGS);
const baseline = (...changes: RowChange[]) =>
  translate(setOf(changes, { kind: 'baseline' }), null, rules, SETTINGS).state;
const verdicts = (done: ReturnType<typeof next>, fact: string) =>
  done.entry.verdicts.filter((verdict) => verdict.fact === fact);

describe('folding', () => {
  const { state } = next(null, head(whole, 'c'), book(2, {}, 'c'), book(10, {}, 'c'));

  it('keeps stored values where a column did not come', () => {
    const done = next(state, head({ status: 'closed' }));
    expect(done.state.rows['l.loan']?.['4711']).toEqual({ id: '4711', ...whole, status: 'closed' });
    expect(done.entry.rows).toEqual([{ table: 'l.loan', key: '4711', op: 'u', changed: ['status'] }]);
  });

  it('shares what did not change, and leaves the state before alone', () => {
    const text = JSON.stringify(state);
    const done = next(state, head({ status: 'closed' }));
    expect(done.state.rows['l.book']?.['4711/2']).toBe(state.rows['l.book']?.['4711/2']);
    expect(JSON.stringify(state)).toBe(text);
  });

  it('deletes rows, and forgets a table without rows', () => {
    const done = next(state, book(2, null, 'd'), book(10, null, 'moved'));
    expect(Object.keys(done.state.rows)).toEqual(['l.loan']);
  });

  it('takes columns that did not come from the row that was renumbered', () => {
    const renumbered = rowChange({
      table: 'l.book',
      key: '4711/3',
      op: 'c',
      row: { id: '4711', no: 3 },
      from: '4711/2',
    });
    for (const changes of [
      [book(2, null, 'moved'), renumbered],
      [renumbered, book(2, null, 'moved')],
    ]) {
      const rows = next(state, ...changes).state.rows['l.book'];
      expect(Object.keys(rows ?? {}).sort()).toEqual(['4711/10', '4711/3']);
      expect(rows?.['4711/3']).toEqual({ id: '4711', no: 3, lost: false, tags: null });
    }
  });

  it('is not confused by keys that mean something in JavaScript', () => {
    const odd = (key: string, op: RowChange['op']) =>
      rowChange({ table: 'l.book', key, op, row: op === 'd' ? null : { id: '4711', no: 1, lost: false, tags: null } });
    let done = next(null, odd('constructor', 'u'), odd('__proto__', 'c'));
    expect(Object.keys(done.state.rows['l.book'] ?? {})).toEqual(['constructor', '__proto__']);
    done = next(JSON.parse(JSON.stringify(done.state)) as AggregateState, odd('__proto__', 'd'));
    expect(Object.keys(done.state.rows['l.book'] ?? {})).toEqual(['constructor']);
  });
});

describe('a milestone', () => {
  it('fires on the edge, once', () => {
    const opened = next(null, head(whole, 'c'), book(10, {}, 'c'), book(2, {}, 'c'));
    expect(verdicts(opened, 'LoanClosed')).toEqual([
      { fact: 'LoanClosed', verdict: 'unmet', occurrence: '', unmet: ['loan is closed'], unknown: [] },
    ]);
    const done = next(opened.state, head({ status: 'closed' }));
    expect(done.events.map(({ type, value }) => [type, value['books']])).toEqual([['LoanClosed', [2, 10]]]);
    const again = next(next(done.state, head({ status: 'open' })).state, head({ status: 'closed' }));
    expect(again.events).toEqual([]);
    expect(verdicts(again, 'LoanClosed')).toEqual([{ fact: 'LoanClosed', verdict: 'already', occurrence: '' }]);
  });

  it('does not fire for what a baseline set, even when it is lost and reached again', () => {
    const before = baseline(head({ ...whole, status: 'closed' }, 'r'));
    const touched = next(before, head({ reader: 'Bob' }));
    expect(verdicts(touched, 'LoanClosed')).toEqual([{ fact: 'LoanClosed', verdict: 'already', occurrence: '' }]);
    const reopened = next(before, head({ status: 'open' }));
    expect(next(reopened.state, head({ status: 'closed' })).events).toEqual([]);
  });

  it('does not fire for an aggregate for which it held before the rule was there', () => {
    const [old, both] = [library({ facts: [added], publications: [] }), library()];
    const { state } = translate(setOf([head({ ...whole, status: 'closed' }, 'c')]), null, old, SETTINGS);
    expect(translate(setOf([head({ reader: 'Bob' })]), state, both, SETTINGS).events).toEqual([]);
  });

  it('is unknown, not false, while a column that it needs has not come', () => {
    const before = next(
      null,
      rowChange({ table: 'l.loan', key: '4711', op: 'u', row: { id: '4711', status: 'closed' } }),
    );
    expect(verdicts(before, 'LoanClosed')).toEqual([
      { fact: 'LoanClosed', verdict: 'unmet', occurrence: '', unmet: [], unknown: ['nothing is remarked'] },
    ]);
    const told = next(before.state, head({ remarks: null }));
    expect(told.events).toEqual([]);
    expect(verdicts(told, 'LoanClosed')).toMatchObject([{ verdict: 'unmet', unknown: ['whether it held before'] }]);
  });

  it('counts its occurrences when it is repeatable', () => {
    let done = next(null, head(whole, 'c'), book(1, {}, 'c'));
    const seen: unknown[] = [];
    for (const op of ['d', 'c', 'd'] as const) {
      done = next(done.state, book(1, op === 'd' ? null : {}, op));
      seen.push(done.events.filter(({ type }) => type === 'LoanEmptied').map(({ sequence }) => sequence));
    }
    expect(seen).toEqual([[1], [], [2]]);
    expect(done.state.fired['LoanEmptied']).toEqual({ 1: 1, 2: 2 });
  });
});

describe('a row fact', () => {
  it('is asked for touched rows only, in key order', () => {
    const { state } = next(null, head(whole, 'c'), book(10, {}, 'c'), book(9, {}, 'c'), book(2, {}, 'c'));
    const done = next(state, book(10, { lost: true }), book(9, { lost: true }));
    expect(verdicts(done, 'BookLost').map(({ occurrence }) => occurrence)).toEqual(['4711/9', '4711/10']);
    expect(
      done.events.map(({ version, value, sequence }) => [version, value['no'] ?? value['number'], sequence]),
    ).toEqual([
      ...[[1, 9, 1], [2, 9, 1], [1, 10, 2], [2, 10, 2]], // prettier-ignore
    ]);
    expect(done.state.sequences).toEqual({ 'BookLost.v1': 2, 'BookLost.v2': 2 });
  });

  it('fires at most once for a row, whatever happens to it', () => {
    let done = next(null, book(1, { lost: true }, 'c'));
    expect(done.events).toHaveLength(2);
    done = next(done.state, book(1, null, 'd'));
    expect(verdicts(done, 'BookRemoved').map(({ verdict }) => verdict)).toEqual(['fired']);
    done = next(done.state, book(1, { lost: true }, 'c'));
    expect(done.events).toEqual([]);
    expect(verdicts(done, 'BookLost').map(({ verdict }) => verdict)).toEqual(['already']);
  });

  it('compares before and after the transaction, not the steps inside', () => {
    const { state } = next(null, book(1, {}, 'c'));
    expect(next(state, book(1, { lost: true }), book(1, { lost: false })).events).toEqual([]);
    const rewritten = next(state, book(1, null, 'd'), book(1, {}, 'c'));
    expect(verdicts(rewritten, 'BookRemoved')).toEqual([]);
    expect(verdicts(rewritten, 'BookAdded')).toEqual([]);
  });

  it('does not take an update of an unknown row for an insert, nor a move for a delete', () => {
    const done = next(null, book(1, {}));
    expect(verdicts(done, 'BookAdded')).toEqual([]);
    expect(verdicts(next(done.state, book(1, null, 'moved')), 'BookRemoved')).toEqual([]);
  });

  it('says which condition an inserted row did not meet', () => {
    expect(verdicts(next(null, book(1, { lost: true }, 'c')), 'BookAdded')).toEqual([
      { fact: 'BookAdded', verdict: 'unmet', occurrence: '4711/1', unmet: ['book is not lost'], unknown: [] },
    ]);
  });
});

describe('publishing', () => {
  it('publishes one fact under several contracts and keeps the reason of what is withheld', () => {
    const done = next(null, book(13, { lost: true }, 'c'));
    expect(done.events.map(({ type, version }) => [type, version])).toEqual([['BookLost', 2]]);
    expect(
      verdicts(done, 'BookLost').map((verdict) => [verdict.verdict, 'reason' in verdict && verdict.reason]),
    ).toEqual([
      ['fired', false],
      ['withheld', 'nobody asks for it'],
    ]);
    expect(done.state.fired['BookLost']).toEqual({ '4711/13': 1 });
  });

  it('counts the events of each contract and major version by themselves, whatever else its aggregate publishes', () => {
    const steps = [
      [head(whole, 'c'), book(1, { lost: true }, 'c'), book(2, { lost: true }, 'c')],
      [head({ status: 'closed' })],
      [book(13, { lost: true }, 'c')],
      [book(3, { lost: true }, 'c')],
    ];
    let state: AggregateState | null = null;
    const numbers = steps.map((changes) => {
      const done = next(state, ...changes);
      state = done.state;
      for (const { sequence, value, headers } of done.events)
        expect([value['sequence'], Number(headers['ce_ordersequence'])]).toEqual([sequence, sequence]);
      return done.events.map(({ type, version, sequence }) => `${type} v${version} ${sequence}`);
    });
    expect(numbers).toEqual([
      ['BookLost v1 1', 'BookLost v2 1', 'BookLost v1 2', 'BookLost v2 2'],
      ['LoanClosed v1 1'],
      ['BookLost v2 3'], // v1 was withheld
      ['BookLost v1 3', 'BookLost v2 4'],
    ]);
    expect(state).toMatchObject({ sequences: { 'LoanClosed.v1': 1, 'BookLost.v1': 3, 'BookLost.v2': 4 } });
  });

  it('makes a flat value and the headers of a CloudEvents event', () => {
    const [event] = next(null, head({ ...whole, status: 'closed' }, 'c')).events;
    const id = '1f4a1b0b-1111-5111-8111-111111111111';
    expect({ ...event?.value, eventId: id }).toEqual({
      eventId: id,
      eventType: 'LoanClosed',
      schemaVersion: 1,
      occurredAt: '2026-11-21T09:52:35.035Z',
      sequence: 1,
      correlationId: 'legacy-oms:loan:4711',
      causationId: 'legacy:1682:72073152',
      country: 'DE',
      sourceSystem: 'legacy-oms',
      loanId: '4711',
      books: [],
    });
    expect({ ...event?.headers, ce_id: id }).toEqual({
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: 'urn:example:orders:dragoman',
      ce_type: 'com.example.orders.LoanClosed.v1',
      ce_subject: '4711',
      ce_time: '2026-11-21T09:52:35.035Z',
      ce_dataschema: 'urn:dragoman:contract:com.example.orders.LoanClosed.v1',
      ce_correlationid: 'legacy-oms:loan:4711',
      ce_causationid: 'legacy:1682:72073152',
      ce_ordersequence: '000000000001',
      ce_rulesdigest: '0123456789abcdef',
      'content-type': 'application/json',
    });
    expect(event).toMatchObject({ topic: 'library.loans', key: '4711', headers: { ce_id: event?.id } });
  });

  it('takes a business time where the contract has one', () => {
    const events = next(null, book(1, { lost: true }, 'c')).events;
    expect(events.map(({ occurredAt }) => occurredAt)).toEqual(['2026-11-21T09:52:35.035Z', '2026-01-02T03:04:05Z']);
  });

  it('gives the same ids in another history with the same occurrences', () => {
    const ids = (...steps: RowChange[][]) => {
      let state: AggregateState | null = null;
      return steps.flatMap((changes) => {
        const done = next(state, ...changes);
        state = done.state;
        return done.events.map(({ type, version, id }) => `${type} ${version} ${id}`);
      });
    };
    const one = ids([head(whole, 'c'), book(1, { lost: true }, 'c')], [head({ status: 'closed' })]);
    const other = ids([head({ ...whole, status: 'closed' }, 'c')], [book(1, {}, 'c')], [book(1, { lost: true })]);
    expect(one.sort()).toEqual(other.filter((text) => !text.startsWith('LoanEmptied')).sort());
    expect(new Set(one).size).toBe(3);
  });
});

describe('memory', () => {
  it('outlives the rows', () => {
    const { state } = next(null, head({ ...whole, status: 'closed' }, 'c'), book(1, {}, 'c'));
    const gone = next(state, head({}, 'd'), book(1, null, 'd')).state;
    expect(gone).toMatchObject({ rows: {}, sequences: { 'LoanClosed.v1': 1 }, fired: { LoanClosed: { '': 1 } } });
    expect(next(gone, head({ ...whole, status: 'closed' }, 'c')).events.map(({ type }) => type)).toEqual([
      'LoanEmptied',
    ]);
  });

  it('keeps what the pipeline noted in the state', () => {
    const at = { legacy: positionOf('7') };
    const { state } = next(null, book(1, {}, 'c'));
    expect(next({ ...state, at }, book(1, { lost: true })).state.at).toEqual(at);
  });
});

describe('rules', () => {
  it('get frozen input', () => {
    const meddler = loan.milestone('Meddled', {
      importance: 'low',
      when: {
        'rows can be changed': (o) => {
          (o.books as unknown[]).push(1);
          return true;
        },
      },
      data: () => ({}),
    });
    const meddling = library({ facts: [meddler], publications: [] });
    const done = translate(setOf([book(1, { tags: ['a'] }, 'c')]), null, meddling, SETTINGS);
    expect(done.entry.refusal?.code).toBe('RULE_THREW');

    const nested = loan.each('books').inserted('Meddled', {
      importance: 'low',
      data: (_, row) => {
        (row.tags as string[]).push('b');
        return {};
      },
    });
    const deep = library({ facts: [nested], publications: [] });
    expect(translate(setOf([book(1, { tags: ['a'] }, 'c')]), null, deep, SETTINGS).entry.refusal?.code).toBe(
      'RULE_THREW',
    );
  });

  it('are asked in the order of the rule set', () => {
    const reversed = library({
      facts: [lost, added, closed],
      publications: [publish(closed).as(closedV1, ({ data }) => data)],
    });
    const done = translate(setOf([head(whole, 'c'), book(1, {}, 'c')]), null, reversed, SETTINGS);
    expect(done.entry.verdicts.map(({ fact }) => fact)).toEqual(['BookLost', 'BookAdded', 'LoanClosed']);
  });
});
