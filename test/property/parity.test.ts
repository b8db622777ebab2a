/**
 * Two sides of the same facts, in any interleaving, with the time that passes between: what pairs come to is what a model says that looks at each
 * fact by itself. The state goes through what is stored at every step.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { ChangeSet } from '../../src/domain/change-set.js';
import { type Route, selectorOf } from '../../src/domain/ownership/route.js';
import { positionOf } from '../../src/domain/source/position.js';
import { EMPTY_STATE } from '../../src/domain/state/aggregate-state.js';
import type { ParityClass } from '../../src/domain/state/pairs.js';
import { compileRuleSet } from '../../src/rules/compile.js';
import { aggregate, contract, legacy, many, one, publish, ruleSet, table } from '../../src/rules/index.js';
import { compileParity } from '../../src/rules/parity/parity.js';
import { isTriedAgain } from '../../src/translate/ownership/trial.js';
import type { Routing } from '../../src/translate/publish/routing.js';
import { PARITY } from '../../src/translate/timers/named.js';
import { translate } from '../../src/translate/translate.js';
import { CellStates } from '../support/stored.js';
import { changeSet, COMMIT_TIME_MS, rowChange, SETTINGS } from '../unit/translate/examples.js';

const head = table('r.head', { key: ['id'], columns: { id: legacy.bigint(), mkt: legacy.text() } });
const line = table('r.line', {
  key: ['id', 'n'],
  columns: { id: legacy.bigint(), n: legacy.integer(), qty: legacy.integer() },
});
const order = aggregate(
  'order',
  { header: one(head, (row) => row.id), lines: many(line, (row) => row.id) },
  { context: { market: (o) => o.header?.mkt ?? null } },
);
const added = order.each('lines').inserted('LineAdded', { importance: 'low', data: (_, { qty }) => ({ qty }) });
const words = { topic: 'orders', key: 'orderId', owner: 'o', meaning: 'm', certainty: 'c', notSentWhen: 'n' };
const addedV1 = contract('LineAdded', 1, { ...words, data: z.object({ qty: z.number() }), example: { qty: 1 } });
/** Lines of this quantity are withheld. */
const WITHHELD = 0;
const rules = compileRuleSet(
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

const CONTRACT = 'LineAdded.v1';
const MINUTE = 60_000;
const WITHIN = 10;
const by = { market: ['DE'] };
const routing: Routing = {
  producer: 'dragoman:shop.orders',
  of: (of) =>
    of === CONTRACT
      ? {
          ...{ isSticky: true, isServed: false },
          routes: [{ contract: of, selector: selectorOf({ market: 'DE' }), stage: 'shadow', epoch: 0 } satisfies Route],
          parity: { rules: compileParity({ within: `${WITHIN} minutes` }), by },
        }
      : undefined,
};

/** Of one fact: when, in minutes, each side says it (null: never), and whether they say the same. */
interface Fact {
  readonly legacy: number | null;
  readonly service: number | null;
  /** The service says it once more, so much later. */
  readonly again: number | null;
  readonly is: 'same' | 'other' | 'withheld';
}

type Judgement = `${number} ${ParityClass}`;

/** Each fact by itself; what is said at the instant at which the time is over was in time. */
function model(facts: readonly Fact[]): Judgement[] {
  return facts.flatMap(({ legacy: ours, service, is }, n): Judgement[] => {
    if (is === 'withheld') return service === null ? [] : [`${n} onlyService`];
    if (ours === null && service === null) return [];
    if (service === null) return [`${n} onlyLegacy`];
    if (ours === null) return [`${n} onlyService`];
    if (Math.abs(ours - service) > WITHIN)
      return [`${n} ${ours < service ? 'onlyLegacy' : 'onlyService'}`, `${n} late`];
    return [`${n} ${is === 'same' ? 'equal' : 'different'}`];
  });
}

interface Step {
  readonly at: number;
  readonly n: number;
  readonly side: 'legacy' | 'service';
}

/** In time; rows before events where both are at once, and what is due in front of what is later. */
function lived(facts: readonly Fact[]): Judgement[] {
  const steps = facts.flatMap(({ legacy: ours, service, again, is }, n): Step[] => [
    ...(ours === null && is !== 'withheld' ? [] : [{ at: ours ?? 0, n, side: 'legacy' as const }]),
    ...(service === null ? [] : [{ at: service, n, side: 'service' as const }]),
    ...(service === null || again === null ? [] : [{ at: service + again, n, side: 'service' as const }]),
  ]);
  steps.sort((a, b) => a.at - b.at || (a.side < b.side ? -1 : 1) || a.n - b.n);
  const cells = new CellStates();
  const found: Judgement[] = [];
  let position = 0;
  const decide = (set: ChangeSet): void => {
    const known = cells.get('order:4711');
    const before = known ?? EMPTY_STATE;
    if (set.trial !== undefined && isTriedAgain(set.trial, before, order_)) return;
    position += 1;
    const at = { legacy: positionOf(String(position)) };
    const done = translate(set, set.kind === 'transaction' ? { ...before, at } : before, rules, {
      ...SETTINGS,
      routing,
    });
    cells.set('order:4711', done.state);
    for (const { occurrence, class: is, route } of done.entry.parity ?? []) {
      found.push(`${Number(occurrence.split('/')[1])} ${is}`);
      expect(route).toBe(`${CONTRACT} market=DE`);
    }
  };
  const ring = (untilMs: number): void => {
    for (let dueMs = due(); dueMs !== null && dueMs < untilMs; dueMs = due())
      decide(
        changeSet({
          ...{ changes: [], kind: 'timer', timer: { name: PARITY, dueMs } },
          origin: { source: 'timers', transactionId: null, position: null, commitTimeMs: dueMs },
        }),
      );
  };
  const due = (): number | null => cells.get('order:4711')?.timers?.[PARITY] ?? null;
  decide(
    changeSet({ changes: [rowChange({ table: 'r.head', key: '4711', op: 'c', row: { id: '4711', mkt: 'DE' } })] }),
  );
  for (const { at, n, side } of steps) {
    const { is } = facts[n] as Fact;
    const atMs = COMMIT_TIME_MS + at * MINUTE;
    ring(atMs);
    if (side === 'service') decide(tried(n, is === 'other' ? 8 : 7, atMs));
    else decide(inserted(n, is === 'withheld' ? WITHHELD : 7, atMs));
  }
  ring(Infinity);
  expect(due()).toBeNull();
  return found;
}

const order_ = rules.aggregates.get('order') ?? { facts: [] };

const inserted = (n: number, qty: number, commitTimeMs: number): ChangeSet =>
  changeSet({
    changes: [rowChange({ table: 'r.line', key: `4711/${n}`, op: 'c', row: { id: '4711', n, qty } })],
    origin: { source: 'legacy', transactionId: String(commitTimeMs), position: positionOf(String(n)), commitTimeMs },
  });

const tried = (n: number, qty: number, atMs: number): ChangeSet =>
  changeSet({
    ...{ changes: [], kind: 'trial' },
    origin: { source: 'service:orders', transactionId: String(n), position: null, commitTimeMs: atMs },
    trial: {
      ...{
        contract: CONTRACT,
        eventId: String(n),
        occurrence: `4711/${n}`,
        sequence: n + 1,
        producer: 'service:orders',
      },
      ...{
        value: { market: 'DE', qty, sourceSystem: 'legacy-oms', orderId: '4711', sequence: n + 1 },
        writtenMs: atMs,
      },
    },
  });

const minute = fc.integer({ min: 1, max: 60 });
const fact: fc.Arbitrary<Fact> = fc.record({
  legacy: fc.option(minute, { freq: 5 }),
  service: fc.option(minute, { freq: 5 }),
  again: fc.option(fc.integer({ min: 0, max: 30 }), { freq: 1 }),
  is: fc.constantFrom('same', 'same', 'other', 'withheld'),
});

/** The order of the two sides may differ, which is a class of its own: an equal pair may be out of order. */
const without = (all: readonly Judgement[]): Judgement[] =>
  all.map((each) => each.replace('outOfOrder', 'equal') as Judgement).sort();

it('pairs come to what each fact by itself comes to', () => {
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 12 }), (facts) => {
      expect(without(lived(facts))).toEqual(without(model(facts)));
    }),
    { numRuns: 300 },
  );
});
