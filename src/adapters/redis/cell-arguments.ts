/** Cells as `lua/write.lua` takes them. */
import type { Cell } from '../../pipeline/ports.js';
import { stored } from './texts.js';

export interface CellArguments {
  /** Hashes that get fields, then hashes that lose some. */
  readonly keys: readonly string[];
  /** How many get fields; then for each hash how many texts follow, and these. */
  readonly texts: readonly string[];
}

/** Of two cells of one place the later one counts. Pure. */
export function cellArguments(cells: readonly Cell[], keyOf: (hash: string) => string): CellArguments {
  const sets: [key: string, texts: string[]][] = [];
  const deletes: [key: string, texts: string[]][] = [];
  for (const [hash, fields] of byHash(cells)) {
    const [set, gone]: [string[], string[]] = [[], []];
    for (const [field, value] of fields) {
      if (value === null) gone.push(stored(field));
      else set.push(stored(field), stored(value));
    }
    if (set.length > 0) sets.push([keyOf(hash), set]);
    if (gone.length > 0) deletes.push([keyOf(hash), gone]);
  }
  const groups = [...sets, ...deletes];
  const texts = [String(sets.length), ...groups.flatMap(([, each]) => [String(each.length), ...each])];
  return { keys: groups.map(([key]) => key), texts };
}

function byHash(cells: readonly Cell[]): ReadonlyMap<string, ReadonlyMap<string, string | null>> {
  const hashes = new Map<string, Map<string, string | null>>();
  for (const { hash, field, value } of cells) {
    const fields = hashes.get(hash);
    if (fields === undefined) hashes.set(hash, new Map([[field, value]]));
    else fields.set(field, value);
  }
  return hashes;
}
