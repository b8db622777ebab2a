/** When one aggregate is retired, when it is not, and what brings it back (invariants E1 to E5). */
import { describe, expect, it } from 'vitest';
import type { ChangeSet, RowChange } from '../../../src/domain/change-set.js';
import { type Position, positionOf } from '../../../src/domain/source/position.js';
import { type AggregateState, EMPTY_STATE } from '../../../src/domain/state/aggregate-state.js';
import { ColumnLists } from '../../../src/pipeline/state/column-lists.js';
import { stubOf, stubText } from '../../../src/pipeline/state/column-lists.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, legacy, many, one, ruleSet, table } from '../../../src/rules/index.js';
import { unpark } from '../../../src/translate/parking/unpark.js';
import { RETIRE } from '../../../src/translate/timers/named.js';
import { needsSettling, snapshotOf } from '../../../src/translate/snapshots/settle.js';
import { translate, type Translated } from '../../../src/translate/translate.js';
import { changeSet, COMMIT_TIME_MS, rowChange, SETTINGS } from './examples.js';

const DAY = 24 * 60 * 60 * 1_000;
const header = table('r.header', { key: ['id'], columns: { id: legacy.bigint(), sts: legacy.text() } });
const line = table('r.line', { key: ['id', 'n'], columns: { id: legacy.bigint(), n: legacy.integer() } });
const order = aggregate(
  'order',
  { header: one(header, (row) => row.id), lines: many(line, (row) => row.id) },
  {
    retire: { when: { 'it is done': (o) => o.header?.sts === 'DONE' }, after: '90 days' },
  },
);
const placed = order.milestone('OrderPlaced', {
  importance: 'normal',
  when: { 'it is there': (o) => o.header !== undefined },
  data: () => ({}),
});
const added = order.each('lines').inserted('LineAdded', { importance: 'low', data: () => ({}) });
const rules = compileRuleSet(ruleSet({ aggregates: [order], facts: [placed, added], publications: [] }));

const head = (sts: string, op: RowChange['op'] = 'u'): RowChange =>
  rowChange({ table: 'r.header', key: '1', op, row: op === 'd' ? null : { id: '1', sts } });
const item = (n: number, op: RowChange['op'] = 'c'): RowChange =>
  rowChange({ table: 'r.line', key: `1/${n}`, op, row: op === 'd' ? null : { id: '1', n } });
const at = (number: number): Position => positionOf(String(number));
const TABLES = ['r.header', 'r.line'];

/** What happens to order 1; time goes by in days. */
class Life {
  state: AggregateState | null = null;
  last: Translated | null = null;
  day = 0;

  #next(parts: Partial<ChangeSet> & Pick<ChangeSet, 'changes' | 'kind'>): this {
    this.last = translate(changeSet({ aggregate: 'order', id: '1', ...parts }), this.state, rules, SETTINGS);
    this.state = JSON.parse(JSON.stringify(this.last.state)) as AggregateState;
    return this;
  }

  transaction(position: number, ...changes: RowChange[]): this {
    const before = this.state ?? EMPTY_STATE;
    this.state = { ...before, at: { ...before.at, legacy: at(position) } };
    return this.#next({ kind: 'transaction', changes, origin: { ...this.#origin(), position: at(position) } });
  }

  /** A row that cannot be understood. */
  spoiled(position: number): this {
    return this.transaction(position, { ...head('?'), row: null, refusal: { code: 'CODE_UNKNOWN', text: 'unknown' } });
  }

  snapshot(generation: number, ...changes: RowChange[]): this {
    const rows = changes.map((change) => ({ ...change, op: 'r' as const }));
    return this.#next({ kind: 'baseline', changes: rows, origin: { ...this.#origin(), generation: at(generation) } });
  }

  chunk(...changes: RowChange[]): this {
    const rows = changes.map((change) => ({ ...change, op: 'r' as const }));
    return this.#next({ kind: 'baseline', changes: rows, origin: this.#origin() });
  }

  /** Like the sweep: only what needs it. */
  end(generation: number, streamedTo: number): this {
    const ending = {
      kind: 'snapshot-end' as const,
      changes: [],
      origin: { ...this.#origin(), generation: at(generation) },
      coverage: { tables: TABLES, streamedTo: at(streamedTo) },
    };
    const due = changeSet({ aggregate: 'order', id: '1', ...ending });
    const isStored = this.state !== null && this.state.isStub !== true;
    return isStored && needsSettling(this.state!, snapshotOf(due)) ? this.#next(ending) : this;
  }

  after(days: number): this {
    this.day += days;
    return this;
  }

  /** Its timer, if one is due. */
  ring(): this {
    const dueMs = this.state?.timers?.[RETIRE];
    if (dueMs === undefined || dueMs > COMMIT_TIME_MS + this.day * DAY) return this;
    const origin = { source: 'timers', transactionId: null, position: null, commitTimeMs: dueMs };
    return this.#next({ kind: 'timer', timer: { name: RETIRE, dueMs }, changes: [], origin });
  }

  get dueDay(): number | null {
    const dueMs = this.state?.timers?.[RETIRE];
    return dueMs === undefined ? null : (dueMs - COMMIT_TIME_MS) / DAY;
  }

  #origin() {
    return {
      ...{ source: 'legacy', transactionId: null, position: null },
      commitTimeMs: COMMIT_TIME_MS + this.day * DAY,
    };
  }
}

