/** Who speaks for an aggregate under a contract that may move: what is published, withheld, owed and remembered. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ChangeSet, RowChange } from '../../../src/domain/change-set.js';
import { ALL, type Selector, selectorOf, shareOf, type Stage } from '../../../src/domain/ownership/route.js';
import { tellingText } from '../../../src/domain/source/annotation.js';
import { positionOf } from '../../../src/domain/source/position.js';
import { type AggregateState, EMPTY_STATE } from '../../../src/domain/state/aggregate-state.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, contract, legacy, many, one, origin, publish, ruleSet, table } from '../../../src/rules/index.js';
import type { RoutedContract, Routing, StandingRoute } from '../../../src/translate/publish/routing.js';
import { OWED_MAX } from '../../../src/translate/publish/speaker.js';
import { unpark } from '../../../src/translate/parking/unpark.js';
import { RETIRE } from '../../../src/translate/timers/named.js';
import { translate, type Translated } from '../../../src/translate/translate.js';
import { CellStates } from '../../support/stored.js';
import { changeSet, COMMIT_TIME_MS, rowChange, SETTINGS } from './examples.js';

const head = table('r.head', {
  key: ['id'],
  columns: { id: legacy.bigint(), mkt: legacy.text().nullable(), sts: legacy.text(), src: legacy.text().nullable() },
});
const line = table('r.line', { key: ['id', 'n'], columns: { id: legacy.bigint(), n: legacy.integer() } });
const order = aggregate(
  'order',
  { header: one(head, (row) => row.id), lines: many(line, (row) => row.id) },
  {
    context: { market: (o) => o.header?.mkt ?? null },
    bornIn: (o, { system }) =>
      system === 'new' || o.header?.src === 'NEW' ? 'service' : o.header?.src === 'OLD' ? 'legacy' : null,
    retire: { when: { 'it is done': (o) => o.header?.sts === 'DONE' }, after: '90 days' },
  },
);
const ready = order.milestone('OrderReady', {
  importance: 'normal',
  when: { 'it is ready': (o) => o.header?.sts === 'READY' || o.header?.sts === 'DONE' },
  data: () => ({}),
});
const added = order.each('lines').inserted('LineAdded', { importance: 'low', data: () => ({}) });
const words = { topic: 'orders', key: 'orderId', owner: 'o', meaning: 'm', certainty: 'c', notSentWhen: 'n' };
const readyV1 = contract('OrderReady', 1, { ...words, data: z.object({}), example: {} });
const addedV1 = contract('LineAdded', 1, { ...words, data: z.object({}), example: {} });
const rules = compileRuleSet(
  ruleSet({
    aggregates: [order],
    facts: [ready, added],
    publications: [publish(ready).as(readyV1, () => ({})), publish(added).as(addedV1, () => ({}))],
    origins: [origin.annotated('by', { system: 'system' })],
  }),
);

type Routes = readonly (readonly [Selector, Stage, Pick<StandingRoute, 'taken' | 'returning'>?])[];
const DE = selectorOf({ market: 'DE' });

/** Of both contracts, as they stand. */
class Stands implements Routing {
  readonly producer = 'dragoman:shop.orders';
  routes: Routes;
  readonly #isSticky: boolean;

  constructor(isSticky: boolean, ...routes: Routes) {
    this.#isSticky = isSticky;
    this.routes = routes;
  }

