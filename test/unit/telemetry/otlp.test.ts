/** Spans over real HTTP: what a collector is sent, and what happens when there is none. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';
import { eventTrace } from '../../../src/domain/source/trace.js';
import type { EventSpan, Spans } from '../../../src/telemetry/event-spans.js';
import { openSpans } from '../../../src/telemetry/open.js';
import type { TelemetryConfig } from '../../../src/telemetry/otlp.js';
import { sourceFiles } from '../../support/project/source-tree.js';

interface Sent {
  readonly headers: IncomingHttpHeaders;
  readonly spans: readonly Record<string, unknown>[];
  readonly resource: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

let server: Server | undefined;
let spans: Spans | null = null;
const told: string[] = [];
afterEach(async () => {
  await spans?.close();
  server?.closeAllConnections();
  server?.close();
  [server, spans] = [undefined, null];
  told.length = 0;
});

/** Answers with these codes, one after the other, and then with the last one. */
async function collector(sent: Sent[], ...codes: readonly number[]): Promise<string> {
  let requests = 0;
  const started = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const code = codes[Math.min(requests, codes.length - 1)] ?? 200;
      requests += 1;
      if (code === 200) sent.push(sentIn(request.headers, Buffer.concat(parts).toString()));
      response.writeHead(code, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/v1/traces`;
}

function sentIn(headers: IncomingHttpHeaders, body: string): Sent {
  const { resourceSpans } = JSON.parse(body) as {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes: Sent['resource'] };
      readonly scopeSpans: readonly { readonly spans: Sent['spans'] }[];
    }[];
  };
  const [first] = resourceSpans;
  return {
    headers,
    spans: first?.scopeSpans.flatMap((scope) => scope.spans) ?? [],
    resource: first?.resource.attributes ?? [],
  };
}

const open = (endpoint: string | null, more: Partial<TelemetryConfig> = {}): Promise<Spans | null> =>
  openSpans({ ...configSchema.parse({}).telemetry, endpoint, ...more }, '1.2.3', {
    failed: (reason) => told.push(`failed: ${reason}`),
    recovered: () => told.push('recovered'),
  });

const eventually = (holds: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(holds()).toBe(true), { timeout: 10_000 });

const ROW = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const idOf = (i: number): string => `${String(i).padStart(8, '0')}-9519-53e6-b311-3359668f2702`;
const spanOf = (i: number, links: readonly string[] = []): EventSpan => ({
  name: 'publish orders',
  trace: eventTrace(idOf(i), links, 1),
  links,
  startMs: 1_795_254_755_035,
  endMs: 1_795_254_755_085,
  attributes: { 'messaging.system': 'kafka', 'messaging.message.id': idOf(i) },
});

describe('a collector', () => {
  it('is sent each span under the ids of its event, with links to the rows', async () => {
    const sent: Sent[] = [];
    spans = await open(await collector(sent, 200), { authorization: 'Bearer of-the-test', serviceName: 'orders' });
    spans?.add(spanOf(1));
    spans?.add(spanOf(2, [ROW]));
    await eventually(() => sent.length > 0);
    const [begun, following] = sent.flatMap((each) => each.spans);
    expect(begun).toMatchObject({
      ...{ name: 'publish orders', kind: 4, traceId: '00000001951953e6b3113359668f2702', spanId: 'b3113359668f2702' },
      ...{ startTimeUnixNano: '1795254755035000000', endTimeUnixNano: '1795254755085000000' },
    });
    expect(begun?.['parentSpanId'] ?? '').toBe('');
    expect(following).toMatchObject({
      ...{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentSpanId: '00f067aa0ba902b7', spanId: 'b3113359668f2702' },
      links: [{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }],
    });
    expect(sent[0]?.headers.authorization).toBe('Bearer of-the-test');
    expect(sent[0]?.resource).toContainEqual({ key: 'service.name', value: { stringValue: 'orders' } });
  });

  it('is sent what waits when a member stops', async () => {
    const sent: Sent[] = [];
    spans = await open(await collector(sent, 200));
    spans?.add(spanOf(1));
    await spans?.close();
    expect(sent.flatMap((each) => each.spans)).toHaveLength(1);
  });

  it('that refuses is told of once, and that it takes spans again', async () => {
    const sent: Sent[] = [];
    spans = await open(await collector(sent, 400, 400, 200));
    let added = 0;
    const isTaken = (): boolean => {
      spans?.add(spanOf((added += 1)));
      return told.length === 2;
    };
    await vi.waitFor(() => expect(isTaken()).toBe(true), { timeout: 15_000, interval: 200 });
    expect(told).toEqual([expect.stringMatching(/^failed: /), 'recovered']);
  }, 20_000);

  it('that refuses again and again is told of once in a while', async () => {
    const sent: Sent[] = [];
    spans = await open(await collector(sent, 400, 200, 400, 200));
    let added = 0;
    const isTaken = (): boolean => {
      spans?.add(spanOf((added += 1)));
      return sent.length > 1;
    };
    await vi.waitFor(() => expect(isTaken()).toBe(true), { timeout: 15_000, interval: 200 });
    expect(told).toEqual([expect.stringMatching(/^failed: /), 'recovered']);
  }, 20_000);
});

describe('without a collector', () => {
  it('nothing throws or waits: further spans than may wait are dropped', async () => {
    spans = await open('http://127.0.0.1:9/v1/traces', { queueSpansMax: 100, timeoutMs: 200 });
    const started = performance.now();
    for (let i = 0; i < 10_000; i += 1) spans?.add(spanOf(i));
    expect(performance.now() - started).toBeLessThan(2_000);
    await eventually(() => told.length > 0);
    const closing = performance.now();
    await spans?.close();
    expect(performance.now() - closing).toBeLessThan(1_000);
  });

  it('off is off: the SDK stands behind one import, which is not made', async () => {
    expect(await open(null)).toBeNull();
    const src = sourceFiles('src');
    const isSdk = (target: string): boolean => target.startsWith('@opentelemetry/');
    expect(src.filter(({ imports }) => imports.some(isSdk)).map(({ path }) => path)).toEqual(['src/telemetry/otlp.ts']);
    const loads = src.filter(({ text }) =>
      /^import (?!type)[^;]*telemetry\/otlp\.js'|^import (?!type)[^;]*'\.\/otlp\.js'/m.test(text),
    );
    expect(loads.map(({ path }) => path)).toEqual([]);
    expect(src.filter(({ text }) => text.includes("import('./otlp.js')")).map(({ path }) => path)).toEqual([
      'src/telemetry/open.ts',
    ]);
  });
});
