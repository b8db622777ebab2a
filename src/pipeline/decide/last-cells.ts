/** Cells of one Kafka transaction: of one that several decisions write only the last text counts, in the place of the first. */
import type { Cell } from '../ports.js';

export class LastCells {
  /** By hash. A list, as most hashes are written by one decision alone, which has no field twice; then by field. */
  readonly #hashes = new Map<string, readonly Cell[] | Map<string, Cell>>();

  get isEmpty(): boolean {
    return this.#hashes.size === 0;
  }

  put(cell: Cell): void {
    const known = this.#hashes.get(cell.hash);
    if (known === undefined) this.#hashes.set(cell.hash, [cell]);
    else if (known instanceof Map) known.set(cell.field, cell);
    else this.#hashes.set(cell.hash, new Map([...known, cell].map((each) => [each.field, each])));
  }

  /** What one decision writes. @param cells those of the hash come first, and none of them twice. */
  putAll(hash: string, cells: readonly Cell[]): void {
    let own = 0;
    while (cells[own]?.hash === hash) own += 1;
    const isFirst = own > 0 && !this.#hashes.has(hash);
    if (isFirst) this.#hashes.set(hash, own === cells.length ? cells : cells.slice(0, own));
    for (let i = isFirst ? own : 0; i < cells.length; i += 1) this.put(cells[i] as Cell);
  }

  all(): Cell[] {
    const all: Cell[] = [];
    for (const fields of this.#hashes.values()) for (const cell of fields.values()) all.push(cell);
    return all;
  }
}
