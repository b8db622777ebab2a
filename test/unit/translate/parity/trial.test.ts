/** What a service publishes on trial, in the life of an order: what is compared, what is passed over, and that nothing else is another by it. */
import { describe, expect, it } from 'vitest';
import type { TrialEvent } from '../../../../src/domain/ownership/told.js';
import type { AggregateState } from '../../../../src/domain/state/aggregate-state.js';
import { discard } from '../../../../src/translate/parking/discard.js';
import { NO_LOOKUP_ROWS } from '../../../../src/translate/looking.js';
import { PARITY, RETIRE } from '../../../../src/translate/timers/named.js';
import { erased } from '../../../../src/translate/timers/retire.js';
import { isTriedAgain } from '../../../../src/translate/ownership/trial.js';
import { translate } from '../../../../src/translate/translate.js';
import { unpark } from '../../../../src/translate/parking/unpark.js';
import {
  atMs,
  CONTRACT,
  lineOf,
  routingOf,
  rules,
  tried,
  TriedOrder,
  WITHHELD,
  WITHIN,
} from '../../../support/ownership/tried-order.js';
import { changeSet, rowChange, SETTINGS } from '../examples.js';

const begun = (routing = routingOf('legacy')): TriedOrder => {
  const order = new TriedOrder(routing);
  order.begin();
  return order;
};

const spoiled = (n: number) => ({
  ...lineOf(n),
  row: null,
  refusal: { code: 'CODE_UNKNOWN', text: 'unknown' } as const,
});

describe('an event on trial', () => {
  it('is in the journal with where it stands, and changes nothing but the pair', () => {
    const order = begun();
    const before = order.state;
    const done = order.decide({ ...tried(1, 1), place: { partition: 'orders.trial/0', offset: 7 } });
    expect(done?.entry).toMatchObject({
      outcome: 'trial',
      trial: { contract: CONTRACT, producer: 'service:orders', sequence: 2, place: { offset: 7 } },
    });
    expect(done?.entry).not.toHaveProperty('parity');
    const { pairs, timers, ...rest } = order.state ?? {};
    expect(rest).toEqual(before);
    expect(pairs?.[CONTRACT]?.['4711/1']).toMatchObject({ side: 'service', dueMs: atMs(1 + WITHIN) });
    expect(timers).toEqual({ [PARITY]: atMs(1 + WITHIN) });
  });

  it('waits from when it was written, where the clock is behind that', () => {
    const order = begun();
    const set = tried(1, 1);
    order.decide({ ...set, trial: { ...(set.trial as NonNullable<typeof set.trial>), writtenMs: atMs(500) } });
    expect(order.due).toBe(atMs(500 + WITHIN));
  });

  it('of an order that nobody knows begins it, and leaves open whose it is', () => {
    const order = new TriedOrder(routingOf('service', true, true));
    order.routing = routingOf('legacy', true, true);
    order.tell(1, 1);
    expect(order.state?.owners).toBeUndefined();
    order.routing = routingOf('service', true, true);
    order.begin();
    expect(order.state?.owners).toEqual({ [CONTRACT]: 'service' });
  });

  it.each<[string, boolean]>([
    ['the route is its service’s', false],
    ['the order is', true],
  ])('is not compared where %s', (_, isSticky) => {
    const order = begun(routingOf('service', true, isSticky));
    order.insert(1, 1);
    order.tell(1, 2);
    order.tell(2, 2);
    order.ring(Infinity);
    expect(order.judged).toEqual([]);
    expect(order.state).not.toHaveProperty('pairs');
  });

  it('that waits is no trial any more when the route goes to its service', () => {
    const order = begun();
    order.insert(1, 1);
    order.tell(2, 1);
    order.routing = routingOf('service');
    order.ring(Infinity);
    expect(order.judged).toEqual([]);
    expect(order.state).not.toHaveProperty('pairs');
  });

  it('of what legacy told before anything was compared is passed over', () => {
    const order = begun(routingOf('legacy', false));
    order.insert(1, 1);
    order.routing = routingOf('legacy');
    expect(order.tell(1, 2)).toBeNull();
    expect(order.due).toBeNull();
  });

  it('of what legacy withholds is the service’s alone', () => {
    const order = begun();
    expect(order.insert(1, 1, WITHHELD)?.events).toEqual([]);
    order.tell(1, 2);
    expect(order.judged).toEqual(['1 onlyService']);
  });

  it('is compared with what waited while the order was parked', () => {
    const order = begun();
    order.rows(1, spoiled(1));
    order.tell(1, 2);
    order.ring(Infinity);
    const { state } = order;
    expect(state?.parked?.waiting).toHaveLength(2);
    const waiting = state?.parked?.waiting.map((set) =>
      set.kind === 'trial' ? set : { ...set, changes: [lineOf(1)] },
    );
    const sound = { ...state, parked: { ...state?.parked, waiting } } as NonNullable<typeof state>;
    for (const step of unpark(sound, rules, { ...SETTINGS, routing: order.routing }, NO_LOOKUP_ROWS)) order.keep(step);
    expect(order.judged).toEqual(['1 equal']);
    expect(order.due).toBeNull();
  });

  it('counts although it is given up with what waited before it', () => {
    const order = begun();
    const aggregate = rules.aggregates.get('order');
    if (aggregate === undefined || order.state === null) throw new Error('It is not known.');
    const given = { changeSet: tried(1, 1), changes: [], refusal: null, reason: 'given up' };
    const settings = { ...SETTINGS, routing: order.routing };
    order.keep(discard(given, order.state, aggregate, settings, NO_LOOKUP_ROWS));
    expect(order.due).toBe(atMs(1 + WITHIN));
    const origin = { source: 'timers', transactionId: null, position: null, commitTimeMs: atMs(1 + WITHIN) };
    const timer = changeSet({ changes: [], kind: 'timer', timer: { name: PARITY, dueMs: atMs(1 + WITHIN) }, origin });
    order.keep(discard({ ...given, changeSet: timer }, order.state, aggregate, settings, NO_LOOKUP_ROWS));
    expect(order.judged).toEqual(['1 onlyService']);
    expect(order.due).toBeNull();
  });
});

