/**
 * Spans to a collector: OTLP over HTTP (JSON), by the SDK of OpenTelemetry. What cannot be sent is told and dropped; nothing waits for it. This file alone
 * imports the SDK, and is itself imported only where `telemetry.endpoint` is set (`open.ts`).
 */
import {
  type Attributes,
  diag,
  DiagLogLevel,
  type Link,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Config } from '../config/schema.js';
import { spanNameIn, type SpanName } from '../domain/source/trace.js';
import type { EventSpan, Spans } from './event-spans.js';

export type TelemetryConfig = Config['telemetry'];

export interface SpansTold {
  /** Some could not be sent, for this reason; once, until some are sent again, and at most once in {@link TOLD_EVERY_MS}. */
  readonly failed: (reason: string) => void;
  readonly recovered: () => void;
}

/** With spans in such numbers that only some of them are sent, each batch would tell of it otherwise. */
const TOLD_EVERY_MS = 60_000;
const BATCH_SPANS_MAX = 512;
const BATCH_MS = 1_000;
/** Below what the end of the process leaves for everything that is open besides. */
const CLOSING_MAX_MS = 500;

export function otlpSpans(endpoint: string, config: TelemetryConfig, version: string, told: SpansTold): Spans {
  const ids = new GivenIds();
  const health = new Health(told);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': config.serviceName, 'service.version': version }),
    idGenerator: ids,
    sampler: new AlwaysOnSampler(), // what is not sampled does not come here
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: watched(exporterOf(endpoint, config), health),
        maxQueueSize: config.queueSpansMax,
        maxExportBatchSize: Math.min(BATCH_SPANS_MAX, config.queueSpansMax),
        scheduledDelayMillis: BATCH_MS,
        exportTimeoutMillis: config.timeoutMs,
      }),
    ],
  });
  // The SDK tells here alone that its queue was full.
  const silent = (): void => undefined;
  diag.setLogger(
    { error: health.failed, warn: health.failed, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const tracer = provider.getTracer('dragoman', version);
  return {
    add(span) {
      const { name, startMs: startTime, endMs, links, attributes, trace: place } = span;
      ids.next = place;
      const options = {
        kind: SpanKind.PRODUCER,
        startTime,
        links: links.map(linkOf),
        attributes: attributes as Attributes,
      };
      tracer.startSpan(name, options, contextOf(place)).end(endMs);
    },
    async close() {
      await Promise.race([provider.shutdown().catch(silent), after(CLOSING_MAX_MS)]);
      diag.disable();
    },
  };
}

const exporterOf = (url: string, { authorization, timeoutMs: timeoutMillis }: TelemetryConfig): SpanExporter =>
  new OTLPTraceExporter({ url, timeoutMillis, headers: authorization === null ? {} : { authorization } });

/** Told when it becomes another. */
class Health {
  readonly #told: SpansTold;
  #isFailing = false;
  #notBeforeMs = 0;

  constructor(told: SpansTold) {
    this.#told = told;
  }

  readonly failed = (reason: string): void => {
    const nowMs = performance.now();
    if (this.#isFailing || nowMs < this.#notBeforeMs) return;
    this.#isFailing = true;
    this.#notBeforeMs = nowMs + TOLD_EVERY_MS;
    this.#told.failed(reason);
  };

  succeeded(): void {
    if (this.#isFailing) this.#told.recovered();
    this.#isFailing = false;
  }
}

/** The SDK tells of a failure by `diag` besides, which says nothing more. */
function watched(exporter: SpanExporter, health: Health): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error === undefined) health.succeeded();
        else health.failed(result.error.message);
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

/** Ids come from the events, so that a span that is sent twice is the same one. */
class GivenIds implements IdGenerator {
  next: SpanName = { traceId: '', spanId: '' };
  generateTraceId = (): string => this.next.traceId;
  generateSpanId = (): string => this.next.spanId;
}

const linkOf = (traceparent: string): Link => ({
  context: { ...spanNameIn(traceparent), traceFlags: TraceFlags.SAMPLED, isRemote: true },
});

const contextOf = ({ traceId, parentSpanId: spanId }: EventSpan['trace']) =>
  spanId === null
    ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });

const after = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
