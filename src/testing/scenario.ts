/**
 * Given-when-then for rules: rows in, events and reasons out, through the same split and translate as in production. What it
 * leaves out: decoding, sequencing, Kafka and Redis.
 */
import { AssertionError } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import { split, type SplitResult } from '../changeset/split.js';
import type { ChangeSet } from '../domain/change-set.js';
import { contractText, type IntegrationEvent } from '../domain/integration-event.js';
import type { RefusalCode } from '../domain/refusal.js';
import { aggregateText, type AggregateState, EMPTY_STATE } from '../domain/state/aggregate-state.js';
import type { Decision } from '../domain/state/journal-entry.js';
import { annotationsIn } from '../domain/source/annotation.js';
import type { SaidName } from '../domain/source/said.js';
import { positionOf } from '../domain/source/position.js';
import type { Sequenced } from '../domain/source/transaction.js';
import { lookupText } from '../domain/tables/feed.js';
import { type DueTimer, timerChangeSet } from '../pipeline/timers/due-timers.js';
import { DURATION_WORDS, durationMs } from '../rules/duration.js';
import { instantMs } from '../rules/values/instant.js';
import { calledOf, firstName } from '../rules/named.js';
import type { RuleSet } from '../rules/rule-set.js';
import { Carrying } from '../translate/moves/carry.js';
import type { LookupRows } from '../translate/looking.js';
import { RuleTooSlow } from '../translate/ask.js';
import { correctedBy } from '../translate/publish/correct.js';
import { park, translate, type Translated } from '../translate/translate.js';
import { explain, refusalText } from './explain.js';
import { annotationsOf } from './origin.js';
import { realmOf } from './realm.js';
import { Rows } from './rows.js';
import { RulesInUse, type TestedRules } from './rules-in-use.js';

/** An event as a test expects it: type, business key and business fields. */
export interface ExpectedEvent {
  readonly type: string;
  readonly key: string;
  /** Fields that the event has, among others. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What a transaction has besides its rows. */
export interface TransactionOptions {
  /** What it says about itself: `pg_logical_emit_message(true, prefix, content)`. */
  readonly annotations?: readonly { readonly prefix: string; readonly content?: string }[];
  /** Who made it, what for, by which system: as an annotation of the transaction says it that `origins` of the rule set declare. */
  readonly origin?: Readonly<Partial<Record<SaidName, string>>>;
  /** ISO-8601 with zone; default: a second after the one before. */
  readonly committedAt?: string;
}

/**
 * Starts a scenario with nothing known. The rules run as in production: in a realm of their own, without clock and machine, and each answer
 * is compared with that of the same rules in another one.
 *
 *     given(rules)
 *       .baseline((t) => t.insert(ordHdr, { ord_no: '4711', sts_cd: 'entered', ... }))
 *       .transaction((t) => t.update(ordHdr, { ord_no: '4711', fraud_flg: 'clear' }).insert(ordLine, { ... }))
 *       .expect({ type: 'OrderAcceptedForFulfillment', key: '4711', data: { currency: 'EUR' } });
 *
 * @param rules the default export of the `index.ts` of a folder of rules.
 * @throws DragomanError RULES_INVALID with all that is wrong with them.
 */
export const given = (rules: RuleSet): Scenario => new Scenario(realmOf(rules));

/** 2026-01-01T00:00:00Z; each transaction commits one second later. */
const START_MS = 1_767_225_600_000;
const STEP_MS = 1000;

export class Scenario {
  readonly #states = new Map<string, AggregateState>();
  readonly #owners = new Map<string, string | null>();
  #transactions = 0;
  /** Commit time of the last transaction, or what went by since. */
  #nowMs = START_MS;
  #events: IntegrationEvent[] = [];
  /** Of all steps. */
  readonly #published: IntegrationEvent[] = [];
  #entries: Decision[] = [];
  #unplaceable: SplitResult['unplaceable'] = [];
  /** A test said that the last step parks. */
  #isParkingExpected = false;

  readonly #inUse: RulesInUse;

  constructor(tested: TestedRules) {
    this.#inUse = new RulesInUse(tested);
  }

  /**
   * From here on these rules are in use, as after a start with them. What is under way goes on by the rules by which it began where its aggregate
   * says `pin` (docs/pinning.md), and by these where it does not.
   * @throws DragomanError RULES_PINNED when the start would be refused; RULES_INVALID.
   */
  withRules(rules: RuleSet): this {
    this.#inUse.change(realmOf(rules));
    return this;
  }

