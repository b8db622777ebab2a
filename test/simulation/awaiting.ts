/**
 * Orders that are to be accepted in time while all else happens, and what that owes (SPEC T17). The journal says what became of each: it is awaited
 * once at a time, and ends once. None is left behind the clock, none ends before its time, and state and index know the same ones.
 */
import type { DeadlineTold, JournalEntry } from '../../src/domain/state/journal-entry.js';
import { aggregateText } from '../../src/domain/state/aggregate-state.js';
import type { Row } from '../../src/domain/tables/table.js';
import type { CompiledFact, CompiledRules } from '../../src/rules/compile.js';
import { isTimers, PAST, timerField } from '../../src/pipeline/timers/due-hours.js';
import { expectedTimer } from '../../src/translate/timers/named.js';
import { chosen, choices } from '../support/choices.js';

const FACT = 'OrderAcceptedForFulfillment';
const TIMER = expectedTimer(FACT);
/** What it is published under, as cells of what a service told have it. */
const TOLD = `t${FACT}.v1\t`;
/** Of histories. */
const SHARE = 0.35;

export interface Awaits {
  readonly withinMs: number;
  readonly after: string | null;
}

/** By a stream of chance of its own: histories without them are what they were. @param isSure every history has them. */
export function awaitsOf(seed: number, isSure: boolean): Awaits | null {
  const random = choices(seed + 15_485_863);
  if (random() >= SHARE && !isSure) return null;
  return { withinMs: chosen(random, [5, 40, 150]), after: chosen(random, [null, null, 'OrderReleasedToWarehouse']) };
}

/** The retailer's rules, that wait for orders to be accepted; what is overdue is internal. */
export function awaiting(rules: CompiledRules, { withinMs, after }: Awaits): CompiledRules {
  const order = rules.aggregates.get('order');
  if (order === undefined) throw new TypeError('these are not the rules of the retailer');
  const unless = [
    { name: 'it is cancelled', holds: ({ header }: Record<string, unknown>) => statusOf(header) === 'cancelled' },
  ];
  const facts = order.facts.flatMap((fact): CompiledFact[] => {
    if (fact.name !== FACT) return [fact];
    const overdue: CompiledFact = {
      ...{ name: 'OrderAcceptanceOverdue', publications: [], table: null, expected: null, deadlineOf: FACT },
      definition: {
        ...{ kind: 'deadline', name: 'OrderAcceptanceOverdue', formerly: [], aggregate: order.called },
        ...{ importance: 'high', expected: fact.definition, conditions: [], data: () => ({}) },
      },
    };
    return [{ ...fact, expected: { withinMs, after, unless } }, overdue];
  });
  return { ...rules, aggregates: new Map([...rules.aggregates, [order.name, { ...order, facts }]]) };
}

const statusOf = (header: unknown): unknown => (header as Row | undefined)?.['sts_cd'];

/** What is stored, as the state topic has it. */
export interface Cells {
  get(hash: string, field: string): string | null;
  all(): Iterable<readonly [hash: string, field: string, text: string]>;
}

/** Commit time of the last transaction that was decided: what is due by then comes before it. */
const rowsMs = (entries: readonly JournalEntry[]): number =>
  Math.max(0, ...entries.map(({ origin }) => (origin.position === null ? 0 : origin.commitTimeMs)));

interface Waits {
  readonly dueAt: string;
  readonly isOverdue: boolean;
}

export class Waiting {
  readonly #awaits: Awaits;
  readonly #cells: Cells;
  readonly #isLeftOut: (order: string) => boolean;
  readonly #waits = new Map<string, Waits>();
  /** `4711 2026-...`. */
  readonly #ended = new Set<string>();
  #clockMs = 0;
  /** The last instant that was decided: no row comes after it that was committed before. */
  #decidedMs = 0;

  /** @param isLeftOut it is parked, or forgotten: nothing is decided any more. */
  constructor(awaits: Awaits, cells: Cells, isLeftOut: (order: string) => boolean) {
    this.#awaits = awaits;
    this.#cells = cells;
    this.#isLeftOut = isLeftOut;
  }

  /** How many were overdue, or ended otherwise when they were due. */
  get decided(): number {
    return this.#ended.size;
  }

