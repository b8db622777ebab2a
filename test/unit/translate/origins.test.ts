/** Where a change comes from: what is told of it, and who is told (docs/annotations.md). */
import { describe, expect, it } from 'vitest';
import { tellingText } from '../../../src/domain/source/annotation.js';
import type { ChangeSet } from '../../../src/domain/change-set.js';
import type { Said } from '../../../src/domain/source/said.js';
import type { AggregateState } from '../../../src/domain/state/aggregate-state.js';
import { origin, type Publication } from '../../../src/rules/index.js';
import { saidOf } from '../../../src/rules/origins/telling.js';
import { unpark } from '../../../src/translate/parking/unpark.js';
import { park, translate } from '../../../src/translate/translate.js';
import { changeSet, rowChange, SETTINGS } from './examples.js';
import { closed, library, loanTable, PUBLICATIONS } from './library.js';

const byAnnotation = origin.annotated('p', { useCase: 'useCase', system: 'origin' });
const byColumns = origin.columns(loanTable, { user: 'reader', system: 'status' });
const said = (...all: readonly Said[]) => ({ annotations: all.map((each) => tellingText('p', each)) });
const loan = (row: object | null, op: 'c' | 'u' | 'd' = 'u') =>
  rowChange({ table: 'l.loan', key: '4711', op, row: row && { id: '4711', ...row } });
const setOf = (parts: Partial<ChangeSet>) => changeSet({ aggregate: 'loan', changes: [], ...parts });

describe('what a change set says', () => {
  const told = (parts: Partial<ChangeSet>, origins = [byAnnotation, byColumns]) => saidOf(setOf(parts), origins);

  it.each<[string, Partial<ChangeSet>, Said | undefined]>([
    ['nothing', {}, undefined],
    ['an annotation', said({ useCase: 'release' }), { useCase: 'release' }],
    [
      'several that agree',
      said({ useCase: 'release' }, { useCase: 'release', system: 's' }),
      { useCase: 'release', system: 's' },
    ],
    [
      'several that do not',
      said({ useCase: 'a', system: 's' }, { useCase: 'b', system: 's' }),
      { system: 's', unread: 'differs' },
    ],
    ['a row', { changes: [loan({ reader: 'Ada' })] }, { user: 'Ada' }],
    ['rows that do not agree', { changes: [loan({ reader: 'Ada' }), loan({ reader: 'Eve' })] }, { unread: 'differs' }],
    ['a row that went', { changes: [loan(null, 'd')] }, undefined],
    [
      'the first that says it counts',
      { ...said({ system: 'shop' }), changes: [loan({ reader: 'Ada', status: 'open' })] },
      { system: 'shop', user: 'Ada' },
    ],
    [
      'one that is not understood',
      said({ unread: 'no JSON object' }, { useCase: 'a' }),
      { useCase: 'a', unread: 'no JSON object' },
    ],
    [
      'more than can be believed',
      { ...said(...Array.from({ length: 17 }, (_, i) => ({ useCase: `${i}` }))), changes: [loan({ reader: 'Ada' })] },
      { user: 'Ada', unread: 'too many' },
    ],
    ['a snapshot says nothing', { ...said({ useCase: 'a' }), kind: 'baseline' }, undefined],
    ['of another prefix', { annotations: [tellingText('q', { useCase: 'a' }), '["p"]'] }, undefined],
  ])('%s', (_, parts, expected) => expect(told(parts)).toEqual(expected));

  it('is nothing where no origin is declared', () => expect(told(said({ useCase: 'a' }), [])).toBeUndefined());
});

describe('a publication', () => {
  const whole = { status: 'open', reader: 'Ada', pin: '1234', remarks: null };
  const seen: unknown[] = [];
  const publications = PUBLICATIONS.map((each): Publication => {
    if (each.fact !== closed) return each;
    const contract = { ...each.contract, origin: ['useCase', 'system'] as const };
    const map: Publication['map'] = (fact, tools) => {
      seen.push(fact.origin);
      return each.map(fact, tools);
    };
    return { ...each, contract, map };
  });
  const rules = library({ origins: [byAnnotation], publications });
  const done = (state: AggregateState | null, parts: Partial<ChangeSet>) =>
    translate(setOf(parts), state, rules, SETTINGS);
  const opened = done(null, { changes: [loan(whole, 'c')] }).state;
  const closing = { changes: [loan({ status: 'closed' })] };
  const headersOf = ({ events }: ReturnType<typeof done>) =>
    Object.fromEntries(Object.entries(events[0]?.headers ?? {}).filter(([name]) => name.startsWith('ce_origin')));

  it('is given it, and the contract carries it in headers', () => {
    const told = done(opened, { ...closing, ...said({ useCase: 'by hand', system: 'desk' }) });
    expect(seen.at(-1)).toEqual({ user: null, useCase: 'by hand', system: 'desk' });
    expect(headersOf(told)).toEqual({ ce_originusecase: 'by hand', ce_originsystem: 'desk' });
    expect(told.entry.said).toEqual({ useCase: 'by hand', system: 'desk' });
  });

  it('is told of nothing that nobody said, and no header stands for it', () => {
    const half = done(opened, { ...closing, ...said({ system: 'desk' }) });
    expect(headersOf(half)).toEqual({ ce_originsystem: 'desk' });
    const none = done(opened, closing);
    expect(seen.at(-1)).toEqual({ user: null, useCase: null, system: null });
    expect(headersOf(none)).toEqual({});
    expect(none.events[0]).not.toHaveProperty('beside');
    expect(none.entry).not.toHaveProperty('said');
  });

  it('is told by a change set that was parked when that is taken up', () => {
    const waiting = setOf({ ...closing, ...said({ useCase: 'by hand' }) });
    const { state, entry } = park(waiting, opened, { code: 'RULE_THREW', text: '' }, rules, SETTINGS);
    expect(entry.said).toEqual({ useCase: 'by hand' });
    const again = unpark(JSON.parse(JSON.stringify(state)) as AggregateState, rules, SETTINGS);
    expect(JSON.stringify(again)).toContain('"ce_originusecase":"by hand"');
  });
});
