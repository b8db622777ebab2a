/** S13: whichever END the transaction topic has lost, nothing behind it leaves before somebody decides, however the topics are read. */
import { describe, expect, it } from 'vitest';
import {
  byPartition,
  committed,
  history,
  isBoundary,
  isEnd,
  isOf,
  isStreamedRow,
  xidsOf,
} from '../../../support/recorded/histories.js';
import { bench, consumed, drain, endsOf, partitionOf, sequence, standingOf } from '../../../support/sequencing.js';

const records = history('02-interleaved');
const ids = committed(records);

describe.each(ids.slice(0, -1).map((id, i) => [id, i] as const))('END of %s is lost', (lost, i) => {
  const without = records.filter((record) => !(isEnd(record) && isOf(lost)(record)));
  const hasRows = consumed(records).some((record) => isStreamedRow(record) && isOf(lost)(record));

  it.each([
    ['as they come', without],
    ['partition by partition', byPartition(without)],
    ['boundaries first', byPartition(without, isBoundary)],
  ])('%s: it is held, and explains the break when it is put in quarantine', (_, order) => {
    const started = bench(without);
    const out = xidsOf(sequence(order, started));
    expect(hasRows).toBe(true);
    expect(out).toEqual(ids.slice(0, i));
    expect(started.sequencer.allHeld).toMatchObject([
      { transaction: lost, code: 'TRANSACTION_WITHOUT_END', isWaitedFor: true },
    ]);
    expect(started.sequencer.resolve(lost, 'quarantine')).toBe(true);
    expect(xidsOf(drain(started, endsOf(without)))).toEqual(ids.slice(i + 1));
    expect(started.sequencer.status).toMatchObject({ gaps: 0, held: null, openTransactions: 0, heldRows: 0 });
  });
});

it('a transaction that left in quarantine explains the break after a restart too, once', () => {
  const [, lost = ''] = ids;
  const without = records.filter((record) => !(isEnd(record) && isOf(lost)(record)));
  const started = bench(without);
  sequence(without, started);
  expect(started.sequencer.resolve(lost, 'quarantine')).toBe(true);
  while (started.sequencer.peek()?.kind === 'baseline') started.sequencer.advance();
  const standing = standingOf(started);
  expect(standing.frontier.unended).toBeDefined();
  const again = bench(without, standing);
  const rest = without.filter((record) => record.offset >= (standing.from.get(partitionOf(record)) ?? 0));
  expect(xidsOf(sequence(rest, again))).toEqual(ids.slice(2));
  expect(again.sequencer.status).toMatchObject({ gaps: 0, held: null });
  expect(again.sequencer.frontier.unended).toBeUndefined();
});
