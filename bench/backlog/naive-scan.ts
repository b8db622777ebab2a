/**
 * The events that a backlog must give, found by a plain scan of its rows: the facts of a rule set, written down a second time,
 * without anything of Dragoman. It knows no parking and no changed keys, so it only fits workloads without them.
 */

export interface NaiveRow {
  readonly table: string;
  readonly op: string;
  readonly before: Columns | null;
  readonly after: Columns | null;
}

export interface NaiveEvent {
  readonly type: string;
  readonly orderId: string;
  /** Empty, or the number of release, request or payment. */
  readonly occurrence: string;
  /** Transaction id and end of its COMMIT, as in END's id: `752:26777968`. */
  readonly transaction: string;
}

export type Columns = Readonly<Record<string, unknown>>;

/** An event's identity, for comparing sets. */
export const eventName = ({ type, orderId, occurrence }: Omit<NaiveEvent, 'transaction'>): string =>
  `${type}|${orderId}|${occurrence}`;

/** What a rule set says, for a scan. */
export interface NaiveFacts {
  /** By table: the columns that name the order, and those that tell its rows of that table apart. */
  readonly keys: Readonly<Record<string, { readonly order: readonly string[]; readonly row: readonly string[] }>>;
  /** Everything that is true of an order, given its rows by table. */
  readonly held: (rows: (table: string) => readonly Columns[]) => readonly Held[];
}

export type Held = Pick<NaiveEvent, 'type' | 'occurrence'>;

export class NaiveScan {
  /** By order, then by table and key. */
  readonly #orders = new Map<string, Map<string, Columns>>();
  readonly #seen = new Set<string>();

  constructor(readonly facts: NaiveFacts) {}

  /** Rows that were there first: what holds of them has been, and is expected of nobody. */
  snapshot(rows: readonly NaiveRow[]): void {
    this.next('', rows);
  }

  /** Transactions come in commit order, rows in the order in which they were changed. */
  next(transaction: string, rows: readonly NaiveRow[]): NaiveEvent[] {
    const touched = new Set<string>();
    for (const row of rows) {
      const orderId = this.#fold(row);
      if (orderId !== null) touched.add(orderId);
    }
    return [...touched]
      .flatMap((orderId) => this.#held(orderId))
      .filter((event) => !this.#seen.has(eventName(event)))
      .map((event) => {
        this.#seen.add(eventName(event));
        return { ...event, transaction };
      });
  }

  /** @returns the order that the row is of. */
  #fold({ table, op, before, after }: NaiveRow): string | null {
    const row = after ?? before;
    const key = this.facts.keys[table];
    if (row === null || key === undefined) return null;
    const orderId = key.order.map((column) => text(row[column])).join('/');
    const order = this.#orders.get(orderId) ?? new Map<string, Columns>();
    this.#orders.set(orderId, order);
    const name = [table, ...key.row.map((column) => text(row[column]))].join('|');
    if (op === 'd') order.delete(name);
    else order.set(name, row);
    return orderId;
  }

  #held(orderId: string): Omit<NaiveEvent, 'transaction'>[] {
    const order = [...(this.#orders.get(orderId) ?? [])];
    const rows = (table: string): Columns[] =>
      order.filter(([name]) => name.split('|')[0] === table).map(([, row]) => row);
    return this.facts.held(rows).map(({ type, occurrence }) => ({ type, orderId, occurrence }));
  }
}

export const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
