import { describe, expect, it } from 'vitest';
import { indexedRows, ownedRows, rowKey, touchedRows } from '../../../src/changeset/owners.js';
import { split } from '../../../src/changeset/split.js';
import type { ChangeEvent } from '../../../src/domain/source/change-event.js';
import { aggregate, legacy, many, one, ruleSet, table } from '../../../src/rules/index.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { unreadKey } from '../../../src/domain/state/unread-row.js';
import { translate } from '../../../src/translate/translate.js';
import { changeEvent, SETTINGS, transaction } from '../translate/examples.js';

const header = table('t.header', { key: ['w', 'no'], columns: { w: legacy.text(), no: legacy.bigint() } });
const line = table('t.line', {
  key: ['no', 'n', 'w'],
  columns: { w: legacy.text(), no: legacy.bigint(), n: legacy.integer() },
});
const release = table('t.release', {
  key: ['id'],
  columns: { id: legacy.bigint(), w: legacy.text(), no: legacy.bigint(), place: legacy.text() },
});

const rulesWith = (onKeyChange: 'park' | 'new') =>
  compileRuleSet(
    ruleSet({
      aggregates: [
        aggregate(
          'order',
          {
            header: one(header, (row) => [row.w, row.no]),
            lines: many(line, (row) => [row.w, row.no]),
            releases: many(release, (row) => [row.w, row.no]),
          },
          { onKeyChange },
        ),
        aggregate('place', { releases: many(release, (row) => row.place) }),
      ],
      facts: [],
      publications: [],
    }),
  );
const rules = rulesWith('park');

const nobody = { get: () => undefined };
const headerRow = (key: string, parts: Partial<ChangeEvent> = {}) =>
  changeEvent({ table: 't.header', op: 'c', key, row: {}, ...parts });
const lineRow = (key: string, parts: Partial<ChangeEvent> = {}) =>
  changeEvent({ table: 't.line', op: 'c', key, row: {}, ...parts });
const releaseRow = (parts: Partial<ChangeEvent> = {}) =>
  changeEvent({ table: 't.release', op: 'c', key: '7', row: { id: '7', w: 'A', no: '1', place: 'P' }, ...parts });
const orderRow = rowKey({ table: 't.release', aggregate: 'order' }, '7');
const placeRow = rowKey({ table: 't.release', aggregate: 'place' }, '7');

const brief = (...changes: ChangeEvent[]) =>
  split(transaction(...changes), rules, nobody).changeSets.map((set) => [
    `${set.aggregate}:${set.id}`,
    ...set.changes.map(({ op, key }) => `${op} ${key}`),
  ]);

describe('a table whose primary key contains the key of the aggregate', () => {
  it('finds composite keys, whatever the order of their columns', () => {
    expect(brief(headerRow('A/1'), lineRow('1/2/A'))).toEqual([['order:A/1', 'c A/1', 'c 1/2/A']]);
  });

  it('keeps escaped parts as they are', () => {
    expect(brief(lineRow('1/2/A%2FB'))).toEqual([['order:A%2FB/1', 'c 1/2/A%2FB']]);
  });

  it('keeps several changes of one row in order, and aggregates in order of first appearance', () => {
    const changes = [headerRow('B/1'), headerRow('A/1'), headerRow('B/1', { op: 'u' }), headerRow('B/1', { op: 'd' })];
    expect(brief(...changes)).toEqual([
      ['order:B/1', 'c B/1', 'u B/1', 'd B/1'],
      ['order:A/1', 'c A/1'],
    ]);
  });

  it('hands a refused row to its aggregate', () => {
    const refusal = { code: 'CODE_UNKNOWN', text: 'x' } as const;
    const { changeSets } = split(transaction(headerRow('A/1', { refusal })), rules, nobody);
    expect(changeSets[0]?.changes).toEqual([
      {
        table: 't.header',
        key: 'A/1',
        op: 'c',
        row: null,
        refusal,
        place: { partition: 'legacy.t.header/0', offset: 0 },
      },
    ]);
  });

  it('says of a row whose record could not be read that this is why nothing is known of its aggregate', () => {
    const refusal = { code: 'RECORD_UNDECODABLE', text: 't/0 at offset 7 cannot be read: it is cut.' } as const;
    const { unplaceable } = split(transaction({ ...lineRow('1'), row: null, refusal }), rules, nobody);
    expect(unplaceable.map((each) => each.refusal.text)).toEqual([
      expect.stringMatching(/its record could not be read, and nothing was known of the row before\. t\/0 at offset 7/),
    ]);
  });

  it('cannot place a key with too few parts', () => {
    const { unplaceable, changeSets } = split(transaction(lineRow('1')), rules, nobody);
    expect(changeSets).toEqual([]);
    expect(unplaceable.map(({ refusal }) => refusal.code)).toEqual(['ROW_OWNER_UNKNOWN']);
  });

  it('moves a line whose key names another order', () => {
    const changes = [
      lineRow('2/1/A', { otherKey: '1/1/A' }),
      lineRow('1/1/A', { op: 'd', row: null, otherKey: '2/1/A' }),
    ];
    expect(brief(...changes)).toEqual([
      ['order:A/2', 'c 2/1/A'],
      ['order:A/1', 'moved 1/1/A'],
    ]);
  });

  it('tells a renumbered line where it came from', () => {
    const changes = [
      lineRow('1/1/A', { op: 'd', row: null, otherKey: '1/9/A' }),
      lineRow('1/9/A', { otherKey: '1/1/A' }),
    ];
    const { changeSets } = split(transaction(...changes), rules, nobody);
    expect(changeSets[0]?.changes.map(({ op, from }) => [op, from])).toEqual([
      ['moved', undefined],
      ['c', '1/1/A'],
    ]);
  });
});