const done = (): Life => new Life().transaction(10, head('OPEN', 'c'), item(1)).transaction(11, head('DONE'));
const retired = (): Life => done().after(90).ring();

describe('E1: the time', () => {
  it('counts from the last change, while it is finished', () => {
    const life = done();
    expect(life.dueDay).toBe(90);
    expect(life.after(30).transaction(12, item(2)).dueDay).toBe(120);
    expect(life.after(10).transaction(13, head('DONE')).dueDay).toBe(120);
    expect(life.transaction(14, head('OPEN')).dueDay).toBeNull();
  });

  it('is not moved by a snapshot that shows nothing new, and begins with one that shows it for the first time', () => {
    const life = done().after(30).snapshot(20, head('DONE'), item(1)).end(20, 11);
    expect(life.dueDay).toBe(90);
    expect(new Life().after(30).snapshot(20, head('DONE')).dueDay).toBe(120);
  });
});

describe('an aggregate whose time is over', () => {
  it('loses its rows; what fired, its counts and its position stay', () => {
    const { state, last } = retired();
    expect(last?.entry).toMatchObject({ outcome: 'retired', events: [], verdicts: [] });
    expect(last?.entry.rows.map(({ table: name, key, op }) => `${op} ${name} ${key}`)).toEqual([
      'retired r.header 1',
      'retired r.line 1/1',
    ]);
    expect(state).toEqual({
      ...{ rows: {}, parked: null, isStub: true, sequences: {}, at: { legacy: at(11) } },
      fired: { OrderPlaced: { '': 0 }, LineAdded: { '1/1': 0 } },
    });
  });

  it('E2: with findings is not retired, and looked at again', () => {
    const life = done().snapshot(20, head('DONE')).end(20, 11).after(90).ring();
    expect(life.state?.findings).toBeDefined();
    expect([life.last?.entry.outcome, life.dueDay]).toEqual(['timer', 180]);
  });

  it('E2: with rows of a snapshot that is not compared yet is not retired', () => {
    const life = done().snapshot(20, head('DONE')).after(90).ring();
    expect([life.last?.entry.outcome, life.state?.isStub, life.dueDay]).toEqual(['timer', undefined, 180]);
  });

  it('E2: of which a snapshot told whole is retired, and later rows of that snapshot are over', () => {
    const { state } = done().snapshot(20, head('DONE'), item(1)).end(20, 11).after(90).ring();
    expect(state).toMatchObject({ isStub: true, snapshots: { legacy: { settled: at(20) } } });
  });

  it('E2: that is parked waits in its queue, and is retired only if it was not changed before', () => {
    const parked = done().spoiled(12).after(90).ring();
    expect(parked.last?.entry.outcome).toBe('queued');
    expect([parked.state?.parked?.waiting.length, parked.dueDay]).toEqual([2, null]);
    const left = {
      ...parked.state!,
      parked: { ...parked.state!.parked!, waiting: parked.state!.parked!.waiting.slice(1) },
    };
    expect(unpark(left, rules, SETTINGS).at(-1)?.state.isStub).toBe(true);
    const changed = changeSet({
      ...{ aggregate: 'order', id: '1', changes: [item(2)] },
      origin: { source: 'legacy', transactionId: '9', position: at(12), commitTimeMs: COMMIT_TIME_MS + DAY },
    });
    const later = { ...left, parked: { ...left.parked, waiting: [changed, ...left.parked.waiting] } };
    const steps = unpark(later, rules, SETTINGS);
    expect(steps.map(({ entry }) => entry.outcome)).toEqual(['applied', 'timer']);
    expect(steps.at(-1)?.state.timers).toEqual({ [RETIRE]: COMMIT_TIME_MS + 91 * DAY });
  });

  it('is not retired when the rules do not say so any more', () => {
    const life = done().after(90);
    const without = {
      ...rules,
      aggregates: new Map([...rules.aggregates].map(([k, v]) => [k, { ...v, retire: null }])),
    };
    const timer = { name: RETIRE, dueMs: life.state!.timers![RETIRE]! };
    const due = changeSet({ aggregate: 'order', id: '1', kind: 'timer', timer, changes: [] });
    const { state, entry } = translate(due, life.state, without, SETTINGS);
    expect([entry.outcome, state.timers, state.rows]).toEqual(['timer', undefined, life.state?.rows]);
  });
});

