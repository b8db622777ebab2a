/** Changes of legacy rows that the new service made, or seems to have made: what is published, held, told and left to an operator. */
import { describe, expect, it } from 'vitest';
import { isSigned } from '../../../../src/rules/routes/echoes.js';
import { NO_LOOKUP_ROWS } from '../../../../src/translate/looking.js';
import { discard } from '../../../../src/translate/parking/discard.js';
import { ECHO } from '../../../../src/translate/timers/named.js';
import { changeSet, SETTINGS } from '../examples.js';
import {
  ADDED,
  echoesOf,
  EchoedOrder,
  echoingRules,
  item,
  publishedBy,
  READY,
  row,
  WITHIN_MS,
} from '../../../support/ownership/echoing.js';

const SERVICE = 'order-service';
const begun = (order: EchoedOrder): EchoedOrder => {
  order.write(undefined, row('NEW', null, 'c'));
  return order;
};
/** Begun in legacy, whatever its route is then. */
const legacys = (stage: 'legacy' | 'service' = 'legacy'): EchoedOrder => {
  const order = begun(new EchoedOrder('legacy'));
  order.routing.stage = stage;
  return order;
};

describe('a write-back of what the service has', () => {
  it('is owed until the service tells of it, and told once', () => {
    const order = begun(new EchoedOrder('service'));
    const written = order.write(SERVICE, row('READY'));
    expect(publishedBy(written)).toEqual(['OrderNoticed 1']);
    expect(echoesOf(written)).toEqual([`${READY} awaited`]);
    expect(order.state.timers?.[ECHO]).toBe(order.nowMs + WITHIN_MS);
    const told = order.tell(READY);
    expect([publishedBy(told), echoesOf(told)]).toEqual([[], [`${READY} suppressed`]]);
    expect(order.state).not.toHaveProperty('owed');
    expect(order.state).not.toHaveProperty('timers');
    expect(order.later(WITHIN_MS)).toBeNull();
  });

  it('may come after the event, too', () => {
    const order = begun(new EchoedOrder('service'));
    order.tell(READY);
    const written = order.write(SERVICE, row('READY'));
    expect([publishedBy(written), echoesOf(written)]).toEqual([['OrderNoticed 1'], [`${READY} suppressed`]]);
    expect(order.state).not.toHaveProperty('owed');
  });

  it('that is not told in time stays owed, and is published when the order is legacy’s again', () => {
    const order = begun(new EchoedOrder('service', false));
    order.write(SERVICE, row('READY'));
    expect(order.later(WITHIN_MS - 1)).toBeNull();
    const expired = order.later(1);
    expect(expired?.entry).toMatchObject({ outcome: 'untold', verdicts: [] });
    expect(echoesOf(expired)).toEqual([`${READY} expired`]);
    expect(order.state.owed?.[READY]?.['']).toBeDefined();
    expect(order.later(WITHIN_MS)).toBeNull();
    order.routing.stage = 'legacy';
    expect(publishedBy(order.owed())).toEqual(['OrderReady 1']);
  });

  it('has a timer for the first that is to be told, then for the next', () => {
    const order = begun(new EchoedOrder('service'));
    order.write(SERVICE, item(1));
    order.later(1_000);
    order.write(SERVICE, item(2));
    expect(echoesOf(order.later(WITHIN_MS - 1_000))).toEqual([`${ADDED} expired`]);
    expect(Object.keys(order.state.owed?.[ADDED] ?? {})).toEqual(['1/1', '1/2']);
    expect(echoesOf(order.later(1_000))).toEqual([`${ADDED} expired`]);
  });

  it('without the sign is a near miss at once, and otherwise the same', () => {
    const order = begun(new EchoedOrder('service'));
    expect(echoesOf(order.write(undefined, row('READY')))).toEqual([`${READY} awaited`, `${READY} unsigned`]);
    expect(echoesOf(order.write('night batch', item(1)))).toEqual([`${ADDED} awaited`, `${ADDED} unsigned`]);
    order.tell(ADDED, '1/2');
    expect(echoesOf(order.write(undefined, item(2)))).toEqual([`${ADDED} suppressed`, `${ADDED} unsigned`]);
  });
});

