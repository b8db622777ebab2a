/**
 * Oracle's source block and transaction ids (Debezium 2.5 to 3.6, LogMiner). Not proven on a real server: written from Debezium's
 * sources (`OracleSourceInfoStructMaker`, `CommitScn`) and its tests.
 *
 * - `commit_scn` is in commit order and is the same in all rows of a transaction. Several transactions may share one: then redo
 *   thread and transaction id tell them apart, but not in the order of their ENDs, which may name the greater one first.
 * - Before 2.5 every row but the last of its transaction carries the `commit_scn` of the transaction before: refused.
 * - Transaction ids are used again over time, and END has nothing else: its place is known from the rows.
 * - Inside a transaction rows go by `txSeq` (3.2 and newer), else by `scn`, `rs_id` and `ssn`.
 * - Tables are named with their pluggable database, topics without it.
 */
import { type Position, positionOf } from '../../domain/source/position.js';
import type { RowTransaction } from '../../domain/source/change-event.js';
import { DragomanError } from '../../errors.js';
import type { Connector } from './connector.js';
import type { JsonObject } from '../envelope.js';

export const oracle: Connector = {
  names: ['oracle'],
  sourceFields: ['version', 'commit_scn', 'scn', 'txId', 'redo_thread', 'txSeq', 'rs_id', 'ssn'],
  endHasPosition: false,
  tableName: ({ db, schema, table }) => `${String(db)}.${String(schema)}.${String(table)}`,
  topicPath: (table) => table.slice(table.indexOf('.') + 1),
  rowTransaction,
  boundary: (id) => ({ id, position: null, serial: null }),
  snapshotPosition,
  markPosition: () => null,
};

const TOO_OLD = /^(1|2\.[0-4])\./;

function rowTransaction(source: JsonObject, block: string | null, order: number | null): RowTransaction | null {
  if (TOO_OLD.test(String(source.version))) throw tooOld(String(source.version));
  const scn = scnOf(source.commit_scn);
  const { txId, redo_thread: thread } = source;
  const place = placeOf(source);
  if (scn === null || place === null || typeof txId !== 'string') return null;
  const commit = `${scn}:${digits(thread) ?? NO_THREAD}:${txId}` as Position;
  const id = block ?? `${txId}:${scn}`;
  return { id, predecessor: null, commit, position: `${commit}/${place}` as Position, order };
}

/** A snapshot shows what was committed up to its SCN, that SCN included: the mark sorts after every transaction of it. */
function snapshotPosition(source: JsonObject): Position | null {
  const scn = scnOf(source.scn);
  return scn === null ? null : (`${scn}:~` as Position);
}

/** Of a row inside its transaction. */
function placeOf({ txSeq, scn, rs_id: rsId, ssn }: JsonObject): string | null {
  const sequence = digits(txSeq);
  if (sequence !== null) return sequence;
  const own = scnOf(scn);
  return own === null ? null : `${own}:${typeof rsId === 'string' ? rsId.trim() : ''}:${digits(ssn) ?? ''}`;
}

const SCN = /^\d{1,20}$/;
const NO_THREAD = positionOf('0');

const scnOf = (value: unknown): Position | null =>
  typeof value === 'string' && SCN.test(value) ? positionOf(value) : digits(value);

const digits = (value: unknown): Position | null =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? positionOf(String(value)) : null;

const tooOld = (version: string): DragomanError =>
  new DragomanError(
    'SOURCE_UNSUPPORTED',
    `The records come from Debezium ${version}, whose Oracle connector writes the commit SCN of another transaction into most ` +
      `rows (before 2.5), so the order of commits is not known. Upgrade the connector, then re-snapshot.`,
    { details: { version } },
  );
