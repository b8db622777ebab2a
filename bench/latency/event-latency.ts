/**
 * Transactions sent, events expected and events received -> how late the events were, and whether they were the right ones.
 * An event's latency: from the Kafka timestamp of the rows of its source transaction to its reception. Pure.
 */
import { eventName, type NaiveEvent } from '../backlog/naive-scan.js';
import { compareEvents, type EventDifference } from '../compare-events.js';
import { type Percentiles, percentiles } from '../stats.js';
import type { SentTransaction } from './feed.js';
import { idWithoutPosition } from './pace.js';
import type { ReceivedEvent } from './reader.js';

export interface Window {
  /** Transactions sent from here ... */
  readonly fromMs: number;
  /** ... to before here are measured. */
  readonly toMs: number;
}

export interface EventLatency {
  /** When its transaction was sent. */
  readonly sentMs: number;
  readonly latencyMs: number;
}

export interface EventLatencies {
  /** One for each expected event whose transaction was sent in the window; a second copy is not counted. */
  readonly measured: readonly EventLatency[];
  /** Of the whole run, warm-up included. */
  readonly events: EventDifference;
  /** Events that name another source transaction than the one that made them. */
  readonly misattributed: number;
}

export type Transactions = ReadonlyMap<string, SentTransaction>;

/** The expected events of what was sent. */
export const eventsOf = (transactions: Transactions, all: readonly NaiveEvent[]): NaiveEvent[] =>
  all.filter(({ transaction }) => transactions.has(idWithoutPosition(transaction)));

export function eventLatencies(
  transactions: Transactions,
  expected: readonly NaiveEvent[],
  received: readonly ReceivedEvent[],
  { fromMs, toMs }: Window,
): EventLatencies {
  const causes = new Map(expected.map((event) => [eventName(event), idWithoutPosition(event.transaction)]));
  const seen = new Set<string>();
  const measured: EventLatency[] = [];
  let misattributed = 0;
  for (const event of received) {
    const name = eventName(event);
    const cause = causes.get(name);
    if (cause === undefined || seen.has(name)) continue;
    seen.add(name);
    const named = transactionId(event.causationId);
    if (named !== cause) misattributed += 1;
    const sentMs = transactions.get(named)?.sentMs;
    if (sentMs !== undefined && sentMs >= fromMs && sentMs < toMs)
      measured.push({ sentMs, latencyMs: event.receivedMs - sentMs });
  }
  return { measured, events: compareEvents(expected, received), misattributed };
}

/** `752` of `legacy:752:26777968`. */
const transactionId = (causationId: string): string => causationId.split(':').at(-2) ?? '';

export const sentIn = (transactions: Transactions, { fromMs, toMs }: Window): SentTransaction[] =>
  [...transactions.values()].filter(({ sentMs }) => sentMs >= fromMs && sentMs < toMs);

/** The same in parts of the window, one after the other: does it get better or worse with time? The last may be shorter. */
export function overTime(measured: readonly EventLatency[], { fromMs, toMs }: Window, partMs: number): Percentiles[] {
  const parts: Percentiles[] = [];
  for (let at = fromMs; at < toMs; at += partMs) {
    const part = measured.filter(({ sentMs }) => sentMs >= at && sentMs < at + partMs);
    parts.push(percentiles(part.map(({ latencyMs }) => latencyMs)));
  }
  return parts;
}
