/** Rows that the connector lost are nowhere in Kafka; what it says of their transactions passes, and is counted (docs/sequencing.md). */
import { describe, expect, it } from 'vitest';
import { committed, counting, history, isEnd, isOf, isStreamedRow, xidsOf } from '../../support/recorded/histories.js';
import { edited, envelopeOf, type RecordedRecord } from '../../support/recordings.js';
import { bench, drain, endsOf, read } from '../../support/sequencing.js';

const handedOn = (records: readonly RecordedRecord[]) => {
  const started = bench(records);
  for (const record of records) read(started, record);
  const xids = xidsOf(drain(started, endsOf(records)));
  return { xids, counts: started.sequencer.counts.takeHandedOn(), again: started.sequencer.counts.takeHandedOn() };
};

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
  const { xids, counts, again } = handedOn(left);
  expect(xids).toEqual(all.filter((xid) => xid !== lost));
  expect(counts).toMatchObject({ transactions: all.length, empty: 1, headless: 0 });
  expect(again).toMatchObject({ transactions: 0, empty: 0, headless: 0 });
});

describe('the first row of a transaction', () => {
  const order = (record: RecordedRecord): number =>
    (envelopeOf(record) as unknown as { transaction: { total_order: number } }).transaction.total_order;
  const tableOf = ({ topic }: RecordedRecord): string => topic.slice(topic.indexOf('.') + 1);
  const records = history('02-interleaved');
  const rowsOf = (xid: string) => records.filter((record) => isOf(xid)(record) && isStreamedRow(record));
  const xid = committed(records).find((each) => rowsOf(each).length > 1)!;
  const without = (at: number): RecordedRecord[] => {
    const lost = rowsOf(xid).find((row) => order(row) === at)!;
    return records
      .filter((record) => record !== lost)
      .map((record) => (isEnd(record) && isOf(xid)(record) ? counting(record, tableOf(lost), -1) : record));
  };

  it('is known by the place that BEGIN tells, so that its loss is counted', () => {
    const { xids, counts } = handedOn(without(1));
    expect(xids).toContain(xid);
    expect(counts).toMatchObject({ headless: 1, empty: 0 });
  });

  it('is not lost when another one is', () => expect(handedOn(without(2)).counts).toMatchObject({ headless: 0 }));

  it('may be of a table that is not consumed', () => {
    const [first] = rowsOf(xid).filter((row) => order(row) === 1);
    const partition = tableOf(first!);
    const own = records.filter((record) => tableOf(record) !== partition);
    expect(handedOn(own).counts).toMatchObject({ headless: 0 });
  });

  it.each([
    ['01-lifecycle', '03-toast', '04-key-change', '05-deletes-truncate', '06-replay', '06b-crash-exactly-once'],
    ['06c-crash-frequent-offsets', '07b-snapshot-open-transactions', '08-incremental-snapshot', '11-ddl', '12-bulk'],
    ['13-logical-message', '16-heartbeats', '17-replica-identity-full', '18-as-consumed-live'],
  ])('is there in what real connectors sent: %s, %s, %s ...', (...names) => {
    for (const name of names) expect([name, handedOn(history(name)).counts.headless]).toEqual([name, 0]);
  });
});
