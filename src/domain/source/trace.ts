/**
 * Traces of the legacy system that rows and annotations carry, and the place of an event in them: W3C Trace Context, `traceparent`. Nothing but the event's
 * id and what was carried decides, so the same event has the same ids whenever it is made. Pure.
 */

/** Of one change set; further ones are left out. */
export const TRACES_MAX = 8;

/** As a header has it, or as a line of the properties in which Debezium keeps it (`tracingspancontext`). */
const TRACEPARENT =
  /^(?:traceparent[ \t]*=[ \t]*)?(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-\S*)?\s*$/m;

/** The `traceparent` in a text, in the form of version 00; null: there is none that is valid, and nothing is to be taken from it. */
export function traceparentIn(text: string): string | null {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text) ?? [];
  return traceId === undefined ? null : `00-${traceId}-${spanId ?? ''}-${flags ?? ''}`;
}

/** Different ones in their order, {@link TRACES_MAX} at most. */
export const boundedTraces = (all: readonly string[]): readonly string[] => [...new Set(all)].slice(0, TRACES_MAX);

export interface SpanName {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

/** Where an event stands. */
export interface EventTrace extends SpanName {
  /** Of the row that it goes on from; null: it begins a trace. */
  readonly parentSpanId: string | null;
  readonly isSampled: boolean;
}

export const spanNameIn = (traceparent: string): SpanName => ({
  traceId: traceparent.slice(3, 35),
  spanId: traceparent.slice(36, 52),
});

const isSampledIn = (traceparent: string): boolean => parseInt(traceparent.slice(53), 16) % 2 === 1;

/**
 * An event goes on with the trace of its rows, where they are of one; else it begins its own, named by its id.
 * @param traces as of {@link traceparentIn}.
 * @param sampledShare of the events that begin a trace, from 0 to 1.
 */
export function eventTrace(eventId: string, traces: readonly string[], sampledShare: number): EventTrace {
  const digits = eventId.replaceAll('-', '');
  const spanId = digits.slice(16);
  const [first] = traces;
  const origin = first === undefined ? null : spanNameIn(first);
  if (origin !== null && traces.every((each) => spanNameIn(each).traceId === origin.traceId))
    return { traceId: origin.traceId, spanId, parentSpanId: origin.spanId, isSampled: traces.some(isSampledIn) };
  const isSampled = parseInt(digits.slice(0, 8), 16) < sampledShare * 2 ** 32;
  return { traceId: digits, spanId, parentSpanId: null, isSampled };
}

export const traceparentOf = ({ traceId, spanId, isSampled }: EventTrace): string =>
  `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