describe('a write-back of what is legacy’s', () => {
  it('is not published under what may move, and under everything else', () => {
    const written = legacys().write(SERVICE, row('READY'));
    expect([publishedBy(written), echoesOf(written)]).toEqual([['OrderNoticed 1'], [`${READY} awaited`]]);
    expect(written.entry.verdicts).toContainEqual({
      ...{ fact: 'OrderReady', verdict: 'withheld', occurrence: '', contract: 'OrderReady' },
      reason: 'An echo: its transaction says that the service wrote it. The service has a while to tell of it.',
    });
  });

  it('is a near miss when nobody tells of it, and an operator publishes it once, under that contract alone', () => {
    const order = legacys();
    order.write(SERVICE, row('READY'));
    const missed = order.later(WITHIN_MS);
    expect(echoesOf(missed)).toEqual([`${READY} not-owned`]);
    expect(missed?.entry.verdicts).toEqual([{ fact: 'OrderReady', verdict: 'missed', occurrence: '', values: {} }]);
    expect(order.state).not.toHaveProperty('owed');
    expect(publishedBy(order.publishMissed()!)).toEqual(['OrderReady 1']);
    expect(order.publishMissed()).toBeNull();
    expect(order.state.sequences).toEqual({ [READY]: 1, 'OrderNoticed.v1': 1 });
    expect(publishedBy(order.write(undefined, row('READY')))).toEqual([]);
  });

  it('is no reason to publish it when a route comes back meanwhile', () => {
    const order = legacys();
    order.write(SERVICE, row('READY'));
    expect(publishedBy(order.owed())).toEqual([]);
    expect(order.state.owed?.[READY]?.['']?.isHeld).toBe(true);
  });

  it('is told where the service had it when it told', () => {
    const order = begun(new EchoedOrder('service', false));
    order.tell(READY);
    order.routing.stage = 'legacy';
    expect(echoesOf(order.write(SERVICE, row('READY')))).toEqual([`${READY} suppressed`]);
  });

  it('becomes the service’s to tell when an operator publishes it after a move', () => {
    const order = begun(new EchoedOrder('legacy', false));
    order.write(SERVICE, row('READY'));
    order.later(WITHIN_MS);
    order.routing.stage = 'service';
    expect(publishedBy(order.publishMissed()!)).toEqual([]);
    expect(order.state.owed?.[READY]?.['']).not.toHaveProperty('isHeld');
    expect(order.state.timers?.[ECHO]).toBeDefined();
  });

  it('in stage shadow goes to the shadow topic, as everything does', () => {
    const order = legacys();
    order.routing.stage = 'shadow';
    const { events, entry } = order.write(SERVICE, row('READY'));
    expect(events.map(({ topic }) => topic)).toEqual(['orders.shadow', 'orders']);
    expect(entry.echoes).toBeUndefined();
  });
});

describe('a timer that waits behind something parked', () => {
  it('tells the same when it is given up', () => {
    const order = legacys();
    order.write(SERVICE, row('READY'));
    const dueMs = order.nowMs + WITHIN_MS;
    const origin = { source: 'timers', transactionId: null, position: null, commitTimeMs: dueMs };
    const timer = changeSet({ kind: 'timer', timer: { name: ECHO, dueMs }, origin, changes: [] });
    const aggregate = echoingRules.aggregates.get('order')!;
    const given = { changeSet: timer, changes: [], refusal: null, reason: 'given up by ada' };
    const done = discard(given, order.state, aggregate, SETTINGS, NO_LOOKUP_ROWS);
    expect([done.entry.outcome, echoesOf(done)]).toEqual(['untold', [`${READY} not-owned`]]);
    expect(done.state.findings?.missed).toMatchObject([{ fact: 'OrderReady', contracts: [READY] }]);
    expect(done.state).not.toHaveProperty('timers');
  });
});

describe('what is not said to be the service’s', () => {
  it('is published as ever', () => {
    const order = legacys();
    expect(publishedBy(order.write('shop', row('READY')))).toEqual(['OrderReady 1', 'OrderNoticed 1']);
    const { entry } = order.write(undefined, item(1));
    expect(entry.echoes).toBeUndefined();
    expect(order.state).not.toHaveProperty('owed');
  });

  it('nor is what is said in two ways, or by a column where the annotation says otherwise', () => {
    const by = { withinMs: 1, signs: [['user', ['NEW']] as const, ['system', ['a', 'b']] as const] };
    expect(isSigned(by, undefined)).toBe(false);
    expect(isSigned(by, { user: 'NEW' })).toBe(false);
    expect(isSigned(by, { user: 'NEW', unread: 'differs' })).toBe(false);
    expect(isSigned(by, { user: 'NEW', system: 'b' })).toBe(true);
  });
});

describe('where an order was born', () => {
  it('in a service, and no route was ever moved to one: it stays unpublished, and is told', () => {
    const order = new EchoedOrder('legacy');
    const done = order.write(undefined, row('READY', 'BORN-NEW', 'c'));
    expect(echoesOf(done).slice(0, 2)).toEqual([`${READY} born-unmoved`, `${ADDED} born-unmoved`]);
    expect(publishedBy(done)).toEqual(['OrderNoticed 1']);
    expect(order.state.owed?.[READY]?.['']).toBeDefined();
  });

  it('in a service that had the route before, or has it, is as it should be', () => {
    const [before, now] = [new EchoedOrder('legacy'), new EchoedOrder('service')];
    before.routing.epoch = 2;
    for (const order of [before, now]) expect(echoesOf(order.write(SERVICE, row('NEW', 'BORN-NEW', 'c')))).toEqual([]);
  });

  it('in legacy, though the service told of it first: it stays the service’s, and is told', () => {
    const order = new EchoedOrder('service');
    order.tell(READY);
    const done = order.write(undefined, row('NEW', 'BORN-OLD', 'c'));
    expect(echoesOf(done)).toEqual([`${READY} born-in-legacy`]);
    expect(order.state.owners?.[READY]).toBe('service');
    expect(echoesOf(order.write(undefined, row('NEW', 'BORN-OLD')))).toEqual([]);
  });
});
