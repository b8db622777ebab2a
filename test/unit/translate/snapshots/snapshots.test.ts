/** What snapshots mean for one aggregate: silent state, vanished rows, missed facts (invariants L1-L3, A1-A4). */
import { describe, expect, it } from 'vitest';
import type { ChangeSet, RowChange } from '../../../../src/domain/change-set.js';
import { type Position, positionOf } from '../../../../src/domain/source/position.js';
import { type AggregateState, EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import type { Row } from '../../../../src/domain/tables/table.js';
import { needsSettling, snapshotOf } from '../../../../src/translate/snapshots/settle.js';
import { translate, type Translated } from '../../../../src/translate/translate.js';
import { changeSet, COMMIT_TIME_MS, rowChange, SETTINGS } from '../examples.js';
import { library } from '../library.js';

const rules = library();
const at = (number: number): Position => positionOf(String(number));
const head = (row: Row, op: RowChange['op'] = 'u') =>
  rowChange({ table: 'l.loan', key: '4711', op, row: { id: '4711', ...row } });
const book = (no: number, op: RowChange['op'] = 'r', row: Row = {}) =>
  rowChange({
    ...{ table: 'l.book', key: `4711/${no}`, op },
    row: op === 'd' || op === 'moved' ? null : { id: '4711', no, lost: false, tags: null, ...row },
  });
const OPEN = { status: 'open', reader: 'Ada', pin: '1234', remarks: null };
const TABLES = ['l.loan', 'l.book'];

/** What happens to loan 4711; the state goes through JSON at every step. */
class Life {
  state: AggregateState | null = null;
  last: Translated | null = null;
  constructor(readonly source = 'legacy') {}

  #next(parts: Partial<ChangeSet> & Pick<ChangeSet, 'changes' | 'kind'>): this {
    this.last = translate(changeSet({ aggregate: 'loan', ...parts }), this.state, rules, SETTINGS);
    this.state = JSON.parse(JSON.stringify(this.last.state)) as AggregateState;
    return this;
  }

  /** As the pipeline does it: the position is in the state before it is translated. */
  transaction(position: number, ...changes: RowChange[]): this {
    const before = this.state ?? EMPTY_STATE;
    this.state = { ...before, at: { ...before.at, [this.source]: at(position) } };
    return this.#next({ kind: 'transaction', changes, origin: { ...this.#origin(), position: at(position) } });
  }

  snapshot(generation: number, ...changes: RowChange[]): this {
    const rows = changes.map((change) => (change.op === 'moved' ? change : { ...change, op: 'r' as const }));
    return this.#next({ kind: 'baseline', changes: rows, origin: { ...this.#origin(), generation: at(generation) } });
  }

  chunk(...changes: RowChange[]): this {
    return this.#next({ kind: 'baseline', changes, origin: this.#origin() });
  }

  end(generation: number, streamedTo: number | null, tables = TABLES): this {
    return this.#next(this.ending(generation, streamedTo, tables));
  }

  ending(generation: number, streamedTo: number | null, tables = TABLES): ChangeSet {
    const coverage = { tables, streamedTo: streamedTo === null ? null : at(streamedTo) };
    const origin = { ...this.#origin(), generation: at(generation) };
    return changeSet({ aggregate: 'loan', kind: 'snapshot-end', changes: [], origin, coverage });
  }

  needs(generation: number, streamedTo: number | null, tables = TABLES): boolean {
    return this.state !== null && needsSettling(this.state, snapshotOf(this.ending(generation, streamedTo, tables)));
  }

  get missed(): string[] {
    return (this.state?.findings?.missed ?? []).map(({ fact, occurrence }) => `${fact} ${occurrence}`.trim());
  }

  get vanished(): string[] {
    return Object.values(this.state?.findings?.vanished ?? {}).flatMap((rows) => Object.keys(rows));
  }

  /** Rows that rules see. */
  get keys(): string[] {
    return Object.values(this.state?.rows ?? {}).flatMap((rows) => Object.keys(rows));
  }

  #origin() {
    return { source: this.source, transactionId: null, position: null, commitTimeMs: COMMIT_TIME_MS };
  }
}

const ALL = ['4711', '4711/1', '4711/2'];

/** Known from the stream: a loan with two books. */
const streamed = (): Life => new Life().transaction(10, head(OPEN, 'c'), book(1, 'c'), book(2, 'c'));

/** The second book was not in a second snapshot. */
const gone = (): Life => streamed().snapshot(20, head(OPEN), book(1)).end(20, 10);

