/** Keys under `telemetry`: where spans of events are sent. Off by default. */
import { z } from 'zod';
import { key, optionalText, serverUrl, whole } from './key.js';

export const telemetryKeys = z
  .strictObject({
    endpoint: key(
      serverUrl(['http', 'https']).nullable().default(null),
      'Address to which a span of each event is sent, by OTLP over HTTP: `http://collector:4318/v1/traces`. Null: no traces at all (docs/tracing.md).',
      { secret: 'url' },
    ),
    authorization: key(optionalText(), 'Value of the header `Authorization` of what is sent.', { secret: 'whole' }),
    serviceName: key(z.string().min(1).max(100).default('dragoman'), 'Name of this service in traces.'),
    sampledShare: key(
      z.number().min(0).max(1).default(1),
      'Share of the events that begin a trace and are sent, from 0 to 1, told by their ids. An event that goes on with the trace of its rows is sent when those are.',
    ),
    queueSpansMax: key(whole(100, 100_000).default(5_000), 'Spans that wait to be sent; further ones are dropped.'),
    timeoutMs: key(whole(100, 60_000).default(10_000), 'Limit of one sending.'),
  })
  .prefault({});
