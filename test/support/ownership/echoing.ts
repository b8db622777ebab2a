/** One order whose rows a new service may write, told of by transactions, by events of the service and by the clock; its state goes through its cells at every step. */
import { z } from 'zod';
import type { ChangeSet, RowChange } from '../../../src/domain/change-set.js';
import { ALL, type Stage } from '../../../src/domain/ownership/route.js';
import { tellingText } from '../../../src/domain/source/annotation.js';
import { positionOf } from '../../../src/domain/source/position.js';
import { type AggregateState, EMPTY_STATE } from '../../../src/domain/state/aggregate-state.js';
import type { EchoKind } from '../../../src/domain/ownership/echo.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import {
  aggregate,
  capability,
  contract,
  legacy,
  many,
  one,
  origin,
  publish,
  ruleSet,
  table,
} from '../../../src/rules/index.js';
import type { RoutedContract, Routing } from '../../../src/translate/publish/routing.js';
import { publishMissed } from '../../../src/translate/snapshots/findings.js';
import { withEchoTimer } from '../../../src/translate/timers/echoes.js';
import { ECHO } from '../../../src/translate/timers/named.js';
import { translate, type Translated } from '../../../src/translate/translate.js';
import { changeSet, COMMIT_TIME_MS, rowChange, SETTINGS } from '../../unit/translate/examples.js';
import { CellStates } from '../stored.js';
import { PRODUCER } from './service-events.js';

const head = table('e.head', {
  key: ['id'],
  columns: { id: legacy.bigint(), sts: legacy.text(), usr: legacy.text().nullable() },
});
const line = table('e.line', { key: ['id', 'n'], columns: { id: legacy.bigint(), n: legacy.integer() } });
const order = aggregate(
  'order',
  { header: one(head, (row) => row.id), lines: many(line, (row) => row.id) },
  { bornIn: (o) => (o.header?.usr === 'BORN-NEW' ? 'service' : o.header?.usr === 'BORN-OLD' ? 'legacy' : null) },
);
const ready = order.milestone('OrderReady', {
  importance: 'normal',
  when: { 'it is ready': (o) => o.header?.sts === 'READY' },
  data: () => ({}),
});
const added = order.each('lines').inserted('LineAdded', { importance: 'low', data: () => ({}) });
const words = { topic: 'orders', key: 'orderId', owner: 'o', meaning: 'm', certainty: 'c', notSentWhen: 'n' };
const v1 = (name: string) => contract(name, 1, { ...words, data: z.object({}), example: {} });
const readyV1 = v1('OrderReady');
const addedV1 = v1('LineAdded');
/** That never moves. */
const noticedV1 = v1('OrderNoticed');

export const WITHIN_MS = 600_000;
const fulfilment = capability('fulfilment', {
  contracts: [readyV1, addedV1],
  echoes: { system: 'order-service', within: '10 minutes' },
});
export const echoingRules = compileRuleSet(
  ruleSet({
    aggregates: [order],
    facts: [ready, added],
    publications: [
      publish(ready).as(readyV1, () => ({})),
      publish(ready).as(noticedV1, () => ({})),
      publish(added).as(addedV1, () => ({})),
    ],
    origins: [origin.annotated('by', { system: 'system' }), origin.columns(head, { user: 'usr' })],
    capabilities: [fulfilment],
  }),
);

export const READY = 'OrderReady.v1';
export const ADDED = 'LineAdded.v1';

export const row = (sts: string, usr: string | null = null, op: RowChange['op'] = 'u'): RowChange =>
  rowChange({ table: 'e.head', key: '1', op, row: { id: '1', sts, usr } });
export const item = (n: number): RowChange =>
  rowChange({ table: 'e.line', key: `1/${n}`, op: 'c', row: { id: '1', n } });

/** Both contracts, moved as one. */
export class EchoStands implements Routing {
  readonly producer = 'dragoman:shop.orders';
  stage: Stage;
  epoch = 0;
  isSticky: boolean;

