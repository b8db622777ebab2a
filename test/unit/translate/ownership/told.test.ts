/** What a service told, against what is known of its aggregate: what the owner published counts, and what anybody else did counts as nothing. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ToldEvent } from '../../../../src/domain/ownership/told.js';
import { EMPTY_STATE, type AggregateState } from '../../../../src/domain/state/aggregate-state.js';
import type { CompiledRules } from '../../../../src/rules/compile.js';
import { isToldAgain } from '../../../../src/translate/ownership/told.js';
import { park, translate, type Translated } from '../../../../src/translate/translate.js';
import { PRODUCER } from '../../../support/ownership/service-events.js';
import { retailerRules } from '../../../support/rig.js';
import { awaitedRules } from '../../../support/sources/awaited-orders.js';
import { changeSet, COMMIT_TIME_MS, rowChange, SETTINGS } from '../examples.js';

const CONTRACT = 'OrderAcceptedForFulfillment.v1';
let rules: CompiledRules;
let fact: string;

beforeAll(async () => {
  ({ rules } = await retailerRules());
  fact = rules.aggregates.get('order')?.facts[0]?.name ?? '';
});

const told = (of: Partial<ToldEvent> = {}): ToldEvent => ({
  ...{ contract: CONTRACT, eventId: 'the id', occurrence: '', sequence: 1, epoch: 1, producer: PRODUCER },
  ...{ stage: 'service', isSticky: true, ...of },
});

const tell = (before: AggregateState | null, of: Partial<ToldEvent> = {}, by = rules): Translated => {
  const origin = { source: PRODUCER, transactionId: 'the id', position: null, commitTimeMs: COMMIT_TIME_MS };
  const place = { partition: 'orders.fulfillment/0', offset: 3 };
  return translate(changeSet({ kind: 'told', told: told(of), origin, place, changes: [] }), before, by, SETTINGS);
};

const of = (more: Partial<AggregateState>): AggregateState => ({ ...EMPTY_STATE, ...more });
/** Rows of the legacy system told of it. */
const SEEN: Partial<AggregateState> = { at: { legacy: '0' as never }, rows: { 'oms.ord_hdr': { '1': {} } } };
const SERVICES: Partial<AggregateState> = { ...SEEN, owners: { [CONTRACT]: 'service' } };

describe('the first event of an aggregate', () => {
  it('begins it, for the service, and publishes nothing', () => {
    const { state, entry, events } = tell(null);
    expect(events).toEqual([]);
    expect(state).toEqual({
      ...EMPTY_STATE,
      sequences: { [CONTRACT]: 1 },
      told: { [CONTRACT]: { '': 1 } },
      owners: { [CONTRACT]: 'service' },
    });
    expect(entry).toMatchObject({ outcome: 'told', verdicts: [], rows: [], refusal: null });
    expect(entry.told).toEqual({
      ...{ contract: CONTRACT, eventId: 'the id', occurrence: '', sequence: 1, epoch: 1, producer: PRODUCER },
      place: { partition: 'orders.fulfillment/0', offset: 3 },
    });
  });

  it('is an intruder where rows of the legacy system were before it', () => {
    const before = of(SEEN);
    const { state, entry } = tell(before);
    expect(entry.told?.finding?.code).toBe('INTRUDER_ROUTE');
    expect(state).toEqual(before);
  });

  it('is right where the aggregate goes with its route', () => {
    expect(tell(of(SEEN), { isSticky: false }).entry.told?.finding).toBeUndefined();
    expect(tell(of(SEEN), { isSticky: false }).state.owners).toBeUndefined();
    expect(tell(of(SERVICES), { isSticky: false, stage: 'legacy' }).entry.told?.finding?.code).toBe('INTRUDER_ROUTE');
  });

  it("is right in whatever stage where the aggregate is the service's for its life", () => {
    expect(tell(of(SERVICES), { stage: 'legacy' }).entry.told?.finding).toBeUndefined();
  });
});

describe('numbers', () => {
  const second = of({ ...SERVICES, sequences: { [CONTRACT]: 4 } });

  it('go on behind those that legacy published', () => {
    const { state, entry } = tell(second, { sequence: 5 });
    expect(entry.told?.finding).toBeUndefined();
    expect(state.sequences).toEqual({ [CONTRACT]: 5 });
  });

  it.each([
    [7, 'TOLD_SEQUENCE_GAP', 7],
    [4, 'TOLD_SEQUENCE_BACK', 4],
    [2, 'TOLD_SEQUENCE_BACK', 4],
  ])('%i is %s, counts as published, and the last is %i then', (sequence, code, last) => {
    const { state, entry } = tell(second, { sequence });
    expect(entry.told?.finding?.code).toBe(code);
    expect(state.sequences).toEqual({ [CONTRACT]: last });
    expect(state.told).toEqual({ [CONTRACT]: { '': sequence } });
  });
});

