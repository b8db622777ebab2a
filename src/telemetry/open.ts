/** Tracing, where it is switched on: the SDK is no dependency of a service that runs without (decision 0040). */
import { DragomanError } from '../errors.js';
import type { Spans } from './event-spans.js';
import type { SpansTold, TelemetryConfig } from './otlp.js';

/**
 * @returns null: it is off, and nothing was imported.
 * @throws DragomanError DRIVER_MISSING when a package of the SDK is not installed.
 */
export async function openSpans(config: TelemetryConfig, version: string, told: SpansTold): Promise<Spans | null> {
  const { endpoint } = config;
  if (endpoint === null) return null;
  try {
    const { otlpSpans } = await import('./otlp.js');
    return otlpSpans(endpoint, config, version, told);
  } catch (error) {
    throw isMissing(error) ? sdkMissing(error) : error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes("'@opentelemetry/");

const sdkMissing = (cause: unknown): DragomanError =>
  new DragomanError(
    'DRIVER_MISSING',
    'telemetry.endpoint is set, and the packages that it needs are not all installed: npm install @opentelemetry/api @opentelemetry/resources ' +
      '@opentelemetry/sdk-trace @opentelemetry/exporter-trace-otlp-http, in the versions that docs/tracing.md names. Or leave it out: nothing else needs them.',
    { cause },
  );
