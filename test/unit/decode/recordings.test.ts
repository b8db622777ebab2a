/** Every recording from its first record to its last: what becomes of each, and that rows tell the commit order of the database. */
import { describe, expect, it } from 'vitest';
import type { ChangeEvent, DecodedRecord, RowTransaction } from '../../../src/domain/source/change-event.js';
import { CONNECTORS } from '../../../src/decode/connectors/connectors.js';
import { Decoder } from '../../../src/decode/decoder.js';
import type { Mode } from '../../../src/domain/source/mode.js';
import { DragomanError } from '../../../src/errors.js';
import { RECORDED_TABLES } from '../../support/recorded/tables.js';
import { trueTransactions } from '../../support/recorded/truth.js';
import { type RecordedRecord, readRecording, sourceRecord, spaced } from '../../support/recordings.js';

/** Counts by operation, kind, reason of a skip, or code of a refusal. */
type Counts = Readonly<Record<string, number>>;

const OUTCOMES: Readonly<Record<string, Counts>> = {
  'postgres/01-lifecycle': { r: 36, c: 124, u: 181, begin: 104, end: 104 },
  'postgres/02-interleaved': { r: 34, c: 66, u: 96, begin: 78, end: 78 },
  'postgres/03-toast': { r: 20, c: 10, u: 28, d: 6, begin: 24, end: 24, tombstone: 6 },
  'postgres/04-key-change': { r: 40, c: 26, u: 3, d: 26, begin: 13, end: 13, tombstone: 26 },
  'postgres/05-deletes-truncate': { r: 32, c: 9, d: 7, begin: 12, end: 12, filler: 5, tombstone: 7 },
  'postgres/05b-deletes-null-kept': { r: 32, c: 9, d: 7, begin: 12, end: 12, filler: 5, tombstone: 7 },
  'postgres/05c-truncate-skipped': { r: 15, c: 2, u: 1, begin: 3, end: 3 },
  'postgres/06-replay': { r: 33, c: 798, u: 141, begin: 179, end: 178 },
  'postgres/06b-crash-exactly-once': { r: 18, c: 308, u: 10, begin: 12, end: 12 },
  'postgres/06c-crash-frequent-offsets': { r: 19, c: 326, u: 12, begin: 12, end: 12 },
  'postgres/07-resnapshot': { r: 106, c: 76, u: 91, begin: 61, end: 61 },
  'postgres/07b-snapshot-open-transactions': { r: 22, c: 1, u: 4, begin: 3, end: 3 },
  'postgres/07c-snapshot-open-first': { r: 19, u: 3, begin: 2, end: 2 },
  'postgres/08-incremental-snapshot': {
    r: 121,
    c: 78,
    u: 519,
    d: 4,
    begin: 471,
    end: 471,
    tombstone: 4,
    'table-not-declared': 128,
  },
  'postgres/09a-types-precise': { r: 3, c: 15, u: 5, d: 4, begin: 4, end: 4, tombstone: 4, 'table-not-declared': 12 },
  'postgres/09b-types-double': { r: 3, c: 15, u: 5, d: 4, begin: 4, end: 4, tombstone: 4, 'table-not-declared': 12 },
  'postgres/09c-types-string': { r: 3, c: 15, u: 5, d: 4, begin: 4, end: 4, tombstone: 4, 'table-not-declared': 12 },
  'postgres/09d-types-isostring': { r: 3, c: 15, u: 5, d: 4, begin: 4, end: 4, tombstone: 4, 'table-not-declared': 12 },
  'postgres/09e-types-null-kept': { r: 3, c: 15, u: 5, d: 4, begin: 4, end: 4, tombstone: 4, 'table-not-declared': 12 },
  'postgres/10-schemas-enabled': { r: 3, c: 32, u: 32, d: 2, begin: 24, end: 24, tombstone: 2 },
  'postgres/11-ddl': { r: 13, c: 3, u: 11, d: 3, begin: 14, end: 14, tombstone: 3 },
  'postgres/12-bulk': { c: 520, u: 2003, d: 20, begin: 7, end: 7, tombstone: 20 },
  'postgres/13-logical-message': { r: 3, c: 1, u: 5, begin: 6, end: 6, message: 2, 'logical-message': 4 },
  'postgres/14-no-metadata': { r: 30, c: 55, u: 74, d: 2, tombstone: 2 },
  'postgres/15-flattened': { begin: 18, end: 18, TOPIC_FLATTENED: 66 },
  'postgres/15b-flattened-defaults': { begin: 18, end: 18, TOPIC_FLATTENED: 66 },
  'postgres/16-heartbeats': { r: 3, c: 1, u: 2, begin: 15, end: 15, 'table-not-declared': 24 },
  'postgres/16b-heartbeats-no-query': { r: 3, c: 1, u: 1, begin: 2, end: 2, 'table-not-declared': 10 },
  'postgres/17-replica-identity-full': { r: 38, c: 52, u: 72, d: 6, begin: 46, end: 46, tombstone: 6 },
  'postgres/18-as-consumed-live': { r: 31, c: 46, u: 99, begin: 53, end: 53 },
  'postgres/18b-as-consumed-late': { r: 31, c: 46, u: 99, begin: 53, end: 53 },
  'mariadb/01-lifecycle': { r: 35, c: 68, u: 78, d: 4, begin: 76, end: 74, tombstone: 4, 'table-not-declared': 17 },
  'mariadb/02-interleaved': { r: 34, c: 48, u: 104, begin: 69, end: 69, 'table-not-declared': 16 },
  'mariadb/06-replay': { r: 24, c: 613, u: 121, begin: 84, end: 83, 'table-not-declared': 16 },
  'mariadb/06b-crash-exactly-once': { r: 20, c: 211, u: 3, begin: 11, end: 10, 'table-not-declared': 16 },
  'mariadb/06c-crash-frequent-offsets': { r: 18, c: 294, u: 3, begin: 11, end: 10, 'table-not-declared': 16 },
};

