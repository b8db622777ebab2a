/**
 * Random histories of orders whose rules look up items and categories, in chains, in conditions, data and context, guarded and unguarded:
 * what is decided with everything in memory is what is decided when only so much is in memory as a cache of any size keeps.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MemoryStore } from '../../src/adapters/memory/store.js';
import { split } from '../../src/changeset/split.js';
import { WHOLE } from '../../src/domain/shard.js';
import type { ChangeEvent } from '../../src/domain/source/change-event.js';
import { positionOf } from '../../src/domain/source/position.js';
import type { Sequenced } from '../../src/domain/source/transaction.js';
import { aggregateText } from '../../src/domain/state/aggregate-state.js';
import type { IntegrationEvent } from '../../src/domain/integration-event.js';
import type { Decision } from '../../src/domain/state/journal-entry.js';
import { decide } from '../../src/pipeline/decide/decide.js';
import { type Boundary, cut } from '../../src/pipeline/decide/draft.js';
import type { PipelineEvent } from '../../src/pipeline/events.js';
import { encodeMarker } from '../../src/pipeline/state/marker.js';
import { Memory } from '../../src/pipeline/state/memory.js';
import { internalTopics } from '../../src/pipeline/state/records.js';
import { compileRuleSet } from '../../src/rules/compile.js';
import {
  aggregate,
  contract,
  known,
  legacy,
  lookup,
  many,
  one,
  publish,
  ruleSet,
  table,
} from '../../src/rules/index.js';
import { without } from '../../src/translate/own.js';
import { Translation } from '../support/translation.js';
import { changeEvent, SETTINGS } from '../unit/translate/examples.js';

const header = table('s.header', { key: ['ord'], columns: { ord: legacy.bigint(), mkt: legacy.text() } });
const line = table('s.line', {
  key: ['ord', 'n'],
  columns: { ord: legacy.bigint(), n: legacy.integer(), item: legacy.text() },
});
const item = table('s.item', {
  key: ['id'],
  columns: { id: legacy.text(), cat: legacy.text(), dear: legacy.boolean() },
});
const category = table('s.category', {
  key: ['id'],
  columns: { id: legacy.text(), parent: legacy.text().nullable(), name: legacy.text() },
});

const order = aggregate(
  'order',
  { header: one(header, (row) => row.ord), lines: many(line, (row) => row.ord) },
  {
    lookups: { items: lookup(item), categories: lookup(category) },
    context: { category: (o) => o.categories.get(o.header?.mkt)?.name ?? null },
  },
);
const low = { importance: 'low' as const };
const priced = order.milestone('OrderPriced', {
  ...low,
  repeatable: true,
  when: {
    'there are lines': (o) => o.lines.length > 0,
    'all items are there': (o) => o.lines.every((row) => known(o.items.get(row.item), 'the item').id !== ''),
  },
  data: (o) => ({ items: o.lines.map((row) => known(o.items.get(row.item), 'the item').cat) }),
});
/** From item to category to its parent, and so on: each is known only when the one before is. */
const rooted = order.each('lines').became('LineRooted', {
  ...low,
  when: {
    'its category has no parent in the end': (row, { items, categories }) => {
      let at = categories.get(items.get(row.item)?.cat);
      for (let steps = 0; at?.parent != null && steps < 5; steps += 1) at = categories.get(at.parent);
      return at?.parent === null;
    },
  },
  data: (o, row) => ({ items: [o.categories.get(o.items.get(row.item)?.cat)?.name ?? 'none'] }),
});
/** Not caught is what `get` gives, whatever a rule does with it. */
const guarded = order.milestone('OrderGuarded', {
  ...low,
  repeatable: true,
  when: {
    'an item is missing': (o) => {
      try {
        return o.lines.some((row) => known(o.items.get(row.item), 'the item').dear);
      } catch {
        return true;
      }
    },
  },
  data: () => ({ items: [] }),
});
/** Parks the order when a category is not there. */
const strict = order.each('lines').inserted('LineInCategory', {
  ...low,
  when: { 'its item is dear': (row, { items }) => items.get(row.item)?.dear === true },
  data: (o, row) => ({ items: [known(o.categories.get(o.items.get(row.item)?.cat), 'the category').name] }),
});

const contractOf = (name: string) =>
  contract(name, 1, {
    ...{ owner: 'o', meaning: 'It is so.', certainty: 'Once.', notSentWhen: 'It is not so.', topic: 't', key: 'id' },
    data: z.object({ items: z.array(z.string()) }),
    example: { items: ['a'] },
  });
const facts = [priced, rooted, guarded, strict];
const rules = compileRuleSet(
  ruleSet({
    aggregates: [order],
    facts,
    publications: facts.map((fact) =>
      publish(fact).as(contractOf(fact.name), ({ data }) => ({ items: [...data.items] })),
    ),
  }),
);

const id = fc.constantFrom('1', '2', '3', '4');
const change = fc.oneof(
  fc.record({ ord: id, mkt: id }).map((row) => ({ table: 's.header', key: row.ord, row })),
  fc
    .record({ ord: id, n: fc.constantFrom(1, 2, 3), item: id })
    .map((row) => ({ table: 's.line', key: `${row.ord}/${row.n}`, row })),
  fc.record({ id, cat: id, dear: fc.boolean() }).map((row) => ({ table: 's.item', key: row.id, row })),
  fc
    .record({ id, parent: fc.option(id), name: fc.constantFrom('x', 'y') })
    .map((row) => ({ table: 's.category', key: row.id, row })),
);
const statement = fc.record({ change, isDelete: fc.integer({ max: 4, min: 0 }).map((n) => n === 0) });
const transaction = fc.record({
  kind: fc.constantFrom('transaction' as const, 'transaction' as const, 'transaction' as const, 'baseline' as const),
  statements: fc.array(statement, { minLength: 1, maxLength: 5 }),
});
/** Transactions that are decided together, then perhaps all memory is lost. */
const draft = fc.record({ transactions: fc.array(transaction, { minLength: 1, maxLength: 5 }), isLost: fc.boolean() });
const history = fc.record({
  drafts: fc.array(draft, { minLength: 1, maxLength: 8 }),
  bytesMax: fc.constantFrom(10, 5_000, 10_000_000),
});
type History = typeof history extends fc.Arbitrary<infer H> ? H : never;
type Planned = History['drafts'][number]['transactions'][number];