describe('a first snapshot', () => {
  it('sets state at once and fires nothing', () => {
    const life = new Life().snapshot(5, head({ ...OPEN, status: 'closed' })).snapshot(5, book(1, 'r', { lost: true }));
    expect(life.keys).toEqual(['4711', '4711/1']);
    expect([life.last?.events, life.last?.entry.verdicts, life.last?.entry.outcome]).toEqual([[], [], 'baseline']);
    expect(life.needs(5, null)).toBe(false);
  });

  it('that began again, because it was broken off, says nothing when nothing changed', () => {
    const life = new Life().snapshot(5, head(OPEN)).snapshot(7, head(OPEN)).snapshot(7, book(1), book(2));
    life.end(7, null);
    expect([life.missed, life.vanished, life.keys]).toEqual([[], [], ['4711', '4711/1', '4711/2']]);
  });

  it('that was broken off is nothing to compare with: what is gone by the second is marked, nothing is missed', () => {
    const life = new Life().snapshot(5, head(OPEN), book(1)).snapshot(7, head({ ...OPEN, status: 'closed' }), book(2));
    life.end(7, null);
    expect([life.missed, life.vanished, life.keys]).toEqual([[], ['4711/1'], ['4711', '4711/2']]);
    expect(life.transaction(8, head({ reader: 'Bob' })).last?.events).toEqual([]);
  });

  it('is taken back for a transaction from before it, which is decided on the rows of its time', () => {
    const life = new Life().snapshot(20, book(2, 'r', { lost: true })).transaction(10, head(OPEN, 'c'), book(1, 'c'));
    expect(life.keys).toEqual(['4711', '4711/1']);
    life.snapshot(20, head(OPEN), book(1)).end(20, 10);
    expect(life.missed).toEqual(['BookLost 4711/2']);
    expect(life.keys).toEqual(['4711', '4711/1', '4711/2']);
  });
});

