/** Tables of a database as lists of rows: what the check of the source reads, without a server. */
import type { Position } from '../../../src/domain/source/position.js';
import type { AskedColumn, AskedTable, DatabaseRows, RealTable } from '../../../src/reconcile/source/ports.js';

export type Rows = Record<string, string | null>[];

/** Walked in the order of their keys as texts. */
export class ListedRows implements DatabaseRows {
  readonly origin = 'lists';
  position = (): Promise<Position> => Promise.resolve('00000000000000000100' as Position);
  asked: string[] = [];

  constructor(
    readonly lists: Record<string, Rows>,
    /** Columns of the unique index of each table that there is; none: it has none. */
    readonly keys: Readonly<Record<string, readonly string[]>>,
    /** Of each table. */
    readonly columns: Readonly<Record<string, readonly string[]>>,
  ) {}

  tables(): Promise<readonly RealTable[]> {
    return Promise.resolve(
      Object.keys(this.keys).map((name) => ({
        name,
        columns: (this.columns[name] ?? []).map((column) => ({
          name: column,
          sqlType: 'text',
          isNullable: true,
          castTo: '',
        })),
        key: this.keys[name] ?? [],
        rowsAbout: this.lists[name]?.length ?? 0,
      })),
    );
  }

  count = (name: string): Promise<number> => Promise.resolve(this.lists[name]?.length ?? 0);

  after(asked: AskedTable, after: readonly string[] | null, countMax: number) {
    const placeOf = (row: Rows[number]): string[] => asked.key.map(({ name }) => row[name] ?? '');
    const rows = [...(this.lists[asked.name] ?? [])].sort((a, b) => (placeOf(a).join() < placeOf(b).join() ? -1 : 1));
    const from = after === null ? rows : rows.filter((row) => placeOf(row).join() > after.join());
    return Promise.resolve(
      from.slice(0, countMax).map((row) => ({ texts: this.#texts(asked, row), place: placeOf(row) })),
    );
  }

  find(asked: AskedTable, by: readonly AskedColumn[], values: readonly (readonly string[])[], isLoose: boolean) {
    this.asked.push(`${asked.name}${isLoose ? ' loose' : ''}`);
    const same = (a: string | null, b: string): boolean => (isLoose ? a?.trimEnd() === b.trimEnd() : a === b);
    const rows = (this.lists[asked.name] ?? []).filter((row) =>
      values.some((value) => by.every(({ name }, i) => same(row[name] ?? null, value[i] ?? ''))),
    );
    return Promise.resolve(rows.map((row) => this.#texts(asked, row)));
  }

  end = (): Promise<void> => Promise.resolve();

  #texts = ({ columns }: AskedTable, row: Rows[number]): (string | null)[] =>
    columns.map(({ name }) => row[name] ?? null);
}
