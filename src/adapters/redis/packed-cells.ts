/** Cells as `lua/write.lua` takes them. Pure. */
import { PackedTexts } from '../../domain/state/packed-texts.js';
import type { Cell, PackedCells } from '../../pipeline/ports.js';

/** Lua takes some 8,000 texts at a time, two for a cell. */
const CELLS_MAX = 1_000;
/** Where packing begins; it grows. */
const BYTES = 1_024;

/** By hash; of two cells of one place the later one counts. What is set stands before what goes. */
export function packedCells(cells: readonly Cell[]): PackedCells[] {
  const texts = new PackedTexts(BYTES);
  const [set, gone]: [PackedCells[], PackedCells[]] = [[], []];
  for (const [hash, fields] of byHash(cells)) {
    const all = [...fields];
    const isSet = ([, value]: Field): boolean => value !== null;
    set.push(...packed(texts, hash, false, all.filter(isSet)));
    gone.push(
      ...packed(
        texts,
        hash,
        true,
        all.filter((field) => !isSet(field)),
      ),
    );
  }
  return [...set, ...gone];
}

type Field = readonly [field: string, value: string | null];

function packed(texts: PackedTexts, hash: string, isGone: boolean, fields: readonly Field[]): PackedCells[] {
  const all: PackedCells[] = [];
  for (let from = 0; from < fields.length; from += CELLS_MAX) {
    const some = fields.slice(from, from + CELLS_MAX);
    const begin = texts.end;
    for (const [field, value] of some) {
      texts.add(field);
      if (value !== null) texts.add(value);
    }
    all.push({ hash, isGone, texts: texts.since(begin), count: some.length });
  }
  return all;
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
