/**
 * What `mariadb-binlog --verbose --base64-output=decode-rows` prints, line by line -> committed transactions. Pure.
 *
 * Only what matters is read: GTID, rows as `### INSERT INTO`, `### UPDATE`, `### DELETE FROM` with `###   @n=value`, the time of
 * the last rows, COMMIT (END of Debezium's connector carries that time, not that of the commit: so it is in every END of the recordings). A quote inside a text is printed as it is, control characters as \xNN, so a value ends where its line ends.
 */
import { LegacyDbError } from '../errors.js';
import type { Change, Row, Transaction } from '../oracle/history.js';

export interface Column {
  readonly name: string;
  /** `timestamp` columns are printed as seconds since 1970. */
  readonly isTimestamp: boolean;
}

/** Columns in their order, by table of the one database that counts; rows of others are passed over. */
export interface Tables {
  readonly database: string;
  readonly columns: ReadonlyMap<string, readonly Column[]>;
}

const GTID = /\tGTID (\d+-\d+-(\d+))/;
const ROW = /^### (INSERT INTO|UPDATE|DELETE FROM) `([^`]+)`\.`([^`]+)`$/;
const VALUE = /^### {3}@(\d+)=(.*)$/;
const ROWS_TIME = /^#(\d\d)(\d\d)(\d\d) +(\d+):(\d\d):(\d\d) .*\t(?:Write|Update|Delete)_rows/;

interface OpenRow {
  readonly op: Change['op'];
  readonly table: string;
  readonly columns: readonly Column[];
  where?: Record<string, string | null>;
  set?: Record<string, string | null>;
  /** The one that is being read. */
  side?: Record<string, string | null>;
}

/** Keeps what it has read of the transaction under way. */
export class BinlogText {
  #gtid: readonly [string, string] | undefined;
  #rowsMs: number | null = null;
  #changes: Change[] = [];
  #row: OpenRow | undefined;
  #n = 0;

  constructor(private readonly tables: Tables) {}

  /** @returns the transaction that this line ends. @throws LegacyDbError BINLOG_UNREADABLE */
  read(line: string): Transaction | undefined {
    if (line.startsWith('###')) {
      this.#readRow(line);
      return undefined;
    }
    this.#closeRow();
    if (line.startsWith('COMMIT')) return this.#commit();
    const [, gtid, number] = GTID.exec(line) ?? [];
    if (gtid !== undefined && number !== undefined) this.#gtid = [gtid, number];
    const time = ROWS_TIME.exec(line);
    if (time !== null) this.#rowsMs = instantMs(time);
    return undefined;
  }

  #readRow(line: string): void {
    const [, verb, database, table] = ROW.exec(line) ?? [];
    if (verb !== undefined) {
      this.#closeRow();
      const columns = this.tables.columns.get(table ?? '');
      if (database !== this.tables.database || columns === undefined) return;
      const op = verb === 'INSERT INTO' ? 'c' : verb === 'UPDATE' ? 'u' : 'd';
      this.#row = { op, table: table ?? '', columns };
      return;
    }
    const row = this.#row;
    if (row === undefined) return;
    if (line === '### WHERE') row.side = row.where = {};
    else if (line === '### SET') row.side = row.set = {};
    else if (row.side !== undefined) readValue(line, row.columns, row.side);
  }

  #closeRow(): void {
    const row = this.#row;
    this.#row = undefined;
    if (row === undefined) return;
    this.#changes.push({ table: row.table, op: row.op, key: row.where ?? row.set, before: row.where, row: row.set });
  }

  #commit(): Transaction {
    if (this.#gtid === undefined)
      throw new LegacyDbError('BINLOG_UNREADABLE', 'a COMMIT comes without a GTID before it');
    const [txid, number] = this.#gtid;
    const transaction = {
      n: (this.#n += 1),
      txid,
      commitEndLsn: BigInt(number),
      commitTsMs: this.#rowsMs,
      changes: this.#changes,
    };
    this.#changes = [];
    this.#gtid = undefined;
    return transaction;
  }
}

function readValue(line: string, columns: readonly Column[], row: Record<string, string | null>): void {
  const [, number, printed = ''] = VALUE.exec(line) ?? [];
  const column = columns[Number(number) - 1];
  if (column === undefined) throw new LegacyDbError('BINLOG_UNREADABLE', `no column is known for: ${line}`);
  row[column.name] = valueOf(printed, column);
}

function valueOf(printed: string, { isTimestamp }: Column): Row[string] {
  if (printed === 'NULL') return null;
  if (isTimestamp) return utc(printed);
  if (printed.startsWith("'")) return unescaped(printed.slice(1, -1));
  return printed.replace(/ \(\d+\)$/, ''); // a negative number is followed by its unsigned form
}

/** Seconds with six decimals -> as PostgreSQL prints a timestamp. */
function utc(printed: string): string {
  const [seconds = '', fraction = ''] = printed.split('.');
  const text = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${text}.${fraction.padEnd(6, '0')}`;
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Whole seconds, printed in the time zone of the program: UTC. */
function instantMs([, year, month, day, hour, minute, second]: RegExpExecArray): number {
  return Date.UTC(2000 + Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}
