/** What transactions say of themselves: recording 13, whose END counts the logical messages inside of its transaction. */
import { describe, expect, it } from 'vitest';
import type { DeclaredAnnotation } from '../../../src/domain/source/annotation.js';
import type { Step } from '../../../src/domain/source/transaction.js';
import { choices } from '../../support/choices.js';
import { edited, envelopeOf, readRecording, type RecordedRecord } from '../../support/recordings.js';
import {
  bench,
  type BenchOptions,
  consumed,
  drain,
  endsOf,
  mixPartitions,
  read,
  sequence,
  standingOf,
} from '../../support/sequencing.js';

const AUDIT: DeclaredAnnotation = { prefix: 'oms.audit', content: { user: 'mia' } };
const BINARY: DeclaredAnnotation = { prefix: 'oms.bin' };
const declared = [AUDIT, BINARY, { prefix: 'oms.audit', content: 'else' }];
const AUDIT_TEXT = '["oms.audit",{"user":["mia"]}]';

const records = readRecording('postgres/13-logical-message');
const isInside = (record: RecordedRecord): boolean =>
  record.topic === 'legacy.message' && envelopeOf(record).transaction !== null;
const annotated = (out: readonly Step[]): string[] =>
  out.flatMap((step) =>
    step.kind === 'transaction' ? [`${step.id}: ${(step.annotations ?? []).join(' ')}`.trim()] : [],
  );
const ANNOTATED = ['5014:', `5015: ${AUDIT_TEXT}`, '5017:', '5020:'];
const with13 = (input: readonly RecordedRecord[] = records, more: BenchOptions = {}) =>
  bench(input, { annotations: declared, ...more });

describe('a declared annotation', () => {
  it('is its transaction’s, and no other’s', () => expect(annotated(sequence(records, with13()))).toEqual(ANNOTATED));

  it.each(Array.from({ length: 30 }, (_, seed) => seed))('is so in any order of the partitions (%i)', (seed) => {
    const mixed = mixPartitions(consumed(records), choices(seed));
    expect(annotated(sequence(mixed, with13()))).toEqual(ANNOTATED);
  });

  it('that nobody asks for is not there, and nothing waits for it', () => {
    expect(annotated(sequence(records))).toEqual(['5014:', '5015:', '5017:', '5020:']);
    const without = records.filter((record) => !isInside(record));
    expect(annotated(sequence(without))).toEqual(['5014:', '5015:', '5017:', '5020:']);
  });

  it('is waited for: without it the transaction is held', () => {
    const without = records.filter((record) => !isInside(record));
    const started = with13(without);
    expect(annotated(sequence(without, started))).toEqual(['5014:']);
    expect(started.sequencer.held).toMatchObject({ code: 'TRANSACTION_INCOMPLETE', transaction: '5015' });
    expect(started.sequencer.held?.text).toContain('1 of logical messages');
  });

  it('sent again, in another number, is none more', () => {
    const inside = records.find(isInside)!;
    const again = edited({ ...inside, partition: 1 }, (envelope) => {
      envelope.transaction = { ...envelope.transaction, total_order: 1 };
    });
    const doubled = records.flatMap((record) => (record === inside ? [record, again] : [record]));
    expect(annotated(sequence(doubled, with13(doubled)))).toEqual(ANNOTATED);
  });
});

describe('a restart', () => {
  it('after every record comes to the same', () => {
    const ends = endsOf(records);
    const input = consumed(records);
    const first = with13();
    const done: Step[] = [];
    for (const record of input) {
      read(first, record);
      done.push(...drain(first, ends));
      const second = with13(records, standingOf(first));
      const rest = input.filter(({ topic, partition, offset }) => {
        const from = first.sequencer.needed().get(`${topic}/${partition}`) ?? 0;
        return offset >= from;
      });
      expect(annotated([...done, ...sequence(rest, second)])).toEqual(ANNOTATED);
    }
  });

  it('at the end needs nothing of the topic any more', () => {
    const started = with13();
    sequence(records, started);
    const ends = endsOf(consumed(records));
    for (const [partition, offset] of started.sequencer.needed())
      if (partition.startsWith('legacy.message/')) expect(offset).toBe(ends.get(partition));
  });

  it('from the beginning of the topic, behind everything that was handed on, opens nothing', () => {
    const started = with13();
    sequence(records, started);
    const { frontier } = standingOf(started);
    const again = with13(records, { frontier });
    const said = records.filter(({ topic }) => topic === 'legacy.message');
    expect(sequence(said, again)).toEqual([]);
    expect(again.sequencer.status.openTransactions).toBe(0);
  });
});

describe('without transaction metadata', () => {
  const bare = records
    .filter(({ topic }) => topic !== 'legacy.transaction')
    .map((record) => (record.value === null ? record : edited(record, (envelope) => (envelope.transaction = null))));

  it('position mode has it by the id and the predecessor of its transaction', () => {
    expect(annotated(sequence(bare, with13(bare, { mode: 'position' })))).toEqual(ANNOTATED.slice(0, -1));
  });

  it('exact mode refuses a connector that does not count it', () => {
    const uncounted = records.map((record) =>
      isInside(record) ? edited(record, (envelope) => (envelope.transaction = null)) : record,
    );
    const started = with13(uncounted);
    const reading = (): void => {
      for (const record of consumed(uncounted, started)) read(started, record);
    };
    expect(reading).toThrow(/is a logical message of transaction 5015 of legacy, without a transaction block/);
  });

  it('arrival mode does not read it', () => {
    const out = sequence(bare, with13(bare, { mode: 'arrival' }));
    expect(annotated(out).every((line) => line.endsWith(':'))).toBe(true);
  });
});