describe('the time of a pair', () => {
  it('is one timer for the first that waits', () => {
    const order = begun();
    order.insert(1, 1);
    order.tell(2, 3);
    expect(order.state?.timers).toEqual({ [PARITY]: atMs(1 + WITHIN) });
    order.tell(1, 4);
    expect(order.state?.timers).toEqual({ [PARITY]: atMs(3 + WITHIN) });
    order.insert(2, 5);
    expect(order.state).not.toHaveProperty('timers');
    expect(order.judged).toEqual(['1 equal', '2 equal']);
  });

  it('goes on for the legacy side while events of the service lie unread', () => {
    const order = begun();
    order.insert(1, 1);
    order.tell(2, 1);
    order.ring(Infinity, atMs(100));
    expect(order.judged).toEqual(['2 onlyService']);
    expect(order.due).toBe(atMs(100 + WITHIN));
    order.tell(1, 101);
    expect(order.judged).toEqual(['2 onlyService', '1 equal']);
  });

  it('holds back the end of its life', () => {
    const order = begun();
    order.rows(1, rowChange({ table: 'r.head', key: '4711', op: 'u', row: { id: '4711', mkt: 'DE', sts: 'DONE' } }));
    order.insert(1, 2);
    const dueMs = order.state?.timers?.[RETIRE] ?? 0;
    const origin = { source: 'timers', transactionId: null, position: null, commitTimeMs: dueMs };
    const retire = () =>
      order.decide(changeSet({ changes: [], kind: 'timer', timer: { name: RETIRE, dueMs }, origin }));
    expect(retire()?.state.isStub).toBeUndefined();
    expect(order.due).toBe(atMs(2 + WITHIN));
  });

  it('and pairs go when the rules do not compare any more', () => {
    const order = begun();
    order.insert(1, 1);
    order.tell(2, 1);
    order.routing = routingOf('legacy', false);
    order.insert(3, 2);
    expect(order.state).not.toHaveProperty('pairs');
    expect(order.state).not.toHaveProperty('timers');
    expect(order.judged).toEqual([]);
  });
});

describe('of an order that is over', () => {
  it('what comes on trial is the service’s alone, unless it was told', () => {
    const order = begun();
    order.insert(1, 1);
    order.tell(1, 1);
    const { state } = order;
    const aggregate = rules.aggregates.get('order');
    if (state === null || aggregate === undefined) throw new Error('It is not known.');
    const stub: AggregateState = {
      rows: {},
      fired: state.fired,
      sequences: state.sequences,
      parked: null,
      at: {},
      isStub: true,
    };
    expect(isTriedAgain(tried(1, 5).trial as TrialEvent, stub, aggregate)).toBe(true);
    const done = translate(tried(2, 5), stub, rules, { ...SETTINGS, routing: order.routing });
    expect(done.entry.parity).toMatchObject([{ occurrence: '4711/2', class: 'onlyService' }]);
    expect(done.state).toEqual(stub);
  });

  it('nothing is kept when it was forgotten', () => {
    const order = begun();
    order.insert(1, 1);
    if (order.state === null) throw new Error('It is not known.');
    const forgotten = erased(order.state);
    expect(forgotten).not.toHaveProperty('pairs');
    expect(forgotten).not.toHaveProperty('timers');
  });
});
