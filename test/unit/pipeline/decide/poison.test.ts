/**
 * G6 in bulk: one percent of all changes of a generated history is poison, of every kind that parks an order. The events of all other
 * orders are there, in their order; what can be corrected in the rules is published whole by a retry, and the rest is given up.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { originText } from '../../../../src/domain/change-set.js';
import { aggregateRef } from '../../../../src/domain/state/aggregate-state.js';
import type { RefusalCode } from '../../../../src/domain/refusal.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { ruleSet } from '../../../../src/rules/index.js';
import { order } from '../../../../rules/aggregates/order.js';
import { orderAcceptedForFulfillment } from '../../../../rules/facts/order-accepted-for-fulfillment.js';
import { orderCancellationAccepted } from '../../../../rules/facts/order-cancellation-accepted.js';
import { orderReleasedToWarehouse } from '../../../../rules/facts/order-released-to-warehouse.js';
import { refundInitiated } from '../../../../rules/facts/refund-initiated.js';
import { publications } from '../../../../rules/publications.js';
import { owedEvents } from '../../../model/owed-events.js';
import { below, choices, chosen } from '../../../support/choices.js';
import { commandOf, results } from '../../../support/pipeline/commands.js';
import { generated } from '../../../support/history/generated.js';
import type { Statement, TableName } from '../../../support/history/database.js';
import { damaged, isStreamedRow } from '../../../support/recorded/histories.js';
import { type PlainEvent, plainEvent, plainOwed } from '../../../support/delivery/pipeline.js';
import type { HistoryPlan, PlanStep } from '../../../support/history/plan.js';
import { numbersOf } from '../../../support/pipeline/numbering.js';
import { edited, envelopeOf, type RecordedRecord } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

const SEED = 20_261_121;
const ORDERS = 150;
const COMMITS = 1_800;
/** One of so many changes. */
const POISON_EVERY = 100;

const TABLES: readonly TableName[] = [
  'ord_hdr',
  'ord_hdr',
  'ord_line',
  'pay_txn',
  'whs_rel',
  'ord_cancel',
  'cust_addr',
];

function plan(): HistoryPlan {
  const random = choices(SEED);
  const statement = (): Statement => ({
    op: below(random, 12) === 0 ? 'delete' : 'write',
    table: chosen(random, TABLES),
    order: 3 + below(random, ORDERS),
    n: below(random, 2),
    bits: below(random, 128),
  });
  const commit = (): PlanStep => ({
    kind: 'commit',
    statements: Array.from({ length: 1 + below(random, 3) }, statement),
    isCopy: false,
  });
  const steps = Array.from({ length: COMMITS }, commit);
  return { initial: [], steps, partitions: [3, 3, 3, 3, 3, 3, 3], crashes: [], seed: SEED };
}

/** What is done to a change, or to the rules for its order. */
const POISONS = [
  'unknown code',
  'no decimal',
  'column gone',
  'undecodable',
  'unplaceable',
  'rule',
  'contract',
] as const;
type Poison = (typeof POISONS)[number];
const CODES: Readonly<Record<Exclude<Poison, 'unplaceable'>, RefusalCode>> = {
  'unknown code': 'CODE_UNKNOWN',
  'no decimal': 'ROW_INVALID',
  'column gone': 'ROW_INVALID',
  undecodable: 'RECORD_UNDECODABLE',
  rule: 'RULE_THREW',
  contract: 'CONTRACT_VIOLATED',
};
/** Those that rules can make good. */
const CORRECTABLE: ReadonlySet<Poison> = new Set(['unknown code', 'rule', 'contract']);

interface Poisoned {
  readonly records: readonly RecordedRecord[];
  /** By order. */
  readonly poisons: ReadonlyMap<string, ReadonlySet<Poison>>;
  readonly changes: number;
}

const orderOf = (record: RecordedRecord): string =>
  /"ord_no":(\d+)/.exec(record.key ?? '')?.[1] ?? /"ord_no":(\d+)/.exec(record.value ?? '')?.[1] ?? '';

function poisoned(records: readonly RecordedRecord[]): Poisoned {
  const random = choices(SEED + 1);
  const poisons = new Map<string, Set<Poison>>();
  let changes = 0;
  const all = records.map((record) => {
    if (!record.topic.startsWith('legacy.oms.') || record.topic.endsWith('.ord_doc') || !isStreamedRow(record))
      return record;
    changes += 1;
    if (changes % POISON_EVERY > 0) return record;
    // The next record that takes the poison would do as well; here all kinds are tried until one fits.
    const from = below(random, POISONS.length);
    for (let i = 0; i < POISONS.length; i += 1) {
      const poison = POISONS[(from + i) % POISONS.length]!;
      const bad = withPoison(record, poison);
      if (bad === null) continue;
      const order = orderOf(record);
      poisons.set(order, (poisons.get(order) ?? new Set()).add(poison));
      return bad;
    }
    return record;
  });
  return { records: all, poisons, changes };
}

