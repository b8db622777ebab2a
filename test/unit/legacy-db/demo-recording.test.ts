import { describe, expect, it } from 'vitest';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ExpectedEvent } from '../../../legacy-db/oracle/expected-events.js';
import type { RecordedLine } from '../../../legacy-db/recording/consume.js';

const path = (name: string): string => fileURLToPath(new URL(`../../../legacy-db/recordings/${name}`, import.meta.url));
const lines = <T>(name: string): T[] =>
  readFileSync(path(name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

describe('the demo recording', () => {
  const records = lines<RecordedLine>('demo.ndjson');
  const events = lines<ExpectedEvent>('demo.expected.ndjson');

  it('is small enough to be shipped', () => {
    expect(statSync(path('demo.ndjson')).size).toBeLessThan(700_000);
  });

  it('has an END record for every transaction that must cause an event', () => {
    const ends = records
      .filter((record) => record.topic === 'legacy.transaction')
      .map((record) => JSON.parse(record.value!) as { status: string; id: string })
      .filter((boundary) => boundary.status === 'END')
      .map((boundary) => boundary.id.split(':')[1]);
    for (const event of events) expect(ends).toContain(event.causation.commitEndLsn);
  });

  it('shows every kind of event, and orders that began before the snapshot', () => {
    expect(new Set(events.map((event) => event.eventType)).size).toBe(4);
    const snapshot = records.filter((record) => record.value?.includes('"op":"r"') === true);
    expect(snapshot.length).toBeGreaterThan(10);
    expect(events.some((event) => snapshot.some((record) => record.key === `{"ord_no":${event.orderId}}`))).toBe(true);
  });
});