/** Row changes as the connector would send them. */
function changesOf({ kind, statements }: Planned, there: Set<string>): ChangeEvent[] {
  return statements.flatMap(({ change: { table: name, key, row }, isDelete }) => {
    const place = `${name}:${key}`;
    const isThere = there.has(place);
    if (kind === 'baseline') {
      there.add(place);
      return [changeEvent({ table: name, op: 'r', key, row })];
    }
    if (isDelete && !isThere) return [];
    if (isDelete) there.delete(place);
    else there.add(place);
    if (isDelete) return [changeEvent({ table: name, op: 'd', key })];
    return [changeEvent({ table: name, op: isThere ? 'u' : 'c', key, row })];
  });
}

interface Told {
  readonly events: readonly IntegrationEvent[];
  readonly entries: readonly Omit<Decision, 'state' | 'digest'>[];
}

const plain = (entry: Decision): Omit<Decision, 'state' | 'digest'> => without(without(entry, 'state'), 'digest');

/** A task's memory over a store, in which nothing has to stay that is stored. */
class Stored {
  readonly #store = new MemoryStore();
  readonly memory: Memory;
  readonly topics = internalTopics('n', 'p');
  loads = 0;
  #commit = 0;

  constructor(bytesMax: number) {
    this.memory = new Memory({
      ...{ store: this.#store, clock: { nowMs: () => 0 }, topics: this.topics, partitionOf: () => 0 },
      ...{ bytesMax, parts: SETTINGS.parts, random: (bytes: number) => Buffer.alloc(bytes) },
      observe: (event: PipelineEvent) => {
        if (event.kind === 'stored' && event.operation === 'load') this.loads += event.keys;
      },
    });
  }

  get #marker(): string {
    return encodeMarker({ cluster: 'c', timeMs: 0, commit: this.#commit, state: [0] });
  }

  async begin(): Promise<void> {
    await this.#store.save(null, this.#marker, []);
    await this.lose();
  }

  lose(): Promise<void> {
    return this.memory.reset(this.#marker, { state: [0], journal: [0] });
  }

  async decided(sequenced: readonly Sequenced[]): Promise<Told> {
    const splits = sequenced.map((each) => split(each, rules, new Map()));
    const nowhere: Boundary = { clock: null, offsets: new Map(), frontiers: {}, known: new Map(), refused: new Map() };
    const limits = { transactionsMax: 100, rowsMax: 100, changeSetsMax: 100 };
    const told: PipelineEvent[] = [];
    for (const each of cut(splits, { sequenced, before: nowhere, after: nowhere }, limits)) {
      await this.memory.loadStates(each.changeSets.map(aggregateText));
      const settings = { rules, translate: SETTINGS, topics: this.topics, shard: WHOLE, bundle: null };
      const decisions = await decide(each, this.memory, {
        ...settings,
        ...{ epochs: new Map<string, number>(), unplacedReported: new Set<string>(), registrations: new Map() },
        watch: (run) => run(),
      });
      told.push(...decisions.told);
      this.#commit += 1;
      await this.memory.save(decisions, this.#marker);
    }
    const decided = told.flatMap((event) => (event.kind === 'decided' ? [event] : []));
    return { events: decided.flatMap(({ events }) => events), entries: decided.map(({ entry }) => plain(entry)) };
  }
}

const seen = { fetched: 0, events: 0, parked: 0, looked: 0 };

async function decidesTheSame({ drafts, bytesMax }: History): Promise<void> {
  const all = new Translation(rules, SETTINGS);
  const stored = new Stored(bytesMax);
  await stored.begin();
  const there = new Set<string>();
  let number = 0;
  for (const { transactions, isLost } of drafts) {
    const sequenced: Sequenced[] = [];
    const expected: Told = { events: [], entries: [] };
    for (const planned of transactions) {
      const changes = changesOf(planned, there);
      number += 1;
      const digits = String(number);
      const stream = { id: digits, position: positionOf(digits), commitTimeMs: number, refusal: null };
      const common = { source: 'legacy', generation: null, changes };
      const { kind } = planned;
      sequenced.push(kind === 'baseline' ? { ...common, kind } : { ...common, ...stream, kind });
      const step = all.next(kind, changes);
      (expected.events as IntegrationEvent[]).push(...step.events);
      (expected.entries as Told['entries'][number][]).push(...step.entries.map(plain));
    }
    const loads = stored.loads;
    const decided = await stored.decided(sequenced);
    seen.fetched += stored.loads - loads;
    seen.events += decided.events.length;
    seen.parked += decided.entries.filter(({ outcome }) => outcome === 'parked').length;
    seen.looked += decided.entries.filter(({ looked }) => looked !== undefined).length;
    expect(decided).toEqual(expected);
    if (isLost) await stored.lose();
  }
}

describe('rows of lookup tables in memory, or not', () => {
  it('give the same decisions', async () => {
    await fc.assert(fc.asyncProperty(history, decidesTheSame), { numRuns: 150 });
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(30);
  }, 60_000);
});
