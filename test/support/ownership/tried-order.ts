/** An order whose lines are facts, beside a service that tells of them on trial. Its state goes through what is stored at every step. */
import { expect } from 'vitest';
import { z } from 'zod';
import type { ChangeSet, RowChange } from '../../../src/domain/change-set.js';
import { type Route, selectorOf, type Stage } from '../../../src/domain/ownership/route.js';
import { positionOf } from '../../../src/domain/source/position.js';
import { type AggregateState, EMPTY_STATE } from '../../../src/domain/state/aggregate-state.js';
import type { ParityClass } from '../../../src/domain/state/pairs.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, contract, legacy, many, one, publish, ruleSet, table } from '../../../src/rules/index.js';
import { compileParity } from '../../../src/rules/parity/parity.js';
import { isTriedAgain } from '../../../src/translate/ownership/trial.js';
import type { Routing } from '../../../src/translate/publish/routing.js';
import { PARITY } from '../../../src/translate/timers/named.js';
import { translate, type Translated } from '../../../src/translate/translate.js';
import { changeSet, COMMIT_TIME_MS, rowChange, SETTINGS } from '../../unit/translate/examples.js';
import { CellStates } from '../stored.js';

const head = table('r.head', { key: ['id'], columns: { id: legacy.bigint(), mkt: legacy.text(), sts: legacy.text() } });
const line = table('r.line', {
  key: ['id', 'n'],
  columns: { id: legacy.bigint(), n: legacy.integer(), qty: legacy.integer() },
});
const order = aggregate(
  'order',
  { header: one(head, (row) => row.id), lines: many(line, (row) => row.id) },
  {
    context: { market: (o) => o.header?.mkt ?? null },
    retire: { when: { 'it is done': (o) => o.header?.sts === 'DONE' }, after: '90 days' },
  },
);
const added = order.each('lines').inserted('LineAdded', { importance: 'low', data: (_, { qty }) => ({ qty }) });
const words = { topic: 'orders', key: 'orderId', owner: 'o', meaning: 'm', certainty: 'c', notSentWhen: 'n' };
const addedV1 = contract('LineAdded', 1, { ...words, data: z.object({ qty: z.number() }), example: { qty: 1 } });
export const rules = compileRuleSet(
  ruleSet({
    aggregates: [order],
    facts: [added],
    publications: [
      publish(added).as(addedV1, ({ data }, { withhold }) =>
        data.qty === WITHHELD ? withhold('nothing of it') : { qty: data.qty },
      ),
    ],
  }),
);

/** Lines of this quantity are withheld. */
export const WITHHELD = 0;
export const QUANTITY = 7;
export const CONTRACT = 'LineAdded.v1';
export const MINUTE = 60_000;
export const WITHIN = 10;

/** @param isCompared its capability says what parity is. */
export const routingOf = (stage: Stage, isCompared = true, isSticky = false): Routing => ({
  producer: 'dragoman:shop.orders',
  of: (of) =>
    of === CONTRACT
      ? {
          ...{ isSticky, isServed: stage === 'service', echoes: null },
          routes: [{ contract: of, selector: selectorOf({ market: 'DE' }), stage, epoch: 0 } satisfies Route],
          parity: isCompared ? { rules: compileParity({ within: `${WITHIN} minutes` }), by: { market: ['DE'] } } : null,
        }
      : undefined,
});

export type Judgement = `${number} ${ParityClass}`;

const NAME = 'order:4711';
const compiled = rules.aggregates.get('order');

export class TriedOrder {
  readonly #cells = new CellStates();
  readonly judged: Judgement[] = [];
  routing: Routing;
  #position = 0;

  constructor(routing = routingOf('legacy')) {
    this.routing = routing;
  }

  get state(): AggregateState | null {
    return this.#cells.get(NAME);
  }

  get due(): number | null {
    return this.state?.timers?.[PARITY] ?? null;
  }

  /** @returns null: it was decided before. */
  decide(set: ChangeSet): Translated | null {
    const before = this.state ?? EMPTY_STATE;
    if (set.trial !== undefined && before.parked === null && isTriedAgain(set.trial, before, compiled ?? { facts: [] }))
      return null;
    this.#position += 1;
    const at = { legacy: positionOf(String(this.#position)) };
    const arrived = set.kind === 'transaction' ? { ...before, at } : before;
    return this.keep(translate(set, arrived, rules, { ...SETTINGS, routing: this.routing }));
  }

  keep(done: Translated): Translated {
    this.#cells.set(NAME, done.state);
    for (const { occurrence, class: is, route } of done.entry.parity ?? []) {
      this.judged.push(`${Number(occurrence.split('/')[1])} ${is}`);
      expect(route).toBe(`${CONTRACT} market=DE`);
    }
    return done;
  }

  /** @param minute of the legacy system. */
  rows(minute: number, ...changes: readonly RowChange[]): Translated | null {
    return this.decide(changeSet({ changes, origin: { ...ORIGIN, commitTimeMs: atMs(minute) } }));
  }

  begin(sts = 'NEW'): Translated | null {
    return this.rows(0, rowChange({ table: 'r.head', key: '4711', op: 'c', row: { id: '4711', mkt: 'DE', sts } }));
  }

  insert(n: number, minute: number, qty = QUANTITY): Translated | null {
    return this.rows(minute, lineOf(n, qty));
  }

  tell(n: number, minute: number, qty = QUANTITY): Translated | null {
    return this.decide(tried(n, minute, qty));
  }

  /** What is due before an instant. @param unreadMs as if events of the service were unread then. */
  ring(minute: number, unreadMs?: number): void {
    for (let { due } = this; due !== null && due < atMs(minute); { due } = this) {
      const timer = { name: PARITY, dueMs: due, ...(unreadMs === undefined ? {} : { unreadMs }) };
      const origin = { source: 'timers', transactionId: null, position: null, commitTimeMs: due };
      this.decide(changeSet({ changes: [], kind: 'timer', timer, origin }));
      if (unreadMs !== undefined) return;
    }
  }
}

export const atMs = (minute: number): number => COMMIT_TIME_MS + minute * MINUTE;

const ORIGIN = { source: 'legacy', transactionId: '7', position: positionOf('7') };

export const lineOf = (n: number, qty = QUANTITY, op: RowChange['op'] = 'c'): RowChange =>
  rowChange({ table: 'r.line', key: `4711/${n}`, op, row: { id: '4711', n, qty } });

export function tried(n: number, minute: number, qty = QUANTITY): ChangeSet {
  const sequence = n + 1;
  const value = { market: 'DE', qty, sourceSystem: 'legacy-oms', orderId: '4711', sequence };
  return changeSet({
    ...{ changes: [], kind: 'trial' },
    origin: { source: 'service:orders', transactionId: String(n), position: null, commitTimeMs: atMs(minute) },
    trial: {
      ...{ contract: CONTRACT, eventId: String(n), occurrence: `4711/${n}`, sequence, producer: 'service:orders' },
      ...{ value, writtenMs: atMs(minute) },
    },
  });
}