/** Null when this kind can do nothing to the record. */
function withPoison(record: RecordedRecord, poison: Poison): RecordedRecord | null {
  const { op } = envelopeOf(record);
  const table = record.topic.slice('legacy.oms.'.length);
  const isHeader = table === 'ord_hdr' && op !== 'd';
  switch (poison) {
    case 'unknown code':
      return isHeader ? edited(record, ({ after }) => (after!.sts_cd = `7${String(after!.sts_cd)}`)) : null;
    case 'no decimal':
      return isHeader ? edited(record, ({ after }) => (after!.tot_amt = 'many')) : null;
    case 'column gone':
      return isHeader ? edited(record, ({ after }) => delete after!.curr_cd) : null;
    case 'undecodable':
      return table === 'ord_hdr' || table === 'ord_line' ? damaged(record) : null;
    case 'unplaceable':
      return table === 'whs_rel' && op === 'c' ? damaged(record) : null;
    case 'rule':
    case 'contract':
      return record;
  }
}

/** The retailer's rules with mistakes in them, for some orders. */
function mistaken(poisons: Poisoned['poisons']): Pick<LoadedRules, 'rules' | 'digest'> {
  const has = (id: string, poison: Poison): boolean => poisons.get(id)?.has(poison) === true;
  const wrong = publications.map((publication) => {
    const map: typeof publication.map = (happened, tools) => {
      if (has(happened.id, 'rule')) throw new Error('a mistake');
      const fields = publication.map(happened, tools) as object;
      // In a field that the contract demands there is what no schema allows.
      return has(happened.id, 'contract') ? { ...fields, [Object.keys(fields)[0] ?? '']: Symbol('none') } : fields;
    };
    return { ...publication, map };
  });
  const facts = [orderAcceptedForFulfillment, orderReleasedToWarehouse, orderCancellationAccepted, refundInitiated];
  return { rules: compileRuleSet(ruleSet({ aggregates: [order], facts, publications: wrong })), digest: 'mistaken' };
}

/** The retailer's rules, with a 7 before every status code meaning the same. */
function corrected({ rules }: LoadedRules): LoadedRules['rules'] {
  const table = rules.tables.get('oms.ord_hdr')!;
  const { sts_cd: column } = table.columns;
  if (column?.type.kind !== 'code') throw new Error('sts_cd is a code');
  const { codes } = column.type;
  const more = Object.fromEntries(Object.entries(codes).map(([code, word]) => [`7${code}`, word]));
  const columns = { ...table.columns, sts_cd: { ...column, type: { ...column.type, codes: { ...codes, ...more } } } };
  return { ...rules, tables: new Map([...rules.tables, ['oms.ord_hdr', { ...table, columns }]]) };
}

