/** Heartbeats of connectors, as they were recorded. */
import { describe, expect, it } from 'vitest';
import { heartbeatMs } from '../../../src/decode/heartbeat.js';
import { readRecording } from '../../support/recordings.js';

describe('a heartbeat', () => {
  it('has the time of its connector', () => {
    const records = readRecording('postgres/16b-heartbeats-no-query');
    const beats = records.filter(({ topic }) => topic === '__debezium-heartbeat.legacy');
    const times = beats.map(({ value }) => heartbeatMs(value ?? ''));
    expect(times.slice(0, 2)).toEqual([1795255143171, 1795255145261]);
    expect(times).not.toContain(null);
  });

  it('may have its schema around it', () => {
    expect(heartbeatMs('{"schema":{"type":"struct"},"payload":{"ts_ms":1795255143171}}')).toBe(1795255143171);
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"ts_ms":null}',
    '{"ts_ms":"7"}',
    '{"ts_ms":-1}',
    '{"ts_ms":1.5}',
    '{"payload":null}',
  ])('%s is none', (text) => {
    expect(heartbeatMs(text)).toBeNull();
  });
});