  of(contract: string): RoutedContract | undefined {
    if (!contract.startsWith('OrderReady') && !contract.startsWith('LineAdded')) return undefined;
    const routes = this.routes.map(([selector, stage, is]): StandingRoute => {
      return { contract, selector, stage, epoch: 1, ...is };
    });
    const isServed = routes.some(({ stage }) => stage === 'service');
    return { isSticky: this.#isSticky, routes, isServed, echoes: null, parity: null };
  }
}

const row = (mkt: string | null, sts = 'NEW', src: string | null = null, op: RowChange['op'] = 'c'): RowChange =>
  rowChange({ table: 'r.head', key: '1', op, row: { id: '1', mkt, sts, src } });
const item = (n: number): RowChange => rowChange({ table: 'r.line', key: `1/${n}`, op: 'c', row: { id: '1', n } });
const spoiled = (): RowChange => ({ ...row('DE'), row: null, refusal: { code: 'CODE_UNKNOWN', text: 'unknown' } });

/** What happens to an order, whose state goes through its cells at every step. */
class Life {
  readonly #cells = new CellStates();
  readonly #routing: Routing | undefined;
  readonly #id: string;
  #position = 0;

  constructor(routing: Routing | undefined, id = '1') {
    this.#routing = routing;
    this.#id = id;
  }

  get state(): AggregateState | null {
    return this.#cells.get('order:1');
  }

  get #settings() {
    return this.#routing === undefined ? SETTINGS : { ...SETTINGS, routing: this.#routing };
  }