describe('one percent of poison', () => {
  const made = generated(plan());
  const { records, poisons, changes } = poisoned(made.records);
  const owed = owedEvents(made.history);
  const owedOf = new Map<string, PlainEvent[]>();
  for (const event of owed.events) owedOf.set(event.order, [...(owedOf.get(event.order) ?? []), plainOwed(event)]);
  const unplaceable = new Set([...poisons].filter(([, kinds]) => kinds.has('unplaceable')).map(([id]) => id));

  let rules: LoadedRules;
  let rig: Rig;
  beforeAll(async () => {
    rules = await retailerRules();
    rig = new Rig(records, { rules: mistaken(poisons), source: { unplaced: 'report' } });
    expect(await rig.live()).toEqual({ kind: 'drained' });
  });

  const published = (): Map<string, PlainEvent[]> => {
    const events = new Map<string, PlainEvent[]>();
    for (const record of rig.published())
      events.set(record.key, [...(events.get(record.key) ?? []), plainEvent(record)]);
    return events;
  };
  const goOn = () => rig.live(rig.ports(), { ...rig.settings('corrected'), rules: corrected(rules) });
  const parkedIds = (): string[] =>
    Object.keys(rig.parked())
      .map((text) => text.slice('order:'.length))
      .sort();

  it('is enough of every kind', () => {
    expect(changes).toBeGreaterThan(3_000);
    expect(new Set([...poisons.values()].flatMap((kinds) => [...kinds]))).toEqual(new Set(POISONS));
    expect(poisons.size).toBeLessThan(ORDERS / 4);
    expect(owed.parked.size).toBe(0);
  });

  it('parks no order but those that it touched, each for its reason', () => {
    const parked = rig.parked();
    const ids = parkedIds();
    expect(ids.length).toBeGreaterThan(10);
    expect(ids.filter((id) => !poisons.has(id))).toEqual([]);
    for (const id of ids) {
      const codes = [...poisons.get(id)!].flatMap((kind) => (kind === 'unplaceable' ? [] : [CODES[kind]]));
      expect(codes).toContain(parked[`order:${id}`]);
    }
    expect(new Set(Object.values(parked))).toEqual(new Set(Object.values(CODES)));
    const letters = rig.deadLetters().map(({ headers }) => headers['dragoman.dlq.error.code']);
    expect(letters.filter((code) => code === 'ROW_OWNER_UNKNOWN').length).toBeGreaterThan(0);
    expect(letters.filter((code) => code !== 'ROW_OWNER_UNKNOWN')).toHaveLength(ids.length);
  });

  it('leaves the events of all other orders as they were, all there and in their order', () => {
    const events = published();
    const healthy = [...owedOf].filter(([id]) => !poisons.has(id));
    expect(healthy.length).toBeGreaterThan(ORDERS / 2);
    for (const [id, owedHere] of healthy) expect(events.get(id), id).toEqual(owedHere);
    for (const [id, here] of events) {
      if (!poisons.has(id)) expect(here, id).toEqual(owedOf.get(id));
      else if (!unplaceable.has(id)) expect(here, id).toEqual((owedOf.get(id) ?? []).slice(0, here.length));
    }
  });

  it('is made good by a retry where the rules were wrong: every event that was owed', async () => {
    const correctable = parkedIds().filter((id) => [...poisons.get(id)!].every((kind) => CORRECTABLE.has(kind)));
    expect(correctable.length).toBeGreaterThan(5);
    for (const id of parkedIds()) rig.command(commandOf({ kind: 'unpark', arguments: { aggregate: 'order', id } }));
    expect(await goOn()).toEqual({ kind: 'drained' });
    expect(new Set(results(rig))).toEqual(new Set(['applied']));
    const events = published();
    for (const id of correctable) expect(events.get(id) ?? [], id).toEqual(owedOf.get(id) ?? []);
    const still = parkedIds();
    expect(correctable.filter((id) => still.includes(id))).toEqual([]);
  });

  it('is given up where nothing helps: no order is parked any more, and no event is one that was not owed', async () => {
    const left = parkedIds();
    expect(left.length).toBeGreaterThan(3);
    for (let round = 0; parkedIds().length > 0 && round < 20; round += 1) {
      const states = new Map([...rig.states()].map(([key, state]) => [aggregateRef(key).id, state]));
      for (const id of parkedIds()) {
        const [first] = states.get(id)!.parked!.waiting;
        const wanted = { aggregate: 'order', id, first: originText(first!.origin), changeSets: 1 };
        rig.command(commandOf({ kind: 'parked.discard', arguments: wanted }));
      }
      expect(await goOn()).toEqual({ kind: 'drained' });
    }
    expect(parkedIds()).toEqual([]);
    for (const [id, here] of published()) {
      expect(
        here.map(({ sequence }) => sequence),
        id,
      ).toEqual(numbersOf(here.map(({ rest }) => ({ type: (rest as { type: string }).type, version: 1 }))));
      if (!left.includes(id) || unplaceable.has(id)) continue;
      const types = (owedOf.get(id) ?? []).map(({ rest }) => (rest as { type: string }).type);
      for (const { rest } of here) expect(types, id).toContain((rest as { type: string }).type);
    }
  });
});

it('an unreadable record at the start of a long backlog keeps nothing from going on', async () => {
  const random = choices(SEED);
  const commits = Array.from({ length: 5_200 }, (): PlanStep => {
    const bits = below(random, 128);
    return {
      kind: 'commit',
      statements: [{ op: 'write', table: 'ord_hdr', order: 3 + below(random, 100), n: 0, bits }],
      isCopy: false,
    };
  });
  const { records } = generated({ ...plan(), steps: commits });
  const isHeader = (record: RecordedRecord): boolean => record.topic === 'legacy.oms.ord_hdr' && isStreamedRow(record);
  const bad = records.filter(isHeader)[5]!;
  const input = records.map((record) => (record === bad ? damaged(record) : record));
  const rig = new Rig(input, { rules: await retailerRules() });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(rig.parked()).toEqual({ [`order:${orderOf(bad)}`]: 'RECORD_UNDECODABLE' });
  expect(new Set(rig.journal().map(({ id }) => id)).size).toBe(100);
  expect(rig.told.findLast((event) => event.kind === 'sequenced')).toMatchObject({ openTransactions: 0, heldRows: 0 });
});