  /** Events of the last step, in order. */
  get events(): readonly IntegrationEvent[] {
    return this.#events;
  }

  /** Journal entries of the last step, one for each aggregate. */
  get entries(): readonly Decision[] {
    return this.#entries;
  }

  /** Rows that were there before this service first looked: no event, whatever they are. */
  baseline(rows: (t: Rows) => Rows): this {
    return this.#step({ kind: 'baseline', source: 'legacy', generation: null, changes: rows(new Rows('r')).changes });
  }

  /**
   * One transaction of the legacy system. What was due before it happens first.
   * @throws TypeError when `committedAt` is no instant, or no annotation that is declared says such an origin.
   */
  transaction(rows: (t: Rows) => Rows, { annotations = [], origin, committedAt }: TransactionOptions = {}): this {
    this.#transactions += 1;
    const number = this.#transactions;
    const given = committedAt === undefined ? this.#nowMs + STEP_MS : instantMs(committedAt);
    if (given === null)
      throw new TypeError(
        `committedAt is "${committedAt ?? ''}": write an instant with its zone, 2026-03-01T20:00:00Z`,
      );
    const { rules } = this.#inUse;
    const said = [...annotations, ...(origin === undefined ? [] : annotationsOf(origin, rules))];
    const found = said.flatMap(({ prefix, content }) =>
      annotationsIn(rules.annotations, { prefix, content: content ?? '' }),
    );
    return this.#step({
      ...(found.length === 0 ? {} : { annotations: found }),
      kind: 'transaction',
      generation: null,
      refusal: null,
      source: 'legacy',
      id: String(number),
      position: positionOf(String(number)),
      commitTimeMs: given,
      changes: rows(new Rows('c')).changes,
    });
  }

  /**
   * Time goes by in the legacy system, and nothing is written: what was due by then happens, in the order of its instants. So it does when a
   * transaction commits later: its step has it before what the transaction itself came to.
   * @param duration `5 hours`, `90 days`, `30 minutes`. @throws TypeError when it is none.
   */
  after(duration: string): this {
    const ms = durationMs(duration);
    if (ms === null) throw new TypeError(`after is given "${duration}": write ${DURATION_WORDS}`);
    this.#begin();
    return this.#inUse.step(() => this.#passTo(this.#nowMs + ms));
  }

  /**
   * An operator has the newest event of this type and key corrected, as the rules say (`correct`, docs/repairing.md): the step has the event that corrects
   * it, or none where the rules withhold it. @throws AssertionError when there is no such event, or it cannot be corrected.
   */
  correct({ type, key }: Pick<ExpectedEvent, 'type' | 'key'>): this {
    this.#begin();
    return this.#inUse.step(() => {
      const { rules, settings, watch } = this.#inUse;
      const event = this.#published.findLast((each) => each.type === type && each.key === key);
      const correction = event && rules.corrections.get(contractText(event.type, event.version));
      const aggregate = correction && firstName(correction.aggregate);
      const name = aggregateText({ aggregate: aggregate ?? '', id: key });
      const state = this.#states.get(name);
      if (event === undefined || aggregate === undefined || state === undefined)
        throw this.#failure(`No ${type} of ${key} can be corrected`, { actual: event?.type, expected: type });
      const origin = { source: 'commands', transactionId: null, position: null, commitTimeMs: this.#nowMs };
      const of = { aggregate, id: key, state, origin };
      const corrected = watch(() => correctedBy([event], of, { rules, lookups: this.#lookups, settings }));
      if ('code' in corrected && corrected.code !== 'REPAIR_WITHHELD')
        throw this.#failure(corrected.text, { actual: corrected.code, expected: null });
      if ('code' in corrected) return this;
      this.#states.set(name, { ...state, sequences: corrected.sequences });
      this.#tell(corrected.events);
      return this;
    });
  }

  #tell(events: readonly IntegrationEvent[]): void {
    this.#events.push(...events);
    this.#published.push(...events);
  }

  /**
   * Exactly these events came out of the last step, in this order; none means that nothing did. Where something was parked, nobody knows
   * what would have come out: that fails too, unless {@link expectParked} came before. @throws AssertionError
   */
  expect(...expected: readonly ExpectedEvent[]): this {
    const parked = this.#parkedCodes();
    if (parked.length > 0 && !this.#isParkingExpected)
      throw this.#failure('The last step was parked', { actual: parked, expected: [] });
    const actual = this.#events.map(({ type, key, value }, index) => {
      const fields = Object.keys(expected[index]?.data ?? {});
      const data = Object.fromEntries(fields.map((field) => [field, value[field]]));
      return expected[index]?.data === undefined ? { type, key } : { type, key, data };
    });
    if (isDeepStrictEqual(actual, expected)) return this;
    throw this.#failure('The events of the last step are not those expected', { actual, expected });
  }

  /**
   * Something that the last step touched waits for a person, all of it for this reason: `RULE_THREW`, `CONTRACT_VIOLATED`. What else came
   * out of the step, `expect` may say after it. @throws AssertionError
   */
  expectParked(code: RefusalCode): this {
    const actual = this.#parkedCodes();
    if (!isDeepStrictEqual(actual, [code]))
      throw this.#failure('The last step was not parked as expected', { actual, expected: [code] });
    this.#isParkingExpected = true;
    return this;
  }

  /** Of what was parked by the last step, or waits behind what was parked before. */
  #parkedCodes(): readonly RefusalCode[] {
    const refusals = [...this.#entries, ...this.#unplaceable].map(({ refusal }) => refusal);
    return [...new Set(refusals.flatMap((refusal) => (refusal === null ? [] : [refusal.code])))];
  }

  #failure(what: string, { actual, expected }: { readonly actual: unknown; readonly expected: unknown }): Error {
    const message = `${what}. What was decided:\n${this.why()}`;
    return new AssertionError({ message, actual, expected, operator: 'deepStrictEqual' });
  }

  /** Why the facts of the last step happened or not, in words: one line for each fact that was asked. */
  why(fact?: string): string {
    const decided = this.#entries
      .map((entry) => ({ ...entry, aggregate: calledOf(this.#inUse.rules, entry.aggregate) }))
      .flatMap((entry) => explain(entry, fact));
    const rows = this.#unplaceable.map(
      ({ change: { table, key }, refusal }) => `${table} ${key}: ${refusalText(refusal)}`,
    );
    return [...decided, ...rows].join('\n');
  }

  readonly #lookups: LookupRows = (table, key) => this.#states.get(lookupText(table, key)) ?? undefined;

  #step(sequenced: Sequenced): this {
    const { rules } = this.#inUse;
    this.#begin();
    return this.#inUse.step(() => {
      if (sequenced.kind === 'transaction') this.#passTo(sequenced.commitTimeMs);
      const { changeSets, owners, moves, unplaceable } = split(sequenced, rules, this.#owners);
      for (const [row, owner] of owners) this.#owners.set(row, owner);
      this.#unplaceable = unplaceable;
      const carrying = new Carrying(rules, (text) => this.#states.get(text) ?? null);
      carrying.begin(moves);
      for (const changeSet of changeSets.flatMap((each) => carrying.expand(each))) this.#decide(changeSet);
      return this;
    });
  }

  #begin(): void {
    this.#events = [];
    this.#entries = [];
    this.#unplaceable = [];
    this.#isParkingExpected = false;
  }

  /** What is due by then is decided, the earliest first: it may set others. */
  #passTo(timeMs: number): this {
    for (let timer = this.#nextTimer(timeMs); timer !== null; timer = this.#nextTimer(timeMs))
      this.#decide(timerChangeSet(timer));
    this.#nowMs = Math.max(this.#nowMs, timeMs);
    return this;
  }

  #nextTimer(untilMs: number): DueTimer | null {
    let next: DueTimer | null = null;
    for (const [aggregate, { timers = {} }] of this.#states)
      for (const [name, dueMs] of Object.entries(timers))
        if (dueMs <= untilMs && (next === null || dueMs < next.dueMs)) next = { aggregate, name, dueMs };
    return next;
  }

  #decide(changeSet: ChangeSet): void {
    const { state, entry, events } = this.#decided(changeSet);
    const name = aggregateText(changeSet);
    this.#inUse.changed(changeSet, this.#states.get(name), state);
    this.#states.set(name, state);
    this.#tell(events);
    this.#entries.push(entry);
    if (entry.outcome !== 'retired') return;
    for (const [row, owner] of this.#owners) if (owner === name) this.#owners.set(row, null);
  }

  #decided(changeSet: ChangeSet): Translated {
    const before = this.#states.get(aggregateText(changeSet)) ?? null;
    const { rules, settings, watch } = this.#inUse;
    try {
      return watch(() => translate(changeSet, before, rules, settings, this.#lookups));
    } catch (error) {
      if (error instanceof RuleTooSlow) return park(changeSet, before ?? EMPTY_STATE, error.refusal, rules, settings);
      throw error;
    }
  }
}