describe('a second snapshot', () => {
  it('of the same rows says nothing and leaves next to nothing in the state', () => {
    const life = streamed();
    const before = JSON.stringify(life.state).length;
    life.snapshot(20, head(OPEN)).snapshot(20, book(1), book(2));
    expect(life.needs(20, 10)).toBe(false);
    expect(JSON.stringify(life.state).length - before).toBeLessThan(120);
    expect(life.transaction(30, head({ reader: 'Bob' })).state).not.toHaveProperty('snapshots');
  });

  it('shows facts that nobody read: recorded with their values, not published, and never fired again', () => {
    const life = streamed().snapshot(20, head({ ...OPEN, status: 'closed' }), book(1), book(2, 'r', { lost: true }));
    expect([life.last?.events, life.state?.rows['l.loan']?.['4711']?.['status']]).toEqual([[], 'open']);
    expect(life.needs(20, 10)).toBe(true);
    life.end(20, 10);
    expect(life.last?.events).toEqual([]);
    expect(life.last?.entry).toMatchObject({ outcome: 'settled', rows: [] });
    expect(life.last?.entry.verdicts).toContainEqual({
      ...{ fact: 'LoanClosed', verdict: 'missed', occurrence: '', values: { books: [1, 2] } },
    });
    expect(life.missed).toEqual(['LoanClosed', 'BookLost 4711/2']);
    expect(life.needs(20, 10)).toBe(false);
    life.transaction(30, head({ status: 'open' })).transaction(31, head({ status: 'closed' }));
    expect(life.last?.events).toEqual([]);
    expect(life.last?.entry.verdicts).toContainEqual({ fact: 'LoanClosed', verdict: 'already', occurrence: '' });
  });

  it('takes rows that it does not have away from rules, keeps them aside, and says the facts of their going', () => {
    const life = streamed().snapshot(20, head(OPEN), book(1)).end(20, 10);
    expect([life.vanished, life.missed]).toEqual([['4711/2'], ['BookRemoved 4711/2']]);
    expect(life.keys).toEqual(['4711', '4711/1']);
    expect(life.state?.findings?.vanished['l.book']?.['4711/2']).toMatchObject({ no: 2, lost: false });
    expect(life.last?.entry.rows).toEqual([{ table: 'l.book', key: '4711/2', op: 'vanished', changed: [] }]);
  });

  it('finds an aggregate of which it has no row at all', () => {
    const life = streamed();
    expect(life.needs(20, 10)).toBe(true);
    life.end(20, 10);
    expect(life.vanished).toEqual(['4711', '4711/1', '4711/2']);
    expect(life.needs(20, 10)).toBe(false);
  });

  it('says nothing of tables of which it had no row', () => {
    const life = streamed().snapshot(20, head(OPEN));
    expect(life.needs(20, 10, ['l.loan'])).toBe(false);
    expect(life.end(20, 10, ['l.loan']).vanished).toEqual([]);
  });

  it('says nothing of an aggregate that streamed on, or that another source told of', () => {
    expect(streamed().transaction(30, book(1, 'u')).needs(20, 10)).toBe(false);
    const other = new Life('branch').transaction(10, head(OPEN, 'c'));
    const life = Object.assign(new Life(), { state: other.state });
    expect(life.needs(20, 10)).toBe(false);
    life.snapshot(20, book(1)).end(20, 10);
    expect([life.vanished, life.missed, life.keys]).toEqual([[], [], ['4711', '4711/1']]);
  });

  it('compares with a first one that is complete, though the aggregate never streamed', () => {
    const life = new Life().snapshot(5, head(OPEN), book(1)).snapshot(20, head({ ...OPEN, status: 'closed' }));
    life.end(20, 10);
    expect([life.missed, life.vanished]).toEqual([['LoanClosed', 'LoanEmptied 1', 'BookRemoved 4711/1'], ['4711/1']]);
  });

  it('does not take a column that was not known for a change', () => {
    const life = new Life().transaction(
      10,
      rowChange({ table: 'l.loan', key: '4711', op: 'u', row: { id: '4711', status: 'closed' } }),
    );
    life.snapshot(20, head({ ...OPEN, status: 'closed' })).end(20, 10);
    expect(life.missed).toEqual([]);
    expect(life.state?.rows['l.loan']?.['4711']).toMatchObject({ remarks: null });
  });

  it('leaves the rows of its time to a transaction from before it', () => {
    const life = streamed()
      .snapshot(20, book(2, 'r', { lost: true }))
      .transaction(15, head({ status: 'closed' }));
    expect(life.last?.events.map(({ type }) => type)).toEqual(['LoanClosed']);
    life.snapshot(20, head({ ...OPEN, status: 'closed' }), book(1)).end(20, 15);
    expect([life.missed, life.vanished]).toEqual([['BookLost 4711/2'], []]);
  });

  it('is settled before a transaction after it is decided, should its end come late', () => {
    const life = streamed().snapshot(20, head({ ...OPEN, status: 'closed' }), book(1), book(2));
    life.transaction(30, head({ reader: 'Bob' }));
    expect([life.missed, life.last?.events]).toEqual([['LoanClosed'], []]);
    expect(life.needs(20, 30)).toBe(false);
  });

  it('of rows that moved to another aggregate takes them away without calling them deleted', () => {
    const life = streamed().snapshot(20, head(OPEN), book(1), book(2, 'moved')).end(20, 10);
    expect([life.keys, life.vanished, life.missed]).toEqual([['4711', '4711/1'], [], []]);
  });

  it('says again only what is new when it is followed by a third', () => {
    const life = streamed().snapshot(20, head(OPEN), book(1)).end(20, 10);
    life.snapshot(30, head(OPEN), book(1));
    expect(life.needs(30, 25)).toBe(false);
    life.snapshot(40, head({ ...OPEN, status: 'closed' })).end(40, 35);
    expect(life.vanished).toEqual(['4711/2', '4711/1']);
    expect(life.missed).toEqual(['BookRemoved 4711/2', 'LoanClosed', 'LoanEmptied 1', 'BookRemoved 4711/1']);
  });

  it('unmarks a row that is there again', () => {
    const again = gone().snapshot(40, head(OPEN), book(1), book(2));
    expect(again.needs(40, 35)).toBe(true);
    expect([again.end(40, 35).vanished, again.keys, again.missed]).toEqual([[], ALL, ['BookRemoved 4711/2']]);
    const inserted = gone().transaction(30, book(2, 'c'));
    expect([inserted.vanished, inserted.keys, inserted.last?.events]).toEqual([[], ALL, []]);
    const deleted = gone().transaction(30, book(2, 'd'));
    expect([deleted.vanished, deleted.keys]).toEqual([[], ['4711', '4711/1']]);
    expect(deleted.last?.entry.verdicts).not.toContainEqual(expect.objectContaining({ verdict: 'fired' }));
  });

  it('has an update bring a row back with the columns that it does not tell', () => {
    const life = gone().transaction(30, {
      ...book(2, 'u'),
      row: { id: '4711', no: 2, lost: true },
    });
    expect([life.vanished, life.keys]).toEqual([[], ALL]);
    expect(life.state?.rows['l.book']?.['4711/2']).toEqual({ id: '4711', no: 2, lost: true, tags: null });
    expect(life.last?.events.map(({ type }) => type)).toEqual(['BookLost', 'BookLost']);
    expect(life.last?.entry.rows).toMatchObject([{ op: 'u', changed: ['lost'] }]);
  });

  it('remembers what held of a row that it does not have', () => {
    const known = () => new Life().snapshot(5, head(OPEN), book(1), book(2, 'r', { lost: true })).transaction(10);
    const life = known().snapshot(20, head(OPEN), book(1)).end(20, 10);
    expect(life.transaction(30, book(2, 'c', { lost: true })).last?.events).toEqual([]);
  });

  it('hides a row from the transactions after it, and from what they cause', () => {
    const life = gone().transaction(30, head({ status: 'closed' }));
    expect(life.last?.events.map(({ value }) => value['books'])).toEqual([[1]]);
    expect([life.vanished, life.keys]).toEqual([['4711/2'], ['4711', '4711/1']]);
  });

  it('compares the next one with an aggregate of which nothing is left to see', () => {
    const life = streamed().end(20, 10);
    expect(life.keys).toEqual([]);
    life.snapshot(40, head({ ...OPEN, status: 'closed' }), book(1), book(2)).end(40, 35);
    expect([life.vanished, life.keys]).toEqual([[], ALL]);
    expect(life.missed).toContain('LoanClosed');
  });

  it('that shows a row which an older one did not have brings it back, though both are settled late', () => {
    const life = streamed()
      .snapshot(20, head({ ...OPEN, reader: 'Bob' }), book(1))
      .snapshot(30, head(OPEN), book(1), book(2));
    life.end(20, 10);
    expect([life.vanished, life.state?.rows['l.loan']?.['4711']?.['reader']]).toEqual([['4711/2'], 'Bob']);
    life.end(30, 10);
    expect([life.vanished, life.keys]).toEqual([[], ALL]);
    expect(life.state?.rows['l.loan']?.['4711']?.['reader']).toBe('Ada');
  });

  it('waits in the queue of a parked aggregate, and is settled once', () => {
    const life = streamed().transaction(12, {
      ...book(1, 'u'),
      row: null,
      refusal: { code: 'ROW_INVALID', text: 'no' },
    });
    expect(life.needs(20, 12)).toBe(true);
    life.end(20, 12);
    expect(life.last?.entry.outcome).toBe('queued');
    expect(life.needs(20, 12)).toBe(false);
  });
});