  /** A Kafka transaction: its entries in the order of each order. @returns what is wrong; null: nothing. */
  committed(entries: readonly JournalEntry[], clockMs: number | null): string | null {
    const changed = new Map<string, JournalEntry>();
    for (const entry of entries) {
      if (entry.aggregate !== 'order') continue;
      changed.set(entry.id, entry);
      if (entry.origin.position !== null && entry.origin.commitTimeMs < this.#decidedMs)
        return `order ${entry.id} is decided of ${entry.origin.commitTimeMs}, after what was due at ${this.#decidedMs}`;
      for (const deadline of entry.deadlines ?? []) {
        const wrong = this.#told(entry, deadline);
        if (wrong !== null) return `order ${entry.id} ${wrong}`;
      }
    }
    for (const order of this.#waits.keys()) if (this.#isLeftOut(order)) this.#waits.delete(order);
    for (const [order, entry] of changed) {
      const wrong = this.#isLeftOut(order) ? null : this.#stateOf(order, entry);
      if (wrong !== null) return `order ${order} ${wrong}`;
    }
    this.#clockMs = clockMs ?? this.#clockMs;
    return this.#behind(rowsMs(entries));
  }

  #told({ id, origin, outcome }: JournalEntry, { dueAt, became, fact }: DeadlineTold): string | null {
    const known = this.#waits.get(id);
    if (fact !== FACT) return `waits for ${fact}`;
    if (became === 'awaited') {
      if (known !== undefined) return `is awaited twice, until ${known.dueAt} and ${dueAt}`;
      if (Date.parse(dueAt) !== origin.commitTimeMs + this.#awaits.withinMs) return `is awaited until ${dueAt}`;
      this.#waits.set(id, { dueAt, isOverdue: false });
      return null;
    }
    if (known?.dueAt !== dueAt) return `is ${became} of ${dueAt}, and was awaited until ${known?.dueAt ?? 'nothing'}`;
    if (became === 'overdue' || became === 'excused' || origin.source === 'timers') {
      if (this.#ended.has(`${id} ${dueAt}`)) return `is due twice at ${dueAt}`;
      this.#ended.add(`${id} ${dueAt}`);
      this.#decidedMs = Math.max(this.#decidedMs, Date.parse(dueAt));
      if (origin.commitTimeMs !== Date.parse(dueAt)) return `is ${became} at another instant than ${dueAt}`;
    }
    const inTime = origin.commitTimeMs < Date.parse(dueAt);
    if (became === (inTime ? 'late' : 'met')) return `is ${became}, and it happened at ${origin.commitTimeMs}`;
    // What a service tells has its own time, and moves no clock: it may come before the timer, or behind it.
    const isByRows = outcome !== 'told';
    if (isByRows && became === 'met' && known.isOverdue) return `is met, and was overdue`;
    if (isByRows && became === 'late' && !known.isOverdue) return `is late, and was never overdue`;
    if (became === 'overdue') this.#waits.set(id, { dueAt, isOverdue: true });
    else this.#waits.delete(id);
    return null;
  }

  /** Its state has what it waits for, and waits for what it has to. */
  #stateOf(order: string, { outcome }: JournalEntry): string | null {
    const hash = aggregateText({ aggregate: 'order', id: order });
    const memory = JSON.parse(this.#cells.get(hash, '') ?? '{}') as Record<string, Record<string, number>>;
    const waits = this.#waits.get(order);
    const found = [memory['timers']?.[TIMER], memory['overdue']?.[TIMER]];
    const dueMs = waits && Date.parse(waits.dueAt);
    const owed = waits?.isOverdue === true ? [undefined, dueMs] : [dueMs, undefined];
    if (found.join() !== owed.join()) return `has timers ${found.join()}, and should have ${owed.join()}`;
    const parts = [...this.#cells.all()].flatMap(([of, field]) => (of === hash ? [field] : []));
    // By what rows show, or by a service, which may tell of it before they do.
    const isAccepted = memory['fired']?.[FACT] !== undefined || parts.includes(TOLD);
    if (isAccepted) return waits === undefined ? null : 'is accepted, and waited for';
    // Rows of a snapshot may have come behind it in the same Kafka transaction: they make no entry, and set no timer.
    if (waits !== undefined || outcome !== 'applied' || memory['snapshots'] !== undefined) return null;
    const { after } = this.#awaits;
    const hasBegun = after === null || parts.some((part) => part.startsWith(`f${after}\t`));
    return hasBegun && parts.some((part) => part.startsWith('r')) ? 'is not accepted, and nobody waits for it' : null;
  }

  /** What should have been decided before that; null: nothing. */
  #behind(timeMs: number): string | null {
    for (const [order, { dueAt, isOverdue }] of this.#waits)
      if (!isOverdue && Date.parse(dueAt) <= timeMs)
        return `order ${order} is awaited until ${dueAt}, and time is past that`;
    return null;
  }

  /** What is left behind, or wrong with the index; null: nothing. */
  atEnd(): string | null {
    const behind = this.#behind(this.#clockMs);
    if (behind !== null) return behind;
    const field = (order: string): string => timerField(aggregateText({ aggregate: 'order', id: order }), TIMER);
    const owed = [...this.#waits].map(([order, { dueAt, isOverdue }]) => `${field(order)} ${isOverdue} ${dueAt}`);
    const found: string[] = [];
    for (const [hash, name, text] of this.#cells.all()) {
      const order = /^order:(.*)\t/.exec(name)?.[1];
      if (!isTimers(hash) || order === undefined || this.#isLeftOut(order)) continue;
      found.push(`${name} ${hash === PAST} ${new Date(Number(text)).toISOString()}`);
    }
    const [a, b] = [owed.sort().join('; '), found.sort().join('; ')];
    return a === b ? null : `the index has ${b}, and should have ${a}`;
  }
}
