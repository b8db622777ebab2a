/** Which source transactions may be committed in several Kafka transactions (SPEC T6). */
import { expect, it } from 'vitest';
import type { ChangeSet, RowChange } from '../../../../src/domain/change-set.js';
import { NO_MOVES } from '../../../../src/domain/move.js';
import type { ChangeEvent } from '../../../../src/domain/source/change-event.js';
import type { Position } from '../../../../src/domain/source/position.js';
import { cut } from '../../../../src/pipeline/decide/draft.js';

const origin = { source: 'legacy', transactionId: '1', position: '1' as Position, commitTimeMs: 0 };
const boundary = {
  offsets: new Map<string, number>(),
  frontiers: {},
  known: new Map(),
  refused: new Map(),
  clock: null,
};
const LIMITS = { transactionsMax: 1, rowsMax: 10, changeSetsMax: 1 };

const changeSet = (id: string, op: RowChange['op'], key: string): ChangeSet => ({
  ...{ aggregate: 'order', id, kind: 'transaction', origin, refusal: null },
  changes: [{ table: 'oms.whs_rel', key, op, row: null, refusal: null }],
});

function drafts(...changeSets: ChangeSet[]): number {
  const split = { changeSets, owners: new Map<string, string>(), moves: NO_MOVES, orphans: [], unplaceable: [] };
  return cut([split], { sequenced: [], before: boundary, after: boundary }, LIMITS).length;
}

it('one whose aggregates have rows of their own is cut', () => {
  expect(drafts(changeSet('1', 'd', '702'), changeSet('2', 'c', '703'))).toBe(2);
});

it('what is told with no aggregate is told once, with the last part', () => {
  const orphan = { table: 'oms.whs_rel' } as ChangeEvent;
  const changeSets = [changeSet('1', 'd', '702'), changeSet('2', 'c', '703')];
  const split = { changeSets, owners: new Map<string, string>(), moves: NO_MOVES, orphans: [orphan], unplaceable: [] };
  const parts = cut([split], { sequenced: [], before: boundary, after: boundary }, LIMITS);
  expect(parts.map(({ orphans }) => orphans)).toEqual([[], [orphan]]);
});

it('one that uses the key of a deleted row again in another aggregate, or moves a row, is not', () => {
  expect(drafts(changeSet('1', 'd', '702'), changeSet('2', 'c', '702'))).toBe(1);
  expect(drafts(changeSet('1', 'moved', '702'), changeSet('2', 'c', '703'))).toBe(1);
});

it('owners of rows that no change set of this shard has are kept with the last part', () => {
  const changeSets = [changeSet('1', 'c', '702'), changeSet('2', 'c', '703')];
  const row = (key: string): string => `oms.whs_rel:order:${key}`;
  const owners = new Map([
    [row('702'), 'order:1'],
    [row('704'), 'order:9'],
    [row('703'), 'order:2'],
  ]);
  const split = { changeSets, owners, moves: NO_MOVES, orphans: [], unplaceable: [] };
  const parts = cut([split], { sequenced: [], before: boundary, after: boundary }, LIMITS);
  expect(parts.map((part) => [...part.owners.keys()])).toEqual([[row('702')], [row('704'), row('703')]]);
});
