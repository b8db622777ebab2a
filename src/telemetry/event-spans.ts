/**
 * Pipeline events in, spans out: one for each integration event, from the commit in the source to the end of the Kafka transaction that published it.
 * After a crash one may be told twice, under the same ids.
 */
import type { Decision } from '../domain/state/journal-entry.js';
import { contractText, type IntegrationEvent } from '../domain/integration-event.js';
import { type EventTrace, eventTrace } from '../domain/source/trace.js';
import type { Observer } from '../pipeline/events.js';
import type { Clock } from '../pipeline/ports.js';

export interface EventSpan {
  readonly name: string;
  readonly trace: EventTrace;
  /** Of the rows that caused the event, as `traceparent`. */
  readonly links: readonly string[];
  /** Ms since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

export interface Spans {
  /** Takes one; never throws, and never waits. */
  add(span: EventSpan): void;
  /** Sends what is there, as far as it can in a short time. */
  close(): Promise<void>;
}

/** @param task its name: `orders`, `orders/1`. */
export const spanObserver =
  (
    task: string,
    spans: Pick<Spans, 'add'>,
    { clock, sampledShare }: { clock: Clock; sampledShare: number },
  ): Observer =>
  (event) => {
    if (event.kind !== 'decided') return;
    const { entry, events } = event;
    for (const each of events) {
      const trace = eventTrace(each.id, entry.traces ?? [], sampledShare);
      if (trace.isSampled) spans.add(spanOf(task, { each, entry, trace }, clock.nowMs()));
    }
  };

interface Told {
  readonly each: IntegrationEvent;
  readonly entry: Decision;
  readonly trace: EventTrace;
}

/** Attributes by the conventions of OpenTelemetry for messaging, which are still in development. */
const spanOf = (task: string, { each, entry, trace }: Told, nowMs: number): EventSpan => ({
  name: `publish ${each.topic}`,
  trace,
  links: entry.traces ?? [],
  startMs: Math.min(entry.origin.commitTimeMs, nowMs),
  endMs: nowMs,
  attributes: {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'send',
    'messaging.destination.name': each.topic,
    'messaging.message.id': each.id,
    'dragoman.event': contractText(each.type, each.version),
    'dragoman.sequence': each.sequence,
    'dragoman.task': task,
    'dragoman.causation_id': each.headers['ce_causationid'] ?? '',
  },
});
