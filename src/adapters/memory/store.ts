/** A state store in memory, with the same compare-and-set as the one in Redis, and answers as bounded. */
import { unpackedTexts } from '../../domain/state/packed-texts.js';
import { DragomanError } from '../../errors.js';
import { invariant } from '../../invariant.js';
import type { Cell, CopiedTo, Fields, Marker, PackedCells, ScannedHashes, StateStore } from '../../pipeline/ports.js';

const COUNT_PER_SCAN = 1_000;
/** Characters of fields and values of one answer; what goes beyond it is its last. */
const CHARS_PER_ANSWER_MAX = 4 * 1024 * 1024;
const STUBS = '~stubs';
const MARKER = '~marker';
const NOTHING: Fields = new Map();

/** Fields in the order in which they came to be, each with a number that grows: a place in a scan. */
interface Hash {
  readonly ordinal: number;
  readonly fields: Map<string, { readonly ordinal: number; value: string }>;
}

export class MemoryStore implements StateStore {
  #marker: Marker | null = null;
  readonly #places = new Map<number, number>();
  readonly #hashes = new Map<string, Hash>();
  #made = 0;

  marker(): Promise<Marker | null> {
    return Promise.resolve(this.#marker);
  }

  load(expected: Marker, hashes: readonly string[]): Promise<readonly Fields[]> {
    return this.#behind(expected, () =>
      bounded(
        hashes,
        (hash) => this.#whole(hash) ?? this.#stub(hash),
        (fields) => [...fields].reduce((sum, [field, value]) => sum + field.length + value.length, 0),
      ),
    );
  }

  loadFields(expected: Marker, hash: string, fields: readonly string[]): Promise<readonly (string | null)[]> {
    return this.#behind(expected, () =>
      bounded(
        fields,
        (field) => this.#value(hash, field),
        (value) => value?.length ?? 0,
      ),
    );
  }

  scan(expected: Marker, from: string | null): Promise<ScannedHashes> {
    return this.#behind(expected, () => {
      const { found, next } = page(this.#hashes, from, ({ fields }) =>
        [...fields].reduce((sum, [field, { value }]) => sum + field.length + value.length, 0),
      );
      const aggregates = found.filter(([hash]) => !hash.startsWith('~'));
      return { hashes: aggregates.map(([hash, { fields }]): [string, Fields] => [hash, valuesOf(fields)]), next };
    });
  }

  /** Names of the hashes of no aggregate that rules know. */
  scanOthers(
    expected: Marker,
    from: string | null,
  ): Promise<{ readonly hashes: readonly string[]; readonly next: string | null }> {
    return this.#behind(expected, () => {
      const { found, next } = page(this.#hashes, from, () => 0);
      return { hashes: found.map(([hash]) => hash).filter((hash) => hash.startsWith('~')), next };
    });
  }

  scanFields(
    expected: Marker,
    hash: string,
    from: string | null,
  ): Promise<{ readonly fields: Fields; readonly next: string | null }> {
    return this.#behind(expected, () => {
      const all: Hash['fields'] = this.#hashes.get(hash)?.fields ?? new Map<string, never>();
      const { found, next } = page(all, from, ({ value }) => value.length);
      return { fields: valuesOf(found), next };
    });
  }

  save(expected: Marker | null, next: Marker, cells: readonly Cell[]): Promise<void> {
    return tried(() => {
      if (this.#marker === next) return;
      this.#check(expected);
      this.#write(cells);
      this.#marker = next;
    });
  }

  beginRestore(
    expected: Marker | null,
    next: Marker,
    from: readonly number[] | null,
  ): Promise<ReadonlyMap<number, number>> {
    return tried(() => {
      if (this.#marker !== next) {
        this.#check(expected);
        if (from === null) this.clear();
        this.#places.clear();
        for (const [partition, offset] of from?.entries() ?? []) if (offset > 0) this.#places.set(partition, offset);
        this.#marker = next;
      }
      return new Map(this.#places);
    });
  }

  copy(expected: Marker, { partition, from, to }: CopiedTo, cells: readonly PackedCells[]): Promise<void> {
    return this.#behind(expected, () => {
      const place = this.#places.get(partition) ?? 0;
      if (place === to) return;
      if (place !== from) throw moved(expected, this.#marker);
      this.#write(cells.flatMap(unpackedCells));
      this.#places.set(partition, to);
    });
  }

  endRestore(expected: Marker, next: Marker, copied: ReadonlyMap<number, number>): Promise<void> {
    return tried(() => {
      if (this.#marker === next) return;
      this.#check(expected);
      for (const [partition, to] of copied)
        if ((this.#places.get(partition) ?? 0) !== to) throw moved(expected, this.#marker);
      this.#places.clear();
      this.#marker = next;
    });
  }

  /** What a FLUSHALL does. */
  clear(): void {
    this.#marker = null;
    this.#places.clear();
    this.#hashes.clear();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #behind<T>(expected: Marker, read: () => T): Promise<T> {
    return tried(() => {
      this.#check(expected);
      return read();
    });
  }

  #check(expected: Marker | null): void {
    if (this.#marker !== expected) throw moved(expected, this.#marker);
  }

  #value(hash: string, field: string): string | null {
    return this.#hashes.get(hash)?.fields.get(field)?.value ?? null;
  }

  #whole(hash: string): Fields | null {
    const found = this.#hashes.get(hash);
    return found === undefined ? null : valuesOf(found.fields);
  }

  #stub(hash: string): Fields {
    const stub = hash.startsWith('~') ? null : this.#value(STUBS, hash);
    return stub === null ? NOTHING : new Map([['', stub]]);
  }

  #write(cells: readonly Cell[]): void {
    for (const { hash, field, value } of cells) {
      invariant(hash !== MARKER, 'no cell is in the hash of the marker', { hash });
      if (value === null) this.#remove(hash, field);
      else this.#set(hash, field, value);
    }
  }

  #set(hash: string, field: string, value: string): void {
    let found = this.#hashes.get(hash);
    if (found === undefined) this.#hashes.set(hash, (found = { ordinal: (this.#made += 1), fields: new Map() }));
    const known = found.fields.get(field);
    if (known === undefined) found.fields.set(field, { ordinal: (this.#made += 1), value });
    else known.value = value;
  }

  #remove(hash: string, field: string): void {
    const fields = this.#hashes.get(hash)?.fields;
    if (fields?.delete(field) === true && fields.size === 0) this.#hashes.delete(hash);
  }
}