describe('a state from before snapshots were marked', () => {
  it('counts as known to the source', () => {
    const life = new Life();
    life.state = {
      rows: { 'l.loan': { 4711: { id: '4711', ...OPEN } } },
      fired: {},
      sequences: {},
      parked: null,
      at: {},
    };
    life.snapshot(20, head({ ...OPEN, status: 'closed' })).end(20, 10);
    expect(life.missed).toContain('LoanClosed');
  });
});

describe('an incremental snapshot', () => {
  it('means nothing where rows are as they are known', () => {
    const life = streamed();
    const before = life.state;
    expect(life.chunk(head(OPEN, 'r'), book(1)).state).toEqual(before);
  });

  it('shows at once a change that nobody read', () => {
    const life = streamed().chunk(head({ ...OPEN, status: 'closed' }, 'r'), book(1));
    expect([life.missed, life.last?.events]).toEqual([['LoanClosed'], []]);
    expect(life.state?.rows['l.loan']?.['4711']).toMatchObject({ status: 'closed' });
  });

  it('shows at once that a row is there which had vanished', () => {
    const life = gone().chunk(book(2, 'r', { lost: true }));
    expect([life.vanished, life.keys, life.missed]).toEqual([[], ALL, ['BookRemoved 4711/2', 'BookLost 4711/2']]);
  });

  it('of a row that a full snapshot told of goes with that, so that what held before it is judged on the rows of then', () => {
    const life = new Life().transaction(10, head(OPEN, 'c'));
    life.snapshot(20, head({ ...OPEN, status: 'closed' }), book(1)).chunk(book(1, 'r', { lost: true }));
    expect([life.keys, life.missed]).toEqual([['4711'], []]);
    life.end(20, 10);
    expect([life.keys, life.missed]).toEqual([
      ['4711', '4711/1'],
      ['LoanClosed', 'BookLost 4711/1'],
    ]);
  });

  it('is silent about rows that were not known, also beside one that differs', () => {
    const life = streamed().chunk(head({ ...OPEN, reader: 'Bob' }, 'r'), book(3, 'r', { lost: true }));
    expect([life.missed, life.keys]).toEqual([[], ['4711', '4711/1', '4711/2', '4711/3']]);
  });
});
