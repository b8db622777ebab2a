/** Places of events in traces: W3C Trace Context. */
import { describe, expect, it } from 'vitest';
import {
  boundedTraces,
  eventTrace,
  traceparentIn,
  traceparentOf,
  TRACES_MAX,
} from '../../../src/domain/source/trace.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const ROW = `00-${TRACE}-${SPAN}-01`;
const EVENT = '74105196-9519-53e6-b311-3359668f2702';

describe('a traceparent', () => {
  it.each<[string, string | null]>([
    [ROW, ROW],
    [`#Sat Nov 21 09:52:41 UTC 2026\ntraceparent=${ROW}\ntracestate=a\\=b\n`, ROW],
    [`00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-00`],
    [`cc-${TRACE}-${SPAN}-01-what-comes-later`, ROW],
    [`ff-${TRACE}-${SPAN}-01`, null],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, null],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, null],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, null],
    [`00-${TRACE}-${SPAN}`, null],
    [`00-${TRACE}x-${SPAN}-01`, null],
    ['', null],
  ])('in %j is %s', (text, found) => expect(traceparentIn(text)).toBe(found));

  it('of very many rows is one of a few', () => {
    const all = Array.from({ length: 20 }, (_, i) => `00-${TRACE}-${String(i + 1).padStart(16, '0')}-01`);
    expect(boundedTraces([...all, ...all])).toEqual(all.slice(0, TRACES_MAX));
  });
});

describe('an event', () => {
  it('begins a trace of its own, named by its id', () => {
    const begun = eventTrace(EVENT, [], 1);
    expect(traceparentOf(begun)).toBe('00-74105196951953e6b3113359668f2702-b3113359668f2702-01');
    expect(begun.parentSpanId).toBeNull();
    expect(traceparentIn(traceparentOf(begun))).toBe(traceparentOf(begun));
  });

  it('goes on with the trace of its rows, sampled when one of them is', () => {
    const other = `00-${TRACE}-${'1'.repeat(16)}-00`;
    expect(eventTrace(EVENT, [other, ROW], 0)).toMatchObject({
      ...{ traceId: TRACE, parentSpanId: '1'.repeat(16), isSampled: true },
    });
    expect(eventTrace(EVENT, [other], 1).isSampled).toBe(false);
  });

  it('of rows of several traces begins its own', () => {
    const other = `00-${'1'.repeat(32)}-${SPAN}-01`;
    expect(eventTrace(EVENT, [ROW, other], 1)).toMatchObject({
      traceId: EVENT.replaceAll('-', ''),
      parentSpanId: null,
    });
  });

  it('is sampled by its id: as many as were asked for', () => {
    const ids = Array.from({ length: 256 }, (_, i) => `${i.toString(16).padStart(2, '0')}${EVENT.slice(2)}`);
    const sampled = (share: number) => ids.filter((id) => eventTrace(id, [], share).isSampled).length;
    expect([0, 0.25, 1].map(sampled)).toEqual([0, 64, 256]);
  });
});
