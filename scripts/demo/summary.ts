/** What the show came to: counts, orders that wait and for what, and how the events compare with the oracle's. Pure. */
import type { CompiledRules } from '../../src/rules/compile.js';
import type { Comparison } from './compare.js';
import type { Group } from './decision.js';
import { count, type Line, type Paint, wrapAll } from './lines.js';
import { unmetOf } from './reasons.js';
import type { Remembered } from './remembered.js';

export interface Counts {
  readonly transactions: number;
  readonly rowChanges: number;
  readonly snapshotRows: number;
  readonly snapshotEvents: number;
  readonly eventsByType: ReadonlyMap<string, number>;
}

/** `moved` is the other half of a row change that another order counts. */
export function countGroups(groups: readonly Group[]): Counts {
  const rowsOf = (found: readonly Group[]): number =>
    found
      .flatMap(({ decisions }) => decisions)
      .reduce((sum, { entry }) => sum + entry.rows.filter(({ op }) => op !== 'moved').length, 0);
  const eventsOf = (found: readonly Group[]) => found.flatMap(({ decisions }) => decisions.flatMap((d) => d.events));
  const streamed = groups.filter(({ transactionId }) => transactionId !== null);
  const snapshot = groups.filter(({ transactionId }) => transactionId === null);
  const eventsByType = new Map<string, number>();
  for (const { type } of eventsOf(groups)) eventsByType.set(type, (eventsByType.get(type) ?? 0) + 1);
  return {
    transactions: streamed.length,
    rowChanges: rowsOf(streamed),
    snapshotRows: rowsOf(snapshot),
    snapshotEvents: eventsOf(snapshot).length,
    eventsByType,
  };
}

export interface Waiting {
  readonly milestone: string;
  readonly orders: readonly string[];
  /** False conditions with the orders that they hold up, most orders first. */
  readonly reasons: readonly { readonly condition: string; readonly orders: readonly string[] }[];
}

/** Orders that exist and have not reached a milestone. */
export function waitingFor(states: ReadonlyMap<string, Remembered>, rules: CompiledRules): Waiting[] {
  return [...rules.aggregates.values()].flatMap((aggregate) =>
    aggregate.facts.flatMap(({ name: firstName, definition }) => {
      if (definition.kind !== 'milestone') return [];
      const orders: string[] = [];
      const byCondition = new Map<string, string[]>();
      for (const [name, state] of states) {
        if (!name.startsWith(`${aggregate.name}:`) || Object.keys(state.rows).length === 0) continue;
        if (state.fired[firstName] !== undefined) continue;
        const unmet = unmetOf(definition, state, aggregate);
        const id = name.slice(aggregate.name.length + 1);
        if (unmet.length > 0) orders.push(id);
        for (const condition of unmet) byCondition.set(condition, [...(byCondition.get(condition) ?? []), id]);
      }
      const reasons = [...byCondition]
        .map(([condition, ids]) => ({ condition, orders: ids }))
        .sort((a, b) => b.orders.length - a.orders.length);
      return [{ milestone: definition.name, orders, reasons }];
    }),
  );
}

export interface Ending {
  /** Null when nobody counted them. */
  readonly records: number | null;
  readonly counts: Counts;
  readonly waiting: readonly Waiting[];
  readonly comparison: Comparison;
}

const REASONS_MAX = 5;
const IDS_MAX = 4;
const DIFFERENCES_MAX = 10;

export function summaryText(ending: Ending, width: number, paint: Paint): string[] {
  const lines = wrapAll(
    [...countLines(ending), ...ending.waiting.flatMap(waitingLines), ...verdictLines(ending)],
    width,
  );
  return lines.map(({ role, text }) => paint(role, text));
}

function countLines({ records, counts }: Ending): Line[] {
  const { transactions, rowChanges, snapshotRows, snapshotEvents, eventsByType } = counts;
  const events = [...eventsByType.values()].reduce((sum, number) => sum + number, 0);
  const read = records === null ? '' : ` (${count(records, 'Kafka record')} read)`;
  return [
    { role: 'title', text: 'Summary' },
    {
      role: 'plain',
      text: `  in   ${count(transactions, 'source transaction')} with ${count(rowChanges, 'row change')}${read}`,
    },
    { role: 'plain', text: `  in   ${count(snapshotRows, 'snapshot row')}, events from them: ${snapshotEvents}` },
    { role: 'plain', text: `  out  ${count(events, 'event')}` },
    ...[...eventsByType]
      .sort(([, a], [, b]) => b - a)
      .map(([type, number]): Line => ({ role: 'event', text: `       ${String(number).padStart(4)} ${type}` })),
  ];
}

function waitingLines({ milestone, orders, reasons }: Waiting): Line[] {
  if (orders.length === 0) return [];
  return [
    {
      role: 'plain',
      text: `  ${count(orders.length, 'order')} without ${milestone}, because not all its conditions are met:`,
    },
    ...reasons.slice(0, REASONS_MAX).map(({ condition, orders: held }): Line => {
      const shown = held.slice(0, IDS_MAX).join(', ') + (held.length > IDS_MAX ? ', …' : '');
      return { role: 'quiet', text: `       ${String(held.length).padStart(4)} "${condition}" (${shown})` };
    }),
  ];
}

function verdictLines({ comparison: { expected, matching, differences } }: Ending): Line[] {
  const isGood = differences.length === 0;
  const head = `  ${matching} of ${expected} events as the oracle expects`;
  const rest = isGood
    ? '. The oracle is a separate program: it works the events out from the database, without Dragoman. ' +
      'Compared: type, order, sequence, time, cause, all fields.'
    : `; ${count(differences.length, 'difference')}:`;
  const more = differences.length - DIFFERENCES_MAX;
  return [
    { role: isGood ? 'good' : 'bad', text: head + rest },
    ...differences
      .slice(0, DIFFERENCES_MAX)
      .map(({ kind, text }): Line => ({ role: 'bad', text: `    ${kind}: ${text}` })),
    ...(more > 0 ? [{ role: 'bad' as const, text: `    and ${more} more` }] : []),
  ];
}