describe('E3: a stub', () => {
  it('comes back, and of its tables nothing is known until they are told whole', () => {
    const line2 = retired().transaction(20, item(2));
    expect(line2.state).toMatchObject({ forgotten: TABLES, rows: { 'r.line': { '1/2': {} } } });
    expect(line2.dueDay).toBeNull();
    const headed = line2.transaction(21, head('OPEN'));
    expect(headed.state?.forgotten).toEqual(['r.line']);
    expect(headed.snapshot(30, head('OPEN'), item(1), item(2)).end(30, 21).state).not.toHaveProperty('forgotten');
    expect(Object.keys(headed.state?.rows['r.line'] ?? {}).toSorted()).toEqual(['1/1', '1/2']);
    expect(headed.state?.findings).toBeUndefined();
  });

  it('does not fire again what fired, nor a row fact of a row that it had', () => {
    const life = retired().transaction(20, head('OPEN'), item(1, 'u'));
    expect(life.last?.entry.verdicts.filter(({ verdict }) => verdict === 'fired')).toEqual([]);
  });

  it('is retired again when it is finished again', () => {
    expect(retired().transaction(20, head('DONE')).dueDay).toBe(180);
  });

  it('is what it was after being stored', () => {
    const lists = new ColumnLists();
    const { state } = done().snapshot(20, head('DONE'), item(1)).end(20, 11).after(90).ring();
    const stub = { ...state!, journal: [77] };
    expect(stubOf(stubText(stub, lists), lists)).toEqual(stub);
    expect(stubText(retired().state!, lists).length).toBeLessThan(100);
  });
});

describe('E4: deletes of a stub', () => {
  it('leave it one, and say what is not known', () => {
    const life = retired().transaction(20, item(1, 'd'), head('DONE', 'd'));
    expect(life.state).toMatchObject({ isStub: true, rows: {}, at: { legacy: at(20) } });
  });

  it('of what came back too', () => {
    expect(retired().transaction(20, item(2)).transaction(21, item(2, 'd')).state).toMatchObject({ isStub: true });
  });
});

describe('E5: a snapshot over a stub', () => {
  it('that shows it to be finished drops its rows again at its end, whichever row came first', () => {
    for (const rows of [
      [head('DONE'), item(1)],
      [item(1), head('DONE')],
    ]) {
      const life = retired();
      for (const row of rows) life.snapshot(30, row);
      expect(Object.keys(life.state?.rows ?? {})).toHaveLength(2);
      life.end(30, 20);
      expect([life.last?.entry.outcome, life.last?.entry.rows]).toEqual(['retired-again', []]);
      expect(life.state).toMatchObject({ isStub: true, rows: {}, fired: { OrderPlaced: { '': 0 } } });
    }
  });

  it('that shows it to go on brings it back, known whole', () => {
    const life = retired().snapshot(30, head('OPEN'), item(1)).end(30, 20);
    expect(life.state).not.toHaveProperty('forgotten');
    expect(life.state).not.toHaveProperty('isStub');
    expect(life.state).not.toHaveProperty('findings');
    expect(Object.keys(life.state?.rows ?? {})).toEqual(TABLES);
  });

  it('an incremental one drops what shows it to be finished at once; anything else comes back', () => {
    expect(retired().chunk(head('DONE')).last?.entry.outcome).toBe('retired-again');
    expect(retired().chunk(head('DONE')).state).toMatchObject({ isStub: true, rows: {} });
    expect(retired().chunk(head('OPEN')).state).toMatchObject({ rows: { 'r.header': { '1': { sts: 'OPEN' } } } });
    expect(retired().chunk(item(1)).state).toMatchObject({ forgotten: TABLES });
  });
});