type Streamed = ChangeEvent & { readonly transaction: RowTransaction };

function decoderFor(recording: string): Decoder {
  const mode: Mode = recording.includes('no-metadata') ? 'position' : 'exact';
  const tables = RECORDED_TABLES;
  return recording.startsWith('mariadb/')
    ? new Decoder({
        source: 'shop',
        connector: CONNECTORS.mariadb,
        mode,
        topicPrefix: 'shop',
        transactionTopic: 'shop.transaction',
        tables,
      })
    : new Decoder({
        source: 'legacy',
        connector: CONNECTORS.postgresql,
        mode,
        topicPrefix: 'legacy',
        transactionTopic: 'legacy.transaction',
        tables,
      });
}

function decodeAll(
  recording: string,
  written = (record: RecordedRecord): RecordedRecord => record,
): (DecodedRecord | DragomanError)[] {
  const decoder = decoderFor(recording);
  return readRecording(recording).map((record) => {
    try {
      return decoder.decode(sourceRecord(written(record)));
    } catch (error) {
      if (error instanceof DragomanError) return error;
      throw error;
    }
  });
}

function outcomeOf(decoded: DecodedRecord | DragomanError): string {
  if (decoded instanceof DragomanError) return decoded.code;
  if (decoded.kind === 'change') return decoded.refusal?.code ?? decoded.op;
  return decoded.kind === 'skipped' ? decoded.reason : decoded.kind;
}

const countsOf = (all: readonly (DecodedRecord | DragomanError)[]): Counts => {
  const counts: Record<string, number> = {};
  for (const each of all) counts[outcomeOf(each)] = (counts[outcomeOf(each)] ?? 0) + 1;
  return counts;
};

/** Streamed rows by transaction, without those that were sent again. */
function transactionsOf(all: readonly (DecodedRecord | DragomanError)[]): Map<string, Streamed[]> {
  const seen = new Set<string>();
  const transactions = new Map<string, Streamed[]>();
  for (const each of all) {
    if (each instanceof DragomanError || each.kind !== 'change' || each.transaction === null) continue;
    const row = each as Streamed;
    const { id, position } = row.transaction;
    const identity = [id, position, row.table, row.op, row.key].join(' ');
    if (seen.has(identity)) continue;
    seen.add(identity);
    transactions.set(id, [...(transactions.get(id) ?? []), row]);
  }
  return transactions;
}

const placeOf = ([row]: readonly Streamed[]): string => {
  const { commit, predecessor, position } = row!.transaction;
  return commit ?? predecessor ?? position;
};

const byPlace = (left: readonly Streamed[], right: readonly Streamed[]): number =>
  placeOf(left) < placeOf(right) ? -1 : placeOf(left) > placeOf(right) ? 1 : 0;

/** The same run, consumed twice. */
const truthOf = (recording: string): string => recording.replace('18b-as-consumed-late', '18-as-consumed-live');

describe.each(Object.entries(OUTCOMES))('%s', (recording, counts) => {
  const all = decodeAll(recording);
  const truth = trueTransactions(truthOf(recording), RECORDED_TABLES);

  it('has an outcome for every record', () => {
    expect(countsOf(all)).toEqual(counts);
  });

  it('comes to the same when all of each record is parsed, and not only what is looked at', () => {
    expect(decodeAll(recording, spaced)).toEqual(all);
  });

  it('groups its rows into the transactions of the database, in the order of their commits', () => {
    const found = [...transactionsOf(all).values()].sort(byPlace).map((rows) => ({
      id: rows[0]!.transaction.id,
      changes: rows.map(({ table, op, key }) => `${table} ${op} ${key}`).sort(),
    }));
    const ids = new Set(found.map(({ id }) => id));
    expect(found).toEqual(truth.filter(({ id }) => ids.has(id)));
  });

  it('places every row of a transaction after all rows of the one before, and in the order of its own', () => {
    let last = '';
    for (const rows of [...transactionsOf(all).values()].sort(byPlace)) {
      const commits = rows.map((row) => placeOf([row])).sort();
      expect(commits[0]! > last).toBe(true);
      last = commits.at(-1)!;
      const orders = new Map(rows.map(({ transaction: { order, position } }) => [order, position]));
      if (orders.size < rows.length) continue; // not told, or counted again from 1 after a crash
      const positions = [...orders].sort(([left], [right]) => left! - right!).map(([, position]) => position);
      expect(positions).toEqual([...positions].sort());
    }
  });

  it('has ENDs whose numbers follow the order of commits', () => {
    const ends = all.flatMap((each) => (!(each instanceof DragomanError) && each.kind === 'end' ? [each] : []));
    const numbers = new Map(ends.map(({ id, position, serial }) => [id, position ?? serial!.number]));
    const known = truth.map(({ id }) => numbers.get(id)).filter((number) => number !== undefined);
    expect(known.length).toBeGreaterThan(recording.includes('no-metadata') ? -1 : 0);
    expect(known).toEqual([...known].sort());
  });
});
