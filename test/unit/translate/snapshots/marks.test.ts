/** What an aggregate remembers of snapshots: the examples in `src/translate/snapshots/SPEC.md`, each lived. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ChangeSet, Origin, RowChange } from '../../../../src/domain/change-set.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { type AggregateState, EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import { isSnapshotOver, needsSettling, snapshotOf } from '../../../../src/translate/snapshots/settle.js';
import { translate } from '../../../../src/translate/translate.js';
import { changeSet, COMMIT_TIME_MS, rowChange, SETTINGS } from '../examples.js';
import { library } from '../library.js';

const rules = library();
const SOURCE = 'legacy';
const ORIGIN: Origin = { source: SOURCE, transactionId: null, position: null, commitTimeMs: COMMIT_TIME_MS };

/** `row 10`, `end 10`, `chunk`, `transaction 5`: as the pipeline has it happen. Each tells another content of the row. */
function after(state: AggregateState, event: string): AggregateState {
  const [kind = '', number = '0'] = event.split(' ');
  const position = positionOf(number);
  const next = (parts: Pick<ChangeSet, 'kind' | 'origin'> & Partial<ChangeSet>, before = state): AggregateState =>
    translate(changeSet({ aggregate: 'loan', changes: [loan(event, parts.kind)], ...parts }), before, rules, SETTINGS)
      .state;
  if (kind === 'chunk') return next({ kind: 'baseline', origin: ORIGIN });
  if (kind === 'transaction') {
    const origin = { ...ORIGIN, transactionId: number, position };
    return next({ kind: 'transaction', origin }, { ...state, at: { [SOURCE]: position } });
  }
  const origin = { ...ORIGIN, generation: position };
  if (kind === 'row') return isSnapshotOver(state, origin) ? state : next({ kind: 'baseline', origin });
  expect(kind).toBe('end');
  const coverage = { tables: ['l.loan', 'l.book'], streamedTo: null };
  const end = { kind: 'snapshot-end' as const, changes: [], origin, coverage };
  return needsSettling(state, snapshotOf(changeSet(end))) ? next(end) : state;
}

const loan = (status: string, kind: ChangeSet['kind']): RowChange =>
  rowChange({
    ...{ table: 'l.loan', key: '4711', op: kind === 'baseline' ? 'r' : 'u' },
    row: { id: '4711', status, reader: 'Ada', pin: '1234', remarks: null },
  });

/** As the specification writes them. */
function marksIn({ snapshots = {} }: AggregateState): string {
  const { told, first, settled, staged = [] } = snapshots[SOURCE] ?? {};
  const stages = staged.map(({ generation }) => ['staged', generation] as const);
  const marks = [
    ...(told === true ? ['told'] : []),
    ...[['first', first] as const, ['settled', settled] as const, ...stages].flatMap(([name, generation]) =>
      generation === undefined ? [] : [`${name} ${Number(generation)}`],
    ),
  ];
  return marks.length === 0 ? 'none' : marks.join(', ');
}

const lived = (events: readonly string[]): AggregateState => events.reduce(after, EMPTY_STATE);

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

const text = readFileSync(new URL('../../../../src/translate/snapshots/SPEC.md', import.meta.url), 'utf8');
const [head = [], , ...rows] = text
  .slice(text.indexOf('## What comes'))
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map(cellsOf);

describe('the table of what is remembered', () => {
  const events = head.slice(2);

  /** Whatever the positions; `told` beside others changes nothing. */
  const kindsOf = (marks: string): string => marks.replace(/^told, /, '').replaceAll(/ \d+/g, '');

  it('has every combination of marks that its own fields lead to', () => {
    const specified = rows.map(([, marks = '']) => kindsOf(marks));
    const reached = rows.flatMap(([, , ...cells]) => cells).filter((cell) => cell !== '=');
    expect([...new Set(reached.map(kindsOf))].filter((kinds) => !specified.includes(kinds))).toEqual([]);
  });

  it.each(rows)('holds after %s', (history, marks, ...cells) => {
    const state = lived(history === 'nothing' ? [] : history.split(', '));
    expect(marksIn(state)).toBe(marks);
    const found = events.map((event) => marksIn(after(state, event)));
    expect(found).toEqual(cells.map((cell) => (cell === '=' ? marks : cell)));
  });
});
