/** What the connector announces without any row passes, and is counted: rows that it lost are nowhere in Kafka (docs/sequencing.md). */
import { expect, it } from 'vitest';
import { committed, history, isEnd, isOf, isStreamedRow, xidsOf } from '../../support/recorded/histories.js';
import { edited } from '../../support/recordings.js';
import { bench, drain, endsOf, read } from '../../support/sequencing.js';

it('counts a transaction whose rows the connector left out when it was started again', () => {
  const records = history('02-interleaved');
  const all = committed(records);
  const lost = all[2]!;
  const left = records.flatMap((record) => {
    if (!isOf(lost)(record)) return [record];
    if (isStreamedRow(record)) return [];
    const nothing = { event_count: 0, data_collections: [] };
    return [isEnd(record) ? edited(record, (end) => Object.assign(end, nothing)) : record];
  });
  const started = bench(records);
  for (const record of left) read(started, record);
  expect(xidsOf(drain(started, endsOf(records)))).toEqual(all.filter((xid) => xid !== lost));
  expect(started.sequencer.counts.takeHandedOn()).toMatchObject({ transactions: all.length, empty: 1 });
  expect(started.sequencer.counts.takeHandedOn()).toMatchObject({ transactions: 0, empty: 0 });
});