describe("a change of the aggregate's own key", () => {
  const halves = [
    headerRow('A/1', { op: 'd', row: null, otherKey: 'A/2' }),
    headerRow('A/2', { otherKey: 'A/1' }),
    lineRow('1/1/A', { op: 'd', row: null, otherKey: '2/1/A' }),
    lineRow('2/1/A', { otherKey: '1/1/A' }),
  ] as const;

  it.each([
    ['in any order', halves],
    ['in the other order', [...halves].reverse()],
    ['though only one half came', halves.slice(0, 1)],
    ['though only the other half came', halves.slice(1, 2)],
  ])('refuses both aggregates, %s', (_, changes) => {
    const { changeSets } = split(transaction(...changes), rules, nobody);
    expect(changeSets.map(({ id, refusal }) => [id, refusal?.code]).sort()).toEqual([
      ['A/1', 'AGGREGATE_KEY_CHANGED'],
      ['A/2', 'AGGREGATE_KEY_CHANGED'],
    ]);
  });

  it('deletes the old and begins the new one when the aggregate says so', () => {
    const { changeSets } = split(transaction(...halves), rulesWith('new'), nobody);
    expect(changeSets.map(({ id, refusal, changes }) => [id, refusal, changes.map(({ op }) => op)])).toEqual([
      ['A/1', null, ['d', 'd']],
      ['A/2', null, ['c', 'c']],
    ]);
  });
});

describe("a change of the aggregate's own key in rows that leave by themselves", () => {
  const moved = headerRow('A/2', { otherKey: 'A/1' });
  const leaving = (...changes: ChangeEvent[]) =>
    split({ kind: 'baseline', source: 'legacy', generation: null, changes }, rules, nobody).changeSets;

  it('is learnt: nothing is decided of it, so nothing is asked', () => {
    const changeSets = leaving(headerRow('A/1', { op: 'd', row: null, otherKey: 'A/2' }), moved);
    expect(changeSets.map(({ id, refusal, changes }) => [id, refusal, changes.map(({ op }) => op)])).toEqual([
      ['A/1', null, ['moved']],
      ['A/2', null, ['c']],
    ]);
  });

  it('parks both aggregates when the row is refused', () => {
    const changeSets = leaving({ ...moved, refusal: { code: 'TRANSACTION_WITHOUT_END', text: '' } });
    expect(changeSets.map(({ id, refusal }) => [id, refusal?.code])).toContainEqual(['A/2', 'AGGREGATE_KEY_CHANGED']);
  });
});