  next(parts: Partial<ChangeSet>, ...changes: RowChange[]): Translated {
    this.#position += 1;
    const position = positionOf(String(this.#position));
    const { at, ...before } = this.state ?? EMPTY_STATE;
    const set = changeSet({ ...{ aggregate: 'order', id: this.#id, changes }, ...parts });
    const arrived = { ...before, at: set.kind === 'transaction' ? { ...at, legacy: position } : at };
    return this.#keep(translate(set, arrived, rules, this.#settings));
  }

  transaction(...changes: RowChange[]): Translated {
    return this.next({}, ...changes);
  }

  baseline(...changes: RowChange[]): Translated {
    const from = {
      source: 'legacy',
      transactionId: null,
      position: null,
      generation: positionOf('1'),
      commitTimeMs: 1,
    };
    return this.next({ kind: 'baseline', origin: from }, ...changes.map((each) => ({ ...each, op: 'r' as const })));
  }

  retire(): Translated {
    const dueMs = this.state?.timers?.[RETIRE] ?? 0;
    const from = { source: 'timers', transactionId: null, position: null, commitTimeMs: dueMs };
    return this.next({ kind: 'timer', timer: { name: RETIRE, dueMs }, origin: from });
  }

  unpark(): readonly Translated[] {
    const { state } = this;
    if (state?.parked == null) throw new Error('It is not parked.');
    const sound = { ...state, parked: { ...state.parked, waiting: state.parked.waiting.map(mended) } };
    const steps = unpark(sound, rules, this.#settings);
    for (const step of steps) this.#keep(step);
    return steps;
  }

  #keep(done: Translated): Translated {
    // As in a pipeline, which gives each entry its place.
    const isTold = done.entry.outcome !== 'baseline';
    const state = isTold && done.state.isStub !== true ? { ...done.state, journal: [this.#position] } : done.state;
    if (done.state.isStub !== true) this.#cells.set('order:1', state);
    return done;
  }
}

const mended = (set: ChangeSet): ChangeSet => ({
  ...set,
  changes: set.changes.map((change) => ({ ...change, row: row('DE', 'READY').row, refusal: null })),
});
const published = ({ events }: Translated): string[] =>
  events.map(({ topic, type, sequence }) => `${topic} ${type} ${sequence}`);
const withheld = ({ entry }: Translated): string[] =>
  entry.verdicts.flatMap((verdict) =>
    verdict.verdict === 'withheld' ? [`${verdict.contract}: ${verdict.reason}`] : [],
  );

describe('without capabilities', () => {
  it('nothing is other than it was', () => {
    const routed = new Life(new Stands(true));
    const plain = new Life(undefined);
    for (const life of [routed, plain]) life.transaction(row('DE', 'READY'), item(1));
    expect(plain.state).toEqual(routed.state);
    expect(Object.keys(plain.state ?? {}).sort()).toEqual(['at', 'fired', 'journal', 'parked', 'rows', 'sequences']);
    const [event] = new Life(undefined).transaction(row('DE', 'READY')).events;
    expect(event).not.toHaveProperty('beside');
    expect(event?.headers).not.toHaveProperty('ce_producer');
  });
});

describe('a contract that may move', () => {
  it('says in a header who published, and nothing else', () => {
    const [plain] = new Life(undefined).transaction(row('DE', 'READY')).events;
    const [event] = new Life(new Stands(true)).transaction(row('DE', 'READY')).events;
    expect(event?.headers).toEqual({ ...plain?.headers, ce_producer: 'dragoman:shop.orders' });
    expect(event?.beside).toEqual({ ce_producer: 'dragoman:shop.orders' });
    expect({ ...event, headers: {}, beside: {} }).toEqual({ ...plain, headers: {}, beside: {} });
  });
});

describe('in stage shadow', () => {
  it('the event goes to the shadow topic, under numbers of its own, and counts as withheld', () => {
    const routing = new Stands(true, [ALL, 'shadow']);
    const life = new Life(routing);
    const first = life.transaction(row('DE'), item(1));
    expect(published(first)).toEqual(['orders.shadow LineAdded 1']);
    expect(withheld(first)).toEqual([
      'LineAdded: The route LineAdded.v1 (epoch 1) is in stage shadow: it is in the shadow topic alone.',
    ]);
    expect(life.state).toMatchObject({ fired: { LineAdded: { '1/1': 0 } }, sequences: { 'LineAdded.v1~shadow': 1 } });
    routing.routes = [];
    expect(published(life.transaction(item(2)))).toEqual(['orders LineAdded 1']);
    expect(published(life.transaction(row('DE', 'READY', null, 'u')))).toEqual(['orders OrderReady 1']);
  });

  it('what was legacy from the beginning goes there, too, and has the id that it would have', () => {
    const routing = new Stands(true);
    const life = new Life(routing);
    life.transaction(row('DE'));
    routing.routes = [[DE, 'shadow']];
    const [shadow] = life.transaction(row('DE', 'READY', null, 'u')).events;
    const [plain] = new Life(undefined).transaction(row('DE', 'READY')).events;
    expect(shadow).toMatchObject({ id: plain?.id, topic: 'orders.shadow', isShadow: true });
  });
});

describe('in stage service', () => {
  it('what is first seen then is the service’s, is decided, and owed', () => {
    const life = new Life(new Stands(true, [DE, 'service']));
    const done = life.transaction(row('DE', 'READY'), item(1));
    expect(published(done)).toEqual([]);
    expect(withheld(done)).toEqual([
      'OrderReady: It belongs to the service under OrderReady.v1: it began there.',
      'LineAdded: It belongs to the service under LineAdded.v1: it began there.',
    ]);
    const decidedAt = new Date(COMMIT_TIME_MS).toISOString();
    expect(life.state).toMatchObject({
      owners: { 'OrderReady.v1': 'service', 'LineAdded.v1': 'service' },
      owed: { 'OrderReady.v1': { '': { fact: 'OrderReady', decidedAt } }, 'LineAdded.v1': { '1/1': { decidedAt } } },
      fired: { OrderReady: { '': 0 }, LineAdded: { '1/1': 0 } },
      sequences: {},
    });
    expect(life.transaction(row('DE', 'DONE', null, 'u')).entry.verdicts).toMatchObject([{ verdict: 'already' }]);
  });

  it('what was seen before stays legacy’s, whatever the stage becomes', () => {
    const routing = new Stands(true);
    const life = new Life(routing);
    life.baseline(row('DE'));
    routing.routes = [[DE, 'service']];
    expect(published(life.transaction(row('DE', 'READY', null, 'u')))).toEqual(['orders OrderReady 1']);
    expect(life.state).not.toHaveProperty('owners');
  });

  it('and what is the service’s stays so when the route goes back', () => {
    const routing = new Stands(true, [DE, 'service']);
    const life = new Life(routing);
    life.baseline(row('DE'));
    expect(life.state).toMatchObject({ owners: { 'OrderReady.v1': 'service' } });
    routing.routes = [[DE, 'legacy']];
    expect(published(life.transaction(row('DE', 'READY', null, 'u')))).toEqual([]);
  });

  it('until an operator takes the route from it', () => {
    const routing = new Stands(true, [DE, 'service']);
    const life = new Life(routing);
    life.transaction(row('DE'));
    routing.routes = [[DE, 'legacy', { taken: 'owed' }]];
    expect(published(life.transaction(row('DE', 'READY', null, 'u')))).toEqual(['orders OrderReady 1']);
  });

  it('other markets are not concerned', () => {
    const life = new Life(new Stands(true, [DE, 'service']));
    expect(published(life.transaction(row('AT', 'READY')))).toEqual(['orders OrderReady 1']);
    expect(life.state).not.toHaveProperty('owners');
  });

  it('a share is that of the ids', () => {
    const half = new Stands(true, [selectorOf({}, [0, 50]), 'service']);
    for (const id of Array.from({ length: 40 }, (_, i) => `order ${i}`))
      expect(published(new Life(half, id).transaction(row('DE', 'READY')))).toHaveLength(shareOf(id) < 5_000 ? 0 : 1);
  });

  it('of an immediate capability all follow their route', () => {
    const routing = new Stands(false, [DE, 'service']);
    const life = new Life(routing);
    const silent = life.transaction(row('DE', 'NEW'), item(1));
    expect(withheld(silent)).toEqual([
      'LineAdded: The service publishes it: the route LineAdded.v1 market=DE (epoch 1) is in stage service.',
    ]);
    expect(life.state).not.toHaveProperty('owners');
    routing.routes = [];
    expect(published(life.transaction(item(2)))).toEqual(['orders LineAdded 1']);
    routing.routes = [[DE, 'service']];
    expect(published(life.transaction(item(3)))).toEqual([]);
  });

  it('more than can be remembered as owed parks', () => {
    const life = new Life(new Stands(true, [ALL, 'service']));
    const lines = Array.from({ length: OWED_MAX }, (_, i) => item(i));
    expect(life.transaction(row('DE'), ...lines).entry.outcome).toBe('applied');
    expect(life.transaction(item(OWED_MAX)).entry).toMatchObject({
      outcome: 'parked',
      refusal: { code: 'OWED_TOO_MANY' },
    });
  });
});

describe('whose it is, when it is first seen', () => {
  it('stays open while the market is not known, and is settled when it is', () => {
    for (const [market, owner] of [
      ['DE', 'service'],
      ['AT', undefined],
    ] as const) {
      const life = new Life(new Stands(true, [DE, 'service']));
      life.baseline(item(1));
      expect(life.state).toMatchObject({ owners: { 'OrderReady.v1': 'open' } });
      life.transaction(row(market));
      expect(life.state?.owners?.['OrderReady.v1']).toBe(owner);
    }
  });

  it('is settled at the latest by the first fact', () => {
    const life = new Life(new Stands(true, [DE, 'service']));
    life.transaction(row(null));
    expect(life.state).toMatchObject({ owners: { 'OrderReady.v1': 'open' } });
    expect(published(life.transaction(row(null, 'READY', null, 'u')))).toEqual(['orders OrderReady 1']);
    expect(life.state).toMatchObject({ owners: { 'OrderReady.v1': 'legacy', 'LineAdded.v1': 'open' } });
  });

  it('is open while its service is asked for the route: of legacy nothing is lost, and of the service nothing told twice', () => {
    const stands = new Stands(true, [DE, 'service', { returning: { at: new Date(0).toISOString() } }]);
    const life = new Life(stands);
    expect(withheld(life.transaction(row('DE', 'READY')))).toEqual([
      'OrderReady: OrderReady.v1 market=DE (epoch 1) is being handed over by its service.',
    ]);
    expect(life.state).toMatchObject({ owners: { 'OrderReady.v1': 'open' }, owed: { 'OrderReady.v1': { '': {} } } });
    stands.routes = [[DE, 'legacy']];
    const from = { source: 'routes', transactionId: null, position: null, commitTimeMs: COMMIT_TIME_MS };
    expect(published(life.next({ kind: 'owed', origin: from }))).toEqual(['orders OrderReady 1']);
    expect(life.state).not.toHaveProperty('owed');
    expect(life.state).toMatchObject({ owners: { 'OrderReady.v1': 'legacy' } });
    stands.routes = [[DE, 'service']];
    expect(published(life.transaction(item(1)))).toEqual(['orders LineAdded 1']);
  });

  it('is not open while no route is the service’s', () => {
    const life = new Life(new Stands(true, [DE, 'shadow']));
    life.transaction(row(null));
    expect(life.state).not.toHaveProperty('owners');
  });

  it('is what it was when it was parked then', () => {
    const routing = new Stands(true);
    const life = new Life(routing);
    expect(life.transaction(spoiled()).entry.outcome).toBe('parked');
    routing.routes = [[DE, 'service']];
    expect(life.unpark().flatMap(published)).toEqual(['orders OrderReady 1']);
    const later = new Life(routing);
    later.transaction(spoiled());
    expect(later.unpark().flatMap(published)).toEqual([]);
    expect(later.state).toMatchObject({ owners: { 'OrderReady.v1': 'service' } });
  });

  it('is what its rows say of where it was born', () => {
    const routing = new Stands(true);
    expect(published(new Life(routing).transaction(row('DE', 'READY', 'NEW')))).toEqual([]);
    const old = new Life(new Stands(true, [DE, 'service']));
    expect(published(old.transaction(row('DE', 'READY', 'OLD')))).toEqual(['orders OrderReady 1']);
    expect(old.state).not.toHaveProperty('owners');
  });

  it('or what its transaction says', () => {
    const life = new Life(new Stands(true));
    const echo = life.next({ annotations: [tellingText('by', { system: 'new' })] }, row('DE', 'READY'));
    expect(echo.entry.said).toMatchObject({ system: 'new' });
    expect(published(echo)).toEqual([]);
    expect(published(life.transaction(item(1)))).toEqual([]);
  });

  it('parks where bornIn gives something else', () => {
    const strange = compileRuleSet(
      ruleSet({
        ...{ aggregates: [{ ...order, bornIn: () => 'elsewhere' as never }], facts: [ready] },
        publications: [publish(ready).as(readyV1, () => ({}))],
      }),
    );
    const set = changeSet({ aggregate: 'order', id: '1', changes: [row('DE', 'READY')] });
    const settings = { ...SETTINGS, routing: new Stands(true) };
    expect(translate(set, null, strange, settings).entry).toMatchObject({
      ...{ outcome: 'parked', refusal: { code: 'RULE_THREW' } },
    });
  });
});

describe('the end of its life', () => {
  const done = (routing: Stands): Life => {
    const life = new Life(routing);
    life.transaction(row('DE', 'DONE'));
    return life;
  };

  it('waits while something is owed', () => {
    const life = done(new Stands(true, [DE, 'service']));
    const { state } = life.retire();
    expect(state).toMatchObject({ owed: { 'OrderReady.v1': {} } });
    expect(state.isStub).toBeUndefined();
  });

  it('leaves whose it is', () => {
    const life = new Life(new Stands(true, [DE, 'service']));
    life.transaction(row('DE', 'NEW'));
    const { state } = life;
    if (state === null) throw new Error('It is not known.');
    const set = changeSet({ aggregate: 'order', id: '1', changes: [row('DE', 'GONE', null, 'u')] });
    expect(translate(set, { ...state, isStub: true, rows: {} }, rules, SETTINGS).state.owners).toEqual(state.owners);
  });
});
