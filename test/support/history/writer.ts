/** A history as a connector of Debezium writes it; what differs between them is a dialect (recordings, "What real Debezium did"). */
import type { Change, Row } from '../../../legacy-db/oracle/history.js';
import { keyOf, rowsOf } from '../../model/owed-transactions.js';
import { below, type Choices } from '../choices.js';
import { type LegacyDatabase, TABLE_NAMES, type TableName } from './database.js';
import type { Emission } from './emission.js';
import type { PlanStep } from './plan.js';
import type { Dialect } from './dialects.js';
import { jsonText, wireKey, wireRow } from './templates.js';
import { envelopeOf, type RecordedRecord } from '../recordings.js';

/** Commit time of the first transaction. */
const START_MS = 1_795_254_759_571;
const START_LSN = 72_070_096;

/** A row with what the model does not tell: its place among those of its table, and the rows of a key change. */
interface Written {
  readonly op: 'c' | 'u' | 'd';
  readonly table: TableName;
  readonly row: Row;
  readonly lsn: number;
  /** Number of the row among those of its place. */
  readonly place: number;
  readonly before: Row | null;
  readonly otherKey: Row | null;
}

type How = Pick<Extract<PlanStep, { kind: 'commit' }>, 'isCopy' | 'annotated'>;

export interface Committed {
  readonly txid: number;
  readonly end: bigint;
  readonly timeMs: number;
  readonly emissions: readonly Emission[];
}

export class HistoryWriter {
  readonly #dialect: Dialect;
  readonly #random: Choices;
  #lsn = START_LSN;
  /** End of the commit before, as `sequence[0]` says; null after a snapshot. */
  #predecessor: number | null = null;
  #txid = 4_294_967_290;
  #timeMs = START_MS;
  #commits = 0;

  constructor(dialect: Dialect, random: Choices) {
    this.#dialect = dialect;
    this.#random = random;
  }

  /** A commit that nobody follows. */
  unseen(): Pick<Committed, 'txid' | 'end' | 'timeMs'> {
    return this.#next(this.#lsn);
  }

  /** All rows as they are now. @param limit an attempt that breaks off writes no more than so many. */
  snapshot(database: LegacyDatabase, limit = Infinity): Emission[] {
    const rows = this.blockingSnapshot(database);
    // Without a row that is consumed it cannot be told from a slot that was lost: that is held (`unit/sequence/held/gaps`), and no part of this.
    if (rows.some(({ table }) => table !== 'oms.ord_doc')) this.#predecessor = null;
    return rows.slice(0, limit);
  }