describe('a fact', () => {
  it('that was told already is told again, unless it is the same record', () => {
    const first = tell(of(SERVICES)).state;
    expect(isToldAgain(told(), first)).toBe(true);
    expect(tell(first).state).toBe(first);
    const other = tell(first, { sequence: 2 });
    expect(other.entry.told?.finding?.code).toBe('TOLD_AGAIN');
    expect(other.state.sequences).toEqual({ [CONTRACT]: 2 });
  });

  it('that legacy published is told again', () => {
    const before = of({ ...SERVICES, fired: { [fact]: { '': 1 } }, sequences: { [CONTRACT]: 1 } });
    expect(tell(before, { sequence: 2 }).entry.told?.finding?.code).toBe('TOLD_AGAIN');
  });

  it('that was owed is not any more, and has its number', () => {
    const origin = { source: 'legacy', transactionId: '7', position: null, commitTimeMs: COMMIT_TIME_MS };
    const owed = { fact, decidedAt: '2026-11-21T09:52:35.035Z', values: {}, context: {}, origin };
    const before = of({ ...SERVICES, fired: { [fact]: { '': 0 } }, owed: { [CONTRACT]: { '': owed, '2': owed } } });
    const { state, entry } = tell(before);
    expect(entry.told?.finding).toBeUndefined();
    expect(state.fired).toEqual({ [fact]: { '': 1 } });
    expect(state.owed).toEqual({ [CONTRACT]: { '2': owed } });
    expect(tell(state, { occurrence: '2', sequence: 2 }).state.owed).toBeUndefined();
  });
});

describe('what is expected', () => {
  const { rules: awaited } = awaitedRules();
  const ready = { contract: 'OrderReady.v1' };
  const row = { id: '4711', sts: 'OPEN', note: null };
  const open = changeSet({ changes: [rowChange({ table: 'oms.hdr', op: 'c', key: '4711', row })] });
  const services = of({ owners: { [ready.contract]: 'service' } });

  it('is met by the event', () => {
    const { state, entry } = translate(open, services, awaited, SETTINGS);
    expect(entry.deadlines).toMatchObject([{ became: 'awaited' }]);
    const met = tell(state, ready, awaited);
    expect(met.entry.deadlines).toMatchObject([{ fact: 'OrderReady', became: 'met' }]);
    expect(met.state).not.toHaveProperty('timers');
  });

  it('is not waited for where the event came before any row', () => {
    const { state, entry } = translate(open, tell(null, ready, awaited).state, awaited, SETTINGS);
    expect(entry.outcome).toBe('applied');
    expect(entry.deadlines).toBeUndefined();
    expect(state).not.toHaveProperty('timers');
  });
});

describe('of what is parked', () => {
  const refusal = { code: 'ROW_INVALID', text: 'no' } as const;
  const rows = [rowChange({ table: 'oms.ord_hdr', op: 'c', key: '4711', refusal })];
  const parked = (before: AggregateState): AggregateState => {
    const { state, entry } = translate(changeSet({ changes: rows }), before, rules, SETTINGS);
    expect(entry.outcome).toBe('parked');
    return state;
  };

  it('it counts at once, and what waits goes on waiting', () => {
    const before = parked(of(SERVICES));
    const { state, entry } = tell(before);
    expect(entry.outcome).toBe('told');
    expect(state.told).toEqual({ [CONTRACT]: { '': 1 } });
    expect(state.parked).toBe(before.parked);
    expect(tell(state).state).toBe(state);
  });

  it('it is no one’s but the service’s where it was open whose it is', () => {
    const before = parked(of({ owners: { [CONTRACT]: 'open' } }));
    expect(tell(before).state.owners).toEqual({ [CONTRACT]: 'service' });
  });
});

describe('what a service owes of what is parked', () => {
  it('waits behind the others where it takes too long: nothing that waits is replaced', () => {
    const waiting = [changeSet({ changes: [] }), changeSet({ id: '4712', changes: [] })];
    const parked = { code: 'ROW_INVALID', text: 'no', sinceMs: 0, first: 0, waiting } as const;
    const owed = changeSet({ kind: 'owed', changes: [] });
    const { state, entry } = park(owed, of({ parked }), { code: 'RULE_TOO_SLOW', text: 'slow' }, rules, SETTINGS);
    expect(entry.outcome).toBe('queued');
    expect(state.parked).toEqual({ ...parked, waiting: [...waiting, owed] });
  });
});

describe('what is over', () => {
  it('is not brought back: a stub stays one, and remembers', () => {
    const { state } = tell(of({ ...SERVICES, isStub: true }));
    expect(state).toMatchObject({ isStub: true, told: { [CONTRACT]: { '': 1 } } });
  });

  it('and forgotten tells of nothing', () => {
    const before = of({ isStub: true, isErased: true });
    const { state, entry } = tell(before);
    expect(entry.outcome).toBe('dropped');
    expect(state).toEqual(before);
  });
});
