/** A whole pipeline in memory with tracing on, and with tracing off: headers of events, spans, and what does not change. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { traceparentIn } from '../../../src/domain/source/trace.js';
import { type EventSpan, spanObserver } from '../../../src/telemetry/event-spans.js';
import { readRecording, type RecordedRecord } from '../../support/recordings.js';
import { retailerRules, Rig } from '../../support/rig.js';

const records = readRecording('postgres/01-lifecycle');
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const ROW = `00-${TRACE}-00f067aa0ba902b7-01`;
const withTrace = (record: RecordedRecord): RecordedRecord => ({
  ...record,
  headers: { ...record.headers, traceparent: ROW },
});
const ON = { tracing: { sampledShare: 1 } };

let rules: LoadedRules;
beforeAll(async () => (rules = await retailerRules()));

async function lived(input: readonly RecordedRecord[], isOn: boolean): Promise<Rig> {
  const plain = new Rig([], { rules, shapedBy: input }).settings();
  const settings = isOn ? { translate: { ...plain.translate, ...ON }, readsTraces: true as const } : {};
  const rig = new Rig(input, { rules, settings });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

function spansOf(rig: Rig, clockMs = 4_000_000_000_000): EventSpan[] {
  const spans: EventSpan[] = [];
  const observe = spanObserver(
    'orders',
    { add: (span) => spans.push(span) },
    { clock: { nowMs: () => clockMs }, sampledShare: 1 },
  );
  rig.told.forEach(observe);
  return spans;
}
const headersOf = (rig: Rig) => rig.published().map(({ headers }) => headers);

describe('with tracing off', () => {
  it('events are those of a pipeline that knows no traces, whatever records carry', async () => {
    const [without, carried] = [await lived(records, false), await lived(records.map(withTrace), false)];
    expect(carried.published()).toEqual(without.published());
    expect(headersOf(carried).some((headers) => 'traceparent' in headers)).toBe(false);
    expect(carried.told.some((event) => event.kind === 'decided' && event.entry.traces !== undefined)).toBe(false);
  });
});

describe('with tracing on', () => {
  it('each event has its own place, and one span that is named like it', async () => {
    const rig = await lived(records, true);
    const headers = headersOf(rig).map((each) => String(each['traceparent']));
    expect(headers.length).toBeGreaterThan(5);
    expect(headers.map(traceparentIn)).toEqual(headers);
    const spans = spansOf(rig);
    expect(spans.map(({ trace }) => `00-${trace.traceId}-${trace.spanId}-01`).sort()).toEqual([...headers].sort());
    expect(new Set(spans.map(({ trace }) => trace.traceId)).size).toBe(headers.length);
    expect(spans[0]).toMatchObject({ name: expect.stringMatching(/^publish /) as string, links: [] });
    expect(spans.every(({ startMs, endMs }) => startMs < endMs)).toBe(true);
    expect(JSON.stringify(spans)).not.toContain('"9000');
  });

  it('an event goes on with the trace that its rows carried', async () => {
    const rig = await lived(records.map(withTrace), true);
    for (const span of spansOf(rig)) {
      expect(span).toMatchObject({ links: [ROW], trace: { traceId: TRACE, parentSpanId: '00f067aa0ba902b7' } });
    }
    for (const headers of headersOf(rig)) expect(String(headers['traceparent'])).toContain(`00-${TRACE}-`);
  });

  it('is the same after a crash at any commit, and stands in the journal', async () => {
    const rig = await lived(records.map(withTrace), true);
    const again = await lived(records.map(withTrace), true);
    expect(headersOf(again)).toEqual(headersOf(rig));
    const journalled = rig.journal().flatMap(({ events = [] }) => events.map(({ headers }) => headers['traceparent']));
    expect([...journalled].sort()).toEqual(
      headersOf(rig)
        .map((headers) => headers['traceparent'])
        .sort(),
    );
  });

  it('a clock behind that of the source makes no span that ends before it begins', async () => {
    const rig = await lived(records, true);
    expect(spansOf(rig, 0).every(({ startMs, endMs }) => startMs === 0 && endMs === 0)).toBe(true);
  });
});