describe('a table whose primary key does not contain the key of the aggregate', () => {
  const known = (owner: string | null) => new Map([[orderRow, owner], [placeRow, 'place:P']]); // prettier-ignore

  it('feeds every aggregate and learns the owners', () => {
    const { changeSets, owners } = split(transaction(releaseRow()), rules, nobody);
    expect(changeSets.map(({ aggregate: name, id }) => `${name}:${id}`)).toEqual(['order:A/1', 'place:P']);
    expect([...owners]).toEqual([
      [orderRow, 'order:A/1'],
      [placeRow, 'place:P'],
    ]);
  });

  it('asks for the owners of rows that may have had another one', () => {
    expect(indexedRows(transaction(releaseRow(), headerRow('A/1', { op: 'd' })), rules)).toEqual([]);
    for (const op of ['u', 'd', 'r'] as const) {
      expect(indexedRows(transaction(releaseRow({ op })), rules)).toEqual([orderRow, placeRow]);
    }
    expect(indexedRows(transaction(releaseRow({ row: { id: '7', place: 'P' } })), rules)).toEqual([orderRow]);
  });

  it('finds the aggregate of a delete in the index, and ignores a row never heard of', () => {
    const gone = releaseRow({ op: 'd', row: null });
    const { changeSets, owners } = split(transaction(gone), rules, known('order:A/1'));
    expect(changeSets.map(({ id, changes }) => [id, changes[0]?.op])).toEqual([
      ['A/1', 'd'],
      ['P', 'd'],
    ]);
    expect(owners.get(orderRow)).toBeNull();
    expect(split(transaction(gone), rules, nobody)).toMatchObject({ changeSets: [], orphans: [gone] });
  });

  it('tells the old aggregate when a row moves, and the new one that it is new there', () => {
    const { changeSets, owners } = split(transaction(releaseRow({ op: 'u' })), rules, known('order:B/9'));
    expect(changeSets.map(({ aggregate: name, id, changes }) => [name, id, changes.map(({ op }) => op)])).toEqual([
      ['order', 'B/9', ['moved']],
      ['order', 'A/1', ['c']],
      ['place', 'P', ['u']],
    ]);
    expect([...owners]).toEqual([[orderRow, 'order:A/1']]);
  });

  it('uses the index when the key column did not come, or the row could not be understood', () => {
    const place = (parts: Partial<ChangeEvent>) => split(transaction(releaseRow(parts)), rules, known('order:A/1'));
    const refusal = { code: 'ROW_INVALID', text: 'x' } as const;
    expect(place({ op: 'u', row: { id: '7', place: 'P' } }).changeSets.map(({ id }) => id)).toEqual(['A/1', 'P']);
    expect(place({ op: 'u', row: {}, refusal }).changeSets.map(({ id }) => id)).toEqual(['A/1', 'P']);
  });

  it('says when it cannot know the aggregate', () => {
    const refusal = { code: 'ROW_INVALID', text: 'x' } as const;
    const { unplaceable } = split(transaction(releaseRow({ row: {}, refusal })), rules, nobody);
    expect(unplaceable.map((each) => each.refusal.code)).toEqual(['ROW_OWNER_UNKNOWN', 'ROW_OWNER_UNKNOWN']);
  });

  it('follows a row through one transaction: written, moved, renumbered, deleted', () => {
    const changes = [
      releaseRow(),
      releaseRow({ op: 'u', row: { id: '7', w: 'B', no: '2', place: 'P' } }),
      releaseRow({ op: 'd', row: null, otherKey: '8' }),
      releaseRow({ key: '8', row: { id: '8', place: 'P' }, otherKey: '7' }),
      releaseRow({ op: 'd', row: null, key: '8' }),
    ];
    const { changeSets, owners } = split(transaction(...changes), rules, nobody);
    const ofOrders = changeSets.filter(({ aggregate: name }) => name === 'order');
    expect(ofOrders.map(({ id, changes: made }) => [id, ...made.map(({ op, key }) => `${op} ${key}`)])).toEqual([
      ['A/1', 'c 7', 'moved 7'],
      ['B/2', 'c 7', 'moved 7', 'c 8', 'd 8'],
    ]);
    expect([...owners.values()]).toEqual([null, null, null, null]);
  });
});

describe('a baseline', () => {
  it('gives change sets without transaction, one for each aggregate', () => {
    const changes = [headerRow('A/1', { op: 'r' }), lineRow('1/1/A', { op: 'r', sourceTimeMs: 5 })];
    const { changeSets } = split({ kind: 'baseline', source: 'legacy', generation: null, changes }, rules, nobody);
    expect(changeSets.map(({ kind, origin }) => [kind, origin.transactionId, origin.position])).toEqual([
      ['baseline', null, null],
    ]);
  });
});

describe('owners out of the journal', () => {
  it('are the rows in the state and what the parked queue does to them', () => {
    const next = (state: Parameters<typeof translate>[1], ...changes: ChangeEvent[]) => {
      const [first] = split(transaction(...changes), rules, new Map([[orderRow, 'order:A/1']])).changeSets;
      if (!first) throw new TypeError('no change set');
      return translate(first, state, rules, SETTINGS);
    };
    const ref = { aggregate: 'order', id: 'A/1' };
    const { state, entry } = next(null, releaseRow());
    expect(ownedRows(ref, state, rules)).toEqual(new Map([[orderRow, 'order:A/1']]));
    expect(touchedRows(entry, rules)).toEqual([orderRow]);
    const withVanished = { ...state, rows: {}, findings: { missed: [], vanished: state.rows } };
    expect(ownedRows(ref, withVanished, rules)).toEqual(new Map([[orderRow, 'order:A/1']]));
    const unread = Object.entries(state.rows).map(([table, rows]) => [
      table,
      Object.fromEntries(Object.keys(rows).map((key) => [unreadKey(key), {}])),
    ]);
    const givenUp = { ...state, rows: Object.fromEntries(unread) as typeof state.rows };
    expect(ownedRows(ref, givenUp, rules)).toEqual(new Map([[orderRow, 'order:A/1']]));

    const parked = next(state, headerRow('A/1', { refusal: { code: 'ROW_INVALID', text: 'x' } })).state;
    const queued = next(parked, releaseRow({ op: 'd', row: null }));
    expect(ownedRows(ref, queued.state, rules)).toEqual(new Map());
    expect(touchedRows(queued.entry, rules)).toEqual([orderRow]);
  });
});
