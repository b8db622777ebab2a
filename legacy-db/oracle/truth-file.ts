/**
 * Expected events of a recording, from its truth file (`NAME.truth.ndjson`) and the records beside it (`NAME.ndjson`).
 *
 * The truth file tells what was committed; the records tell only where streaming begins: a transaction is streamed when
 * the end of its COMMIT is the number in the id of an END record. Transactions before the first streamed one are what
 * the snapshot saw: the baseline.
 */
import { readFileSync } from 'node:fs';
import { LegacyDbError } from '../errors.js';
import { expect, type Expectation } from './expected-events.js';
import type { Change, Row, Transaction } from './history.js';

interface TruthLine {
  n: number;
  txid: number;
  commit_end_lsn: number;
  commit_ts_ms: number;
  changes: { table: string; op: Change['op']; key?: TruthRow; before?: TruthRow; row?: TruthRow }[];
}
type TruthRow = Record<string, string | number | null>;

/** @throws LegacyDbError RECORDING_INVALID when no transaction of the truth file was streamed. */
export function truthToExpectedEvents(truthFile: string): Expectation {
  const streamed = streamedEnds(truthFile.replace(/\.truth\.ndjson$/, '.ndjson'));
  const history = readTruth(truthFile);
  const first = history.findIndex((transaction) => streamed.has(String(transaction.commitEndLsn)));
  if (first < 0) throw new LegacyDbError('RECORDING_INVALID', `no transaction of ${truthFile} has an END record`);
  return expect(history, first);
}

/** All committed transactions of a truth file, in commit order. */
export function readTruth(truthFile: string): Transaction[] {
  return linesOf(truthFile)
    .map((line) => JSON.parse(line) as Partial<TruthLine>)
    .filter((line): line is TruthLine => line.n !== undefined)
    .map((line) => ({
      n: line.n,
      txid: line.txid,
      commitEndLsn: BigInt(line.commit_end_lsn),
      commitTsMs: Math.floor(line.commit_ts_ms),
      changes: line.changes.map((change) => ({
        table: change.table,
        op: change.op,
        key: textRow(change.key),
        before: textRow(change.before),
        row: textRow(change.row),
      })),
    }));
}

function streamedEnds(recordingFile: string): Set<string> {
  const ends = new Set<string>();
  for (const line of linesOf(recordingFile)) {
    const record = JSON.parse(line) as { topic: string; value: string | null };
    if (!record.topic.endsWith('.transaction') || record.value === null) continue;
    const boundary = JSON.parse(record.value) as { status: string; id: string };
    if (boundary.status === 'END') ends.add(boundary.id.slice(boundary.id.indexOf(':') + 1));
  }
  return ends;
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

function textRow(row: TruthRow | undefined): Row | undefined {
  if (row === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, value === null ? null : String(value)]),
  );
}
