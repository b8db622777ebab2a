/**
 * Records of a connector's topics, as they come from each partition -> their global order: the snapshot, then source transactions in the
 * order of their END records, in each BEGIN, rows by `total_order`, END. A tombstone stands behind the delete that it belongs to. Pure.
 */
import { BenchError } from '../bench-error.js';
import { TRANSACTION_END } from './backlog.js';

/** Where a record is: partition number and place in it. */
export interface Place {
  readonly partition: number;
  readonly at: number;
}

interface OpenTransaction {
  begin: Place | null;
  end: Place | null;
  readonly rows: Place[];
}

interface Json {
  readonly id?: string;
  readonly op?: string;
  readonly status?: string;
  readonly transaction?: { readonly id: string; readonly total_order: number } | null;
}

export class GlobalOrder {
  /** Row changes, those of the snapshot too; tombstones are none. */
  rows = 0;
  readonly #snapshot: Place[] = [];
  readonly #transactions = new Map<string, OpenTransaction>();
  readonly #ended: OpenTransaction[] = [];
  /** Of each partition: places of tombstones. */
  readonly #tombstones = new Map<number, Set<number>>();
  /** Deletes whose tombstone has not come yet. */
  #deletes = 0;

  get snapshotRows(): number {
    return this.#snapshot.length;
  }

  get transactions(): number {
    return this.#ended.length;
  }

  /** No tombstone is to come; of transactions, only their number tells whether all are there. */
  get isWhole(): boolean {
    return this.#deletes === 0;
  }

  /** In the order of each partition. @throws BenchError BACKLOG_INVALID */
  add(value: Buffer | null, isBoundary: boolean, place: Place): void {
    if (value === null) return this.#tombstone(place);
    const read = JSON.parse(value.toString()) as Json;
    const id = isBoundary ? read.id : read.transaction?.id;
    if (!isBoundary) this.rows += 1;
    if (read.op === 'd') this.#deletes += 1;
    if (id === undefined) this.#untransacted(read, place);
    else if (isBoundary) this.#boundary(this.#open(id), read, place);
    else this.#open(id).rows[(read.transaction?.total_order ?? 1) - 1] = place;
  }

  /** One byte for each record: the number of its partition. @throws BenchError BACKLOG_INVALID when a partition has another order. */
  bytes(): Buffer {
    const next = new Map<number, number>();
    const order: number[] = [];
    const put = (place: Place | null | undefined): void => {
      if (place == null || (next.get(place.partition) ?? 0) !== place.at) throw outOfOrder();
      let at = place.at;
      do {
        order.push(place.partition);
        at += 1;
      } while (this.#tombstones.get(place.partition)?.has(at) === true);
      next.set(place.partition, at);
    };
    for (const group of this.#groups()) {
      for (const place of group) put(place);
      order.push(TRANSACTION_END);
    }
    return Buffer.from(order);
  }

  #groups(): (Place | null | undefined)[][] {
    // A row that never came is a hole, which only a spread shows.
    const transactions = this.#ended.map(({ begin, rows, end }) => [begin, ...rows, end]);
    return this.#snapshot.length === 0 ? transactions : [this.#snapshot, ...transactions];
  }

  #open(id: string): OpenTransaction {
    const xid = id.slice(0, id.indexOf(':'));
    const open = this.#transactions.get(xid) ?? { begin: null, end: null, rows: [] };
    this.#transactions.set(xid, open);
    return open;
  }

  #boundary(open: OpenTransaction, { status }: Json, place: Place): void {
    if (status === 'BEGIN') open.begin = place;
    else {
      open.end = place;
      this.#ended.push(open);
    }
  }

  #untransacted({ op }: Json, place: Place): void {
    if (op !== 'r') throw new BenchError('BACKLOG_INVALID', 'a row change belongs to no transaction and no snapshot');
    this.#snapshot.push(place);
  }

  #tombstone({ partition, at }: Place): void {
    this.#deletes -= 1;
    const own = this.#tombstones.get(partition) ?? new Set();
    this.#tombstones.set(partition, own.add(at));
  }
}

const outOfOrder = (): BenchError =>
  new BenchError('BACKLOG_INVALID', 'a source transaction is not whole, or its partition is out of order');
