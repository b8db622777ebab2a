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
  const keys: string[] = [];
  const texts: string[] = [''];
  const deletes: [key: string, fields: string[]][] = [];
  for (const [hash, fields] of byHash(cells)) {
    const gone: string[] = [];
    const at = texts.push('');
    for (const [field, value] of fields) {
      if (value === null) gone.push(stored(field));
      else texts.push(stored(field), stored(value));
    }
    if (gone.length > 0) deletes.push([keyOf(hash), gone]);
    if (texts.length === at) texts.pop();
    else {
      texts[at - 1] = String(texts.length - at);
      keys.push(keyOf(hash));
    }
  }
  texts[0] = String(keys.length);
  for (const [key, fields] of deletes) {
    keys.push(key);
    texts.push(String(fields.length), ...fields);
  }
  return { keys, texts };
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
