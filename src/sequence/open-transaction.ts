/**
 * One source transaction while its rows arrive from several partitions. Collects distinct rows, compares them with what END
 * counted, and knows when that count cannot be trusted (SPEC S5, S6).
 */
import { boundedAnnotations } from '../domain/source/annotation.js';
import type { Refusal } from '../domain/refusal.js';
import type {
  ChangeEvent,
  RowTransaction,
  Serial,
  TransactionEnd,
  TransactionFiller,
} from '../domain/source/change-event.js';
import type { Position } from '../domain/source/position.js';
import { fileOf, placeOf } from './frontier/log-place.js';
import { compareRows, holdsAll, identityOf, type StreamedChange, withoutContent } from './row-identity.js';

export class OpenTransaction {
  readonly id: string;
  /** Undefined while only boundaries are known. */
  predecessor: Position | null | undefined;
  end: TransactionEnd | null = null;
  /** Its place in commit order where neither END nor rows tell one (position and arrival mode). */
  assigned: Position | null = null;
  /** `assigned` is a number of arrival, not a place in the log. */
  isNumbered = false;
  /** Its GTID in parts, when a row or END told it. */
  serial: Serial | null = null;
  /** Offset of its newest BEGIN in the transaction topic. */
  begunAt: number | null = null;
  /** Which END it was, counted as they are read; 0 before that. */
  ordinal = 0;
  /** When END, or a row of a later transaction, was read: see `Partitions.now`. */
  endedAt = 0;
  /** Set when the transaction was handed on; its places in the partitions are free. */
  done = false;
  /** It has records that are none of its rows. */
  hasFillers = false;
  /** A row is half of a key change, and does not tell the other key. */
  hasUnreadHalves = false;
  /** An operator let it pass as it is: what it lacks is not waited for. */
  isReleased = false;
  /** An operator let it have any size. */
  isAllowedLarge = false;
  /** It is handed on only to park what it touches. */
  refusal: Refusal | null = null;
  /** Its END was perhaps sent before; without a row that is new it is a repetition. */
  isPerhapsReplayed = false;
  readonly rows: ChangeEvent[] = [];
  #annotations: ReadonlySet<string> | null = null;
  /** Binlog files in which rows with a GTID stand. */
  readonly #files = new Set<string>();
  readonly #countByTable = new Map<string, number>();
  readonly #lastOrderByPartition = new Map<string, number>();
  /** Of the rows here; made when the first row comes that may be a repetition. */
  #identities: Set<string> | null = null;
  #begins = 0;
  #orderMax = 0;
  #commit: Position | null = null;
  #place: Position | null = null;
  /** Where its first row stands, by BEGIN; null also when the places of some that it has are not known. */
  #firstRow: Position | null = null;
  /** The lowest place of what it has. */
  #lowest: Position | null = null;
  /** The connector started counting again in the middle: order numbers and END's counts are not to be trusted. */
  #recounted = false;

  constructor(id: string) {
    this.id = id;
  }