  constructor(stage: Stage, isSticky: boolean) {
    this.stage = stage;
    this.isSticky = isSticky;
  }

  of(contract: string): RoutedContract | undefined {
    const capability = echoingRules.routed.get(contract);
    if (capability === undefined) return undefined;
    const routes = [{ contract, selector: ALL, stage: this.stage, epoch: this.epoch }];
    const { echoes } = capability;
    return { isSticky: this.isSticky, routes, isServed: this.stage === 'service', parity: null, echoes };
  }
}

export class EchoedOrder {
  readonly routing: EchoStands;
  readonly #cells = new CellStates();
  #position = 0;
  nowMs = COMMIT_TIME_MS;

  constructor(stage: Stage, isSticky = true) {
    this.routing = new EchoStands(stage, isSticky);
  }

  get state(): AggregateState {
    return this.#cells.get('order:1') ?? EMPTY_STATE;
  }

  get #settings() {
    return { ...SETTINGS, routing: this.routing };
  }

  /** @param system what its annotation says; undefined: it has none. */
  write(system: string | undefined, ...changes: RowChange[]): Translated {
    const annotations = system === undefined ? {} : { annotations: [tellingText('by', { system })] };
    return this.#next({ ...annotations, origin: this.#origin() }, changes);
  }

  #origin(): ChangeSet['origin'] {
    this.#position += 1;
    const position = positionOf(String(this.#position));
    return { source: 'legacy', transactionId: String(this.#position), position, commitTimeMs: this.nowMs };
  }

  tell(contract: string, occurrence = '', sequence = (this.state.sequences[contract] ?? 0) + 1): Translated {
    const { stage, isSticky, epoch } = this.routing;
    const told = { contract, eventId: 'e', occurrence, sequence, epoch, producer: PRODUCER, stage, isSticky };
    const from = { source: PRODUCER, transactionId: 'e', position: null, commitTimeMs: this.nowMs };
    return this.#next({ kind: 'told', told, origin: from }, []);
  }

  /** Publishes what is owed and the service's no more. */
  owed(): Translated {
    const from = { source: 'routes', transactionId: null, position: null, commitTimeMs: this.nowMs };
    return this.#next({ kind: 'owed', origin: from }, []);
  }

  /** The clock goes on. @returns null: nothing was due. */
  later(ms: number): Translated | null {
    this.nowMs += ms;
    const dueMs = this.state.timers?.[ECHO];
    if (dueMs === undefined || dueMs > this.nowMs) return null;
    const from = { source: 'timers', transactionId: null, position: null, commitTimeMs: dueMs };
    return this.#next({ kind: 'timer', timer: { name: ECHO, dueMs }, origin: from }, []);
  }

  /** An operator publishes what was missed; null: nothing was. */
  publishMissed(): Translated | null {
    const ref = { aggregate: 'order', id: '1', state: this.state, origin: this.#origin() };
    const done = publishMissed(ref, echoingRules, this.#settings);
    return done.kind === 'decided' ? this.#keep({ ...done, state: withEchoTimer(done.state) }) : null;
  }

  #next(parts: Partial<ChangeSet>, changes: RowChange[]): Translated {
    const set = changeSet({ aggregate: 'order', id: '1', ...parts, changes });
    const { position } = set.origin;
    const before = position === null ? this.state : { ...this.state, at: { legacy: position } };
    return this.#keep(translate(set, before, echoingRules, this.#settings));
  }

  #keep(done: Translated): Translated {
    this.#cells.set('order:1', { ...done.state, journal: [this.#position] });
    return done;
  }
}

export const publishedBy = ({ events }: Translated): string[] =>
  events.map(({ type, sequence }) => `${type} ${sequence}`);

/** `OrderReady.v1 awaited`. */
export const echoesOf = (done: Translated | null): string[] =>
  (done?.entry.echoes ?? []).map(({ contract, became }) => `${contract} ${became satisfies EchoKind}`);