function unpackedCells({ hash, isGone, texts }: PackedCells): Cell[] {
  const all = unpackedTexts(texts);
  if (isGone) return all.map((field) => ({ hash, field, value: null }));
  return all.flatMap((field, i) => (i % 2 === 0 ? [{ hash, field, value: all[i + 1] ?? '' }] : []));
}

const tried = <T>(run: () => T): Promise<T> => new Promise((resolve) => resolve(run()));

/** The first answers, up to the one that goes beyond what one may hold. */
function bounded<T>(asked: readonly string[], find: (name: string) => T, size: (found: T) => number): T[] {
  const answers: T[] = [];
  let left = CHARS_PER_ANSWER_MAX;
  for (const name of asked) {
    const answer = find(name);
    answers.push(answer);
    left -= size(answer);
    if (left < 0) break;
  }
  return answers;
}

const valuesOf = (fields: Iterable<readonly [string, { readonly value: string }]>): Fields =>
  new Map([...fields].map(([field, { value }]) => [field, value]));

/** @param from ordinal of the first one. */
function page<T extends { readonly ordinal: number }>(
  all: ReadonlyMap<string, T>,
  from: string | null,
  size: (each: T) => number,
): { readonly found: [string, T][]; readonly next: string | null } {
  const found: [string, T][] = [];
  let left = CHARS_PER_ANSWER_MAX;
  for (const [name, each] of all) {
    if (each.ordinal < Number(from ?? 0)) continue;
    if (found.length === COUNT_PER_SCAN || left < 0) return { found, next: String(each.ordinal) };
    found.push([name, each]);
    left -= size(each);
  }
  return { found, next: null };
}

const moved = (expected: Marker | null, found: Marker | null): DragomanError =>
  new DragomanError('MARKER_MOVED', 'The store is not where it was left.', { details: { expected, found } });