  /** The same while the slot is kept: the chain goes on. */
  blockingSnapshot(database: LegacyDatabase): Emission[] {
    this.#lsn += 56;
    const all = TABLE_NAMES.flatMap((table) =>
      database.rowsOf(table).map((row, i, rows) => ({ table, row, mark: markOf(i, rows.length) })),
    );
    return all.map(({ table, row, mark }, i) => {
      const snapshot = i === 0 ? 'first' : i === all.length - 1 ? 'last' : mark;
      return this.#rowEmission(table, row, 'r', (value) => {
        const source = this.#dialect.snapshotSource({ txid: this.#txid, lsn: this.#lsn });
        value.source = { ...(value.source as object), ...source, snapshot };
      });
    });
  }

  /** One chunk: rows between the rows of a signal's transaction, which nobody consumes. */
  chunk(rows: readonly { readonly table: TableName; readonly row: Row }[]): Committed {
    return this.#commit([], { isCopy: false }, rows);
  }

  /** @param between rows of an incremental snapshot that come in the middle of the transaction. */
  commit(
    changes: readonly Change[],
    how: How,
    between: readonly { readonly table: TableName; readonly row: Row }[] = [],
  ): Committed {
    return this.#commit(changes, how, between);
  }

  /** A logical message outside of transactions: what comes next follows its place. */
  mark(): Emission {
    const template = this.#dialect.templates.mark();
    const value = { ...envelopeOf(template) } as Record<string, unknown>;
    this.#lsn += 56;
    const sequence = `[${quoted(this.#predecessor)},"${this.#lsn}"]`;
    value.source = { ...(value.source as object), lsn: this.#lsn, sequence };
    this.#predecessor = this.#lsn;
    return this.#emission(
      'other',
      template,
      value,
      JSON.parse(template.key ?? '{}') as Record<string, unknown>,
      null,
      -1,
    );
  }

  #commit(
    changes: readonly Change[],
    { isCopy, annotated = null }: How,
    between: readonly { readonly table: TableName; readonly row: Row }[],
  ): Committed {
    const isSignal = changes.length === 0 && between.length > 0;
    const written = this.#written(changes, isCopy);
    const { txid, end, timeMs } = this.#next(Math.max(this.#lsn, ...written.map(({ lsn }) => lsn)));
    const commit = this.#commits++;
    const rows: Emission[] = [];
    const counts = new Map<string, number>();
    const start = written[0]?.lsn ?? Number(end);
    const at = (lsn: number, row = 0) => ({ txid, lsn, row, start, predecessor: this.#predecessor });
    const block = (table: string, lsn: number): Record<string, unknown> => {
      counts.set(table, (counts.get(table) ?? 0) + 1);
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      return { id: this.#dialect.idAt(at(lsn)), total_order: total, data_collection_order: counts.get(table) };
    };
    const source = (lsn: number, row = 0) => ({
      ...this.#dialect.source(at(lsn, row)),
      ...{ snapshot: 'false', ts_ms: timeMs },
    });
    const signalLsn = Number(end) - 8;
    if (isSignal) rows.push(this.#signal(source(signalLsn), block('oms.dbz_signal', signalLsn), commit));
    const said = (lsn: number): Emission => this.#annotation(source(lsn), block(messageName(lsn), lsn), commit);
    if (annotated === 'first') rows.push(said(start - 1));
    const middle = below(this.#random, written.length + 1);
    written.forEach((each, i) => {
      if (i === middle) rows.push(...this.#chunkRows(unchanged(between, written.slice(0, i)), signalLsn));
      const transaction = block(`oms.${each.table}`, each.lsn);
      rows.push(...this.#streamed(each, source(each.lsn, each.place), transaction, commit));
    });
    if (middle >= written.length) rows.push(...this.#chunkRows(unchanged(between, written), signalLsn));
    if (annotated === 'last') rows.push(said(Number(end) - 1));
    const begin = this.#boundary('begin', this.#dialect.idAt(at(written[0]?.lsn ?? this.#lsn)), timeMs, null, commit);
    const last = this.#boundary('end', this.#dialect.idAt(at(Number(end))), timeMs, counts, commit);
    this.#predecessor = Number(end);
    return { txid, end, timeMs, emissions: [begin, ...rows, last] };
  }

  #next(after: number): Pick<Committed, 'txid' | 'end' | 'timeMs'> {
    this.#lsn = after + 8 * (1 + below(this.#random, 20));
    this.#txid = this.#txid === 4_294_967_295 ? 3 : this.#txid + 1;
    this.#timeMs += 17;
    return { txid: this.#txid, end: BigInt(this.#lsn), timeMs: this.#timeMs };
  }

  /** Places may lie before the end of the transaction before; they never go down inside one. Rows of one COPY share theirs. */
  #written(changes: readonly Change[], isCopy: boolean): Written[] {
    let place = 0;
    let lsn = this.#lsn - (this.#dialect.overlaps && this.#random() < 0.4 ? 8 * below(this.#random, 60) : 0);
    const seen = new Set<string>();
    let isFirst = true;
    return changes.flatMap((change) => {
      const rows = rowsOf(change);
      const [{ op, key } = { op: '', key: '' }] = rows;
      const shares = isCopy && op === 'c' && !seen.has(`${change.table} ${key}`);
      if (!isFirst && !shares) lsn += 8 * (1 + below(this.#random, 9));
      place = !isFirst && shares ? place + 1 : 0;
      isFirst = false;
      for (const row of rows) seen.add(`${change.table} ${row.key}`);
      const table = change.table as TableName;
      const [before, after] = [change.before ?? null, change.row ?? null];
      const isKeyChange = rows.length === 2;
      return rows.map(({ op: each }): Written => ({
        ...{ op: each, table, lsn, place, before, row: (each === 'd' ? before : after) ?? {} },
        otherKey: isKeyChange ? (each === 'd' ? after : before) : null,
      }));
    });
  }

  #streamed(
    { op, table, row, before, otherKey }: Written,
    source: object,
    transaction: object,
    commit: number,
  ): Emission[] {
    const keyHeader: Record<string, string> =
      otherKey === null
        ? {}
        : { [op === 'd' ? '__debezium.newkey' : '__debezium.oldkey']: jsonText(wireKey(table, otherKey)) };
    const made = this.#rowEmission(
      table,
      row,
      op,
      (value) => {
        value.source = { ...(value.source as object), ...source };
        value.transaction = transaction;
        const after = this.#dialect.templates.after(table);
        if (op !== 'c') value.before = this.#dialect.before(op, after, table, before ?? {});
      },
      keyHeader,
      commit,
    );
    return op === 'd' ? [made, { ...made, kind: 'tombstone', value: null }] : [made];
  }

  #chunkRows(rows: readonly { readonly table: TableName; readonly row: Row }[], lsn: number): Emission[] {
    return rows.map(({ table, row }) =>
      this.#rowEmission(table, row, 'r', (value) => {
        const source = { snapshot: 'incremental', txId: null, lsn: null, sequence: `["${lsn}","${lsn}"]` };
        value.source = { ...(value.source as object), ...source };
      }),
    );
  }

  #rowEmission(
    table: TableName,
    row: Row,
    op: 'c' | 'u' | 'd' | 'r',
    edit: (value: Record<string, unknown>) => void,
    keyHeader: Readonly<Record<string, string>> = {},
    commit = -1,
  ): Emission {
    const isKeyChange = Object.keys(keyHeader).length > 0;
    const template = this.#dialect.templates.row(table, op, op === 'r' ? '' : 'false', isKeyChange);
    const value = { ...envelopeOf(template) } as Record<string, unknown>;
    const after = this.#dialect.templates.after(table);
    value.after = op === 'd' ? null : wireRow(after, row);
    value.before = null;
    value.source = { ...(value.source as object), table, ts_ms: this.#timeMs };
    edit(value);
    const kind = op === 'r' ? 'snapshot' : 'row';
    return {
      ...this.#emission(kind, template, value, wireKey(table, row), `oms.${table}`, commit, keyHeader),
      topic: `${this.#dialect.templates.prefix}.oms.${table}`,
    };
  }

  #annotation(source: object, transaction: object, commit: number): Emission {
    const template = this.#dialect.templates.annotation();
    const value = { ...envelopeOf(template) } as Record<string, unknown>;
    value.source = { ...(value.source as object), ...source };
    value.transaction = transaction;
    const key = JSON.parse(template.key ?? '{}') as Record<string, unknown>;
    const { lsn } = source as { readonly lsn: number };
    return this.#emission('row', template, value, key, messageName(lsn), commit);
  }

  #signal(source: object, transaction: object, commit: number): Emission {
    const template = this.#dialect.templates.signal();
    const value = { ...envelopeOf(template) } as Record<string, unknown>;
    value.source = { ...(value.source as object), ...source };
    value.transaction = transaction;
    const key = JSON.parse(template.key ?? '{}') as Record<string, unknown>;
    return this.#emission('row', template, value, key, 'oms.dbz_signal', commit);
  }

  #boundary(
    kind: 'begin' | 'end',
    id: string,
    timeMs: number,
    counts: ReadonlyMap<string, number> | null,
    commit: number,
  ): Emission {
    const template = this.#dialect.templates.boundary(kind === 'begin' ? 'BEGIN' : 'END');
    const value = { ...envelopeOf(template), id, ts_ms: timeMs } as Record<string, unknown>;
    if (counts !== null) {
      value.event_count = [...counts.values()].reduce((sum, count) => sum + count, 0);
      value.data_collections = [...counts].map(([name, count]) => ({ data_collection: name, event_count: count }));
    }
    return this.#emission(kind, template, value, { id }, null, commit);
  }

  #emission(
    kind: Emission['kind'],
    template: RecordedRecord,
    value: Record<string, unknown>,
    key: Record<string, unknown>,
    table: string | null,
    commit: number,
    keyHeader: Readonly<Record<string, string>> = {},
  ): Emission {
    const context = Object.entries(template.headers).filter(([name]) => name.startsWith('__debezium.context'));
    const headers = { ...keyHeader, ...(Object.fromEntries(context) as Record<string, string>) };
    return { kind, topic: template.topic, key, value, headers, commit, table };
  }
}

/** Under which END counts it. */
const messageName = (lsn: number): string =>
  `io.debezium.connector.postgresql.LogicalDecodingMessageMonitor$LogicalDecodingMessageId@${lsn.toString(16)}`;

/** What the stream changed since the window of the chunk was opened is newer: the connector drops it from the chunk. */
const unchanged = (chunk: readonly { readonly table: TableName; readonly row: Row }[], written: readonly Written[]) =>
  chunk.filter(({ table, row }) =>
    written.every((each) => each.table !== table || keyOf(table, each.row) !== keyOf(table, row)),
  );

const quoted = (lsn: number | null): string => (lsn === null ? 'null' : `"${lsn}"`);

const markOf = (i: number, rows: number): string =>
  i === 0 ? 'first_in_data_collection' : i === rows - 1 ? 'last_in_data_collection' : 'true';