  /**
   * @param firstRow place of its first row, where BEGIN tells.
   * @returns false when this BEGIN is a repetition of a transaction that was already whole.
   */
  begin(offset: number, firstRow?: Position): boolean {
    if (this.end !== null) return false;
    this.begunAt = offset;
    if (firstRow !== undefined) this.#firstRow = firstRow;
    this.#begins += 1;
    if (this.#begins > 1) this.#recounted = true;
    return true;
  }

  /** @returns false when the row is here already (sent again by the connector). */
  add(row: StreamedChange): boolean {
    const { order, predecessor, commit, position, serial } = row.transaction;
    if (serial !== undefined) this.#addSerial(serial, position);
    if (this.predecessor === undefined) this.predecessor = predecessor;
    const last = this.#lastOrderByPartition.get(row.partition) ?? 0;
    const isNext = order !== null && order > last;
    if (!isNext || this.#recounted || this.#identities !== null) {
      if (!this.#isNew(identityOf(row))) return false;
      if (order !== null && !isNext) this.#recounted = true;
    }
    if (isNext) {
      this.#lastOrderByPartition.set(row.partition, order);
      if (order > this.#orderMax) this.#orderMax = order;
    }
    if (commit !== null && (this.#commit === null || commit > this.#commit)) this.#commit = commit;
    if (this.#place === null || position > this.#place) this.#place = position;
    if (this.#lowest === null || position < this.#lowest) this.#lowest = position;
    if (row.otherKeyUnread !== undefined) this.hasUnreadHalves = true;
    this.rows.push(this.refusal === null ? row : withoutContent(row));
    this.#countOne(row.table);
    return true;
  }

  /** A second file: another server sent it too, with places of its own, so counts and order numbers tell nothing. */
  #addSerial(serial: Serial, position: Position): void {
    this.serial = serial;
    this.#files.add(fileOf(position));
    if (this.#files.size > 1) this.#recounted = true;
  }

  get files(): readonly string[] {
    return [...this.#files];
  }

  /**
   * Leaves the rows of the file that has all that the others have; of equal ones the first. @returns how many rows go; null: none has all.
   */
  leaveOneFile(): number | null {
    const own = (file: string): ChangeEvent[] =>
      this.rows.filter(({ transaction }) => transaction === null || fileOf(transaction.position) === file);
    const [most = [], ...others] = this.files.map(own).sort((left, right) => right.length - left.length);
    if (!others.every((rows) => holdsAll(most, rows))) return null;
    const dropped = this.rows.length - most.length;
    this.rows.splice(0, this.rows.length, ...most);
    this.#countAgain();
    return dropped;
  }

  #countAgain(): void {
    this.#countByTable.clear();
    [this.#commit, this.#place] = [null, null];
    const files = new Set<string>();
    for (const { table, transaction } of this.rows) {
      this.#countOne(table);
      if (transaction === null) continue;
      const { commit, position } = transaction;
      files.add(fileOf(position));
      if (commit !== null && (this.#commit === null || commit > this.#commit)) this.#commit = commit;
      if (this.#place === null || position > this.#place) this.#place = position;
    }
    this.#files.clear();
    for (const file of files) this.#files.add(file);
  }

  #isNew(identity: string): boolean {
    this.#identities ??= new Set(this.rows.map(identityOf));
    if (this.#identities.has(identity)) return false;
    this.#identities.add(identity);
    return true;
  }

  /** A record that END counts and that changes no row. @returns false when it was sent again. */
  addFiller({ table, transaction, annotations }: TransactionFiller): boolean {
    const { position, order } = transaction;
    // Tables of one TRUNCATE have one place; a logical message has its own, and another number when it is sent again.
    if (!this.#isNew(`${table} ${position} ${annotations === undefined ? (order ?? '') : ''}`)) return false;
    this.hasFillers = true;
    if (this.#lowest === null || position < this.#lowest) this.#lowest = position;
    if (annotations !== undefined) this.#annotate(transaction, annotations);
    this.#countOne(table);
    return true;
  }

  #annotate({ predecessor, position }: RowTransaction, annotations: readonly string[]): void {
    if (this.predecessor === undefined) this.predecessor = predecessor;
    if (this.#place === null || position > this.#place) this.#place = position;
    if (annotations.length === 0) return;
    this.#annotations = boundedAnnotations(new Set([...(this.#annotations ?? []), ...annotations]));
  }

  /** Nothing is known of it but what it says of itself. */
  get isUnannounced(): boolean {
    return this.rows.length === 0 && this.begunAt === null && this.end === null;
  }

  /** In the order of their texts: that of their arrival differs from reading to reading. Undefined: none. */
  get annotations(): readonly string[] | undefined {
    return this.#annotations === null ? undefined : [...this.#annotations].sort();
  }

  /** A row that could not be read, taken for one that END counted. */
  addUnreadable(row: ChangeEvent): void {
    this.#firstRow = null;
    this.rows.push(row);
    this.#countOne(row.table);
  }

  /** A row that END counts, but that left by itself as an unreadable record, is no longer waited for. */
  forgive(table: string): void {
    this.#firstRow = null;
    this.#countOne(table);
  }

  #countOne(table: string): void {
    this.#countByTable.set(table, this.count(table) + 1);
  }

  count(table: string): number {
    return this.#countByTable.get(table) ?? 0;
  }

  /** Rows of consumed tables that END counts and that are not here; negative when there are more than counted. */
  missing(table: string): number {
    return (this.end?.rowsByTable.get(table) ?? 0) - this.count(table);
  }

  /** All rows that END counts are here, table by table. */
  isFull(consumed: ReadonlySet<string>): boolean {
    if (this.end === null) return false;
    if (this.isReleased) return true;
    for (const table of this.end.rowsByTable.keys()) if (consumed.has(table) && this.missing(table) > 0) return false;
    return true;
  }

  /** END's count is not the whole: there may be rows that it does not count. */
  get isDoubtful(): boolean {
    if (this.end === null) return false;
    if (this.#recounted || this.#orderMax > this.end.rows) return true;
    for (const table of this.#countByTable.keys()) if (this.missing(table) < 0) return true;
    return false;
  }

  /**
   * Everything that END counts is here, and nothing of it stands where BEGIN says that the first row does: the connector did not send that one.
   * Says so falsely where the publication has tables or operations that the connector leaves out (docs/sequencing.md).
   */
  get lacksFirstRow(): boolean {
    if (this.#firstRow === null || this.#lowest === null || this.#lowest <= this.#firstRow || this.end === null)
      return false;
    let rows = 0;
    for (const count of this.#countByTable.values()) rows += count;
    return rows === this.end.rows;
  }

  /** Its rows tell their predecessor instead of their own place in commit order (PostgreSQL). */
  get isLinked(): boolean {
    return this.predecessor !== undefined && this.#commit === null;
  }

  /** Its place in commit order, from END or from its rows; null when neither tells. May grow until all rows are here. */
  get position(): Position | null {
    return this.assigned ?? this.#commit ?? this.end?.position ?? null;
  }

  /** Commit time in the source, ms since 1970. */
  get commitTimeMs(): number {
    return this.end?.sourceTimeMs ?? this.rows.reduce((latest, row) => Math.max(latest, row.sourceTimeMs), 0);
  }

  /** The highest place of a row in the log; null without rows. */
  get place(): Position | null {
    return this.#place;
  }

  /** From now on it only parks what it touches: its rows keep their keys, and nothing else. */
  quarantine(refusal: Refusal, keepsContent: boolean): void {
    this.refusal = refusal;
    if (!keepsContent) this.rows.forEach((row, index) => (this.rows[index] = withoutContent(row)));
  }

  /** In the order in which the transaction made them: order numbers, or places in the log when these started again. */
  inOrder(): ChangeEvent[] {
    const byPlace = this.#recounted || this.#orderMax === 0;
    const compare = (left: ChangeEvent, right: ChangeEvent): number => compareRows(left, right, byPlace);
    return isSorted(this.rows, compare) ? this.rows : this.rows.sort(compare);
  }
}

/** Most often they are: a table has one partition for a key, and most transactions touch few. */
function isSorted<T>(values: readonly T[], compare: (left: T, right: T) => number): boolean {
  for (let i = 1; i < values.length; i += 1) if (compare(values[i - 1] as T, values[i] as T) > 0) return false;
  return true;
}

/** By the place of its rows; undefined when none has rows. */
export function oldestOf(transactions: Iterable<OpenTransaction>): OpenTransaction | undefined {
  let oldest: OpenTransaction | undefined;
  let place = '';
  for (const transaction of transactions) {
    if (transaction.rows.length === 0) continue;
    const here = transaction.position ?? transaction.predecessor ?? '';
    if (oldest === undefined || here < place) [oldest, place] = [transaction, here];
  }
  return oldest;
}

/** Before the one that ended at `other`. BEGIN, rows and END of one transaction come before those of the next; else places tell. */
export function standsBefore(
  { serial, begunAt, position, predecessor }: OpenTransaction,
  other: Position,
  endedAt: number,
): boolean {
  if (serial !== null && begunAt !== null) return begunAt < endedAt;
  const place = position ?? predecessor ?? null;
  return place !== null && place < placeOf(other);
}
