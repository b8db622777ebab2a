/**
 * Cells in Redis, all keys of a task (`orders`, or `orders.2` of several shards) in one slot, each of them a hash:
 *
 *   {<namespace>:<task>}/<hash>      cells: field -> value
 *   {<namespace>:<task>}/~marker     `at`: the marker; while cells are copied `0`, `1`, ...: place of each partition; while they are
 *                                    deleted before, `at` is `clearing <step> <marker of the restore>`
 *
 * No key expires. Reads and writes of one task go through one connection, so a read sees the write asked for before it. Whatever is
 * asked, another server may answer that has a part of the writes only, the oldest ones (rule R5): so each script looks for the last one
 * that this writer knows of before it goes on from there.
 */
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { type Shard, taskName, WHOLE } from '../../domain/shard.js';
import { stored, unstored } from '../../domain/state/packed-texts.js';
import { DragomanError } from '../../errors.js';
import { invariant } from '../../invariant.js';
import type { Cell, CopiedTo, Fields, Marker, PackedCells, ScannedHashes, StateStore } from '../../pipeline/ports.js';
import { packedCells } from './packed-cells.js';
import { redisFailure } from './failure.js';

type Reply = [kind: string, ...rest: unknown[]];
type Script = (keyCount: number, ...args: (string | Buffer)[]) => Promise<Reply>;

type Arguments = readonly (string | Buffer)[];

const SCRIPTS = {
  dragomanLoad: 'load',
  dragomanLoadFields: 'load-fields',
  dragomanScan: 'scan',
  dragomanWrite: 'write',
  dragomanBeginRestore: 'begin-restore',
  dragomanClear: 'clear',
  dragomanEndRestore: 'end-restore',
} as const;
type Scripts = Record<keyof typeof SCRIPTS, Script>;

/** Fields and values of one answer; what goes beyond it is its last. */
const BYTES_PER_ANSWER_MAX = 4 * 1024 * 1024;
/** Keys looked at in one `SCAN`, those of other tasks too; fields in one `HSCAN`. */
const COUNT_PER_SCAN = 1_000;
const MARKER = '~marker';
const AT = 'at';
const STUBS = '~stubs';
const CLEARING = /^clearing \S+ /;

/** How far a scan is. A cursor means something to its server only. */
interface ScanPlace {
  readonly server: string | null;
  readonly cursor: string;
  /** Hashes that were found and not read yet. */
  readonly left: readonly string[];
}

/** Whose cells. */
export interface StoreScope {
  readonly namespace: string;
  readonly pipeline: string;
  /** Absent: the whole pipeline. */
  readonly shard?: Shard;
}

export class RedisStore implements StateStore {
  readonly #redis: Redis;
  readonly #scripts: Scripts;
  readonly #prefix: string;

  constructor(redis: Redis, { namespace, pipeline, shard = WHOLE }: StoreScope) {
    this.#redis = redis;
    this.#prefix = `{${namespace}:${taskName(pipeline, shard)}}/`;
    for (const [command, name] of Object.entries(SCRIPTS))
      redis.defineCommand(command, { lua: readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8') });
    this.#scripts = redis as unknown as Scripts;
  }

  async marker(): Promise<Marker | null> {
    if (['wait', 'end'].includes(this.#redis.status)) await this.#asking(() => this.#redis.connect());
    return meant(await this.#asking(() => this.#redis.hget(this.#markerKey, AT)));
  }

  load(expected: Marker, hashes: readonly string[]): Promise<readonly Fields[]> {
    return this.#load(expected, hashes, String(this.#prefix.length));
  }

  async #load(expected: Marker, hashes: readonly string[], stubsBehind: string): Promise<readonly Fields[]> {
    if (hashes.length === 0) return [];
    const keys = [this.#markerKey, `${this.#prefix}${STUBS}`, ...hashes.map(this.#keyOf)];
    const found = await this.#run('dragomanLoad', keys, [expected, String(BYTES_PER_ANSWER_MAX), stubsBehind]);
    return (found as string[][]).map(fieldsOf);
  }

  async loadFields(expected: Marker, hash: string, fields: readonly string[]): Promise<readonly (string | null)[]> {
    if (fields.length === 0) return [];
    const keys = [this.#markerKey, this.#keyOf(hash)];
    const args = [expected, String(BYTES_PER_ANSWER_MAX), ...fields.map(stored)];
    const found = await this.#run('dragomanLoadFields', keys, args);
    return (found as (string | null)[]).map((value) => (value === null ? null : unstored(value)));
  }

  /** `SCAN` promises what the port does, on one server. Keys of other tasks cost a look each. */
  async scan(expected: Marker, from: string | null): Promise<ScannedHashes> {
    let place: ScanPlace = from === null ? BEGINNING : (JSON.parse(from) as ScanPlace);
    if (place.left.length === 0) {
      const { items, ...after } = await this.#scan(expected, place, { pattern: `${this.#prefix}[^~]*` });
      place = { ...after, left: items.map(this.#hashOf) };
    }
    const loaded = await this.#load(expected, place.left, '');
    const hashes = loaded.flatMap((fields, i): [string, Fields][] => {
      return fields.size === 0 ? [] : [[place.left[i] ?? '', fields]];
    });
    return { hashes, next: nextOf({ ...place, left: place.left.slice(loaded.length) }) };
  }

  /** Names of the hashes of no aggregate that rules know, in the same manner. */
  async scanOthers(
    expected: Marker,
    from: string | null,
  ): Promise<{ readonly hashes: readonly string[]; readonly next: string | null }> {
    const place: ScanPlace = from === null ? BEGINNING : (JSON.parse(from) as ScanPlace);
    const { items, ...after } = await this.#scan(expected, place, { pattern: `${this.#prefix}~*` });
    const hashes = items.map(this.#hashOf).filter((hash) => hash !== MARKER);
    return { hashes, next: nextOf({ ...after, left: [] }) };
  }

  async scanFields(
    expected: Marker,
    hash: string,
    from: string | null,
  ): Promise<{ readonly fields: Fields; readonly next: string | null }> {
    const place: ScanPlace = from === null ? BEGINNING : (JSON.parse(from) as ScanPlace);
    const { items, ...after } = await this.#scan(expected, place, { key: this.#keyOf(hash) });
    return { fields: fieldsOf(items), next: nextOf({ ...after, left: [] }) };
  }

  async save(expected: Marker | null, next: Marker, cells: readonly Cell[]): Promise<void> {
    await this.#write(['', AT, expected ?? '', next], packedCells(cells));
  }

  async beginRestore(
    expected: Marker | null,
    next: Marker,
    from: readonly number[] | null,
  ): Promise<ReadonlyMap<number, number>> {
    const step = stepsOf(next);
    let at = step();
    const places =
      from?.flatMap((offset, partition) => (offset === 0 ? [] : [String(partition), placeText(offset)])) ?? [];
    const args = [expected ?? '', next, at, from === null ? 'delete' : 'keep', ...places];
    const [kind, ...found] = await this.#runs('dragomanBeginRestore', [this.#markerKey], args);
    if (kind === 'copying') return placesIn(fieldsOf(found as string[]));
    const clear = async (keys: readonly string[], after: string): Promise<void> => {
      await this.#run('dragomanClear', [this.#markerKey, ...keys], [at, after]);
      at = after;
    };
    for (let place = BEGINNING; ;) {
      const { items, ...after } = await this.#scan(at, place, { pattern: `${this.#prefix}*` });
      const keys = items.filter((key) => key !== this.#markerKey);
      if (keys.length > 0) await clear(keys, step());
      if (after.cursor === '0') break;
      place = { ...after, left: [] };
    }
    await clear([], next);
    return new Map();
  }

  async copy(expected: Marker, { partition, from, to }: CopiedTo, cells: readonly PackedCells[]): Promise<void> {
    await this.#write([expected, String(partition), placeText(from), placeText(to)], cells);
  }

  async endRestore(expected: Marker, next: Marker, copied: ReadonlyMap<number, number>): Promise<void> {
    const places = [...copied].flatMap(([partition, to]) => [String(partition), placeText(to)]);
    await this.#run('dragomanEndRestore', [this.#markerKey], [expected, next, ...places]);
  }

  /** Deletes everything of the task. Broken off, there is no marker, and whoever restores goes on deleting first. */
  async clear(): Promise<void> {
    await this.beginRestore(await this.marker(), '', null);
  }

  close(): Promise<void> {
    this.#redis.disconnect();
    return Promise.resolve();
  }

  async #write(
    move: readonly [also: string, field: string, from: string, to: string],
    cells: readonly PackedCells[],
  ): Promise<void> {
    const keys = cells.map(({ hash }) => this.#keyOf(hash));
    const commands = cells.flatMap(({ isGone, texts }) => [isGone ? 'HDEL' : 'HSET', texts]);
    await this.#run('dragomanWrite', [this.#markerKey, ...keys], [...move, ...commands]);
  }

  async #scan(
    expected: string,
    { server, cursor }: ScanPlace,
    what: { readonly key: string } | { readonly pattern: string },
  ): Promise<{ readonly server: string; readonly cursor: string; readonly items: readonly string[] }> {
    const keys = 'key' in what ? [this.#markerKey, what.key] : [this.#markerKey];
    const args = [expected, server ?? '', cursor, String(COUNT_PER_SCAN), 'pattern' in what ? what.pattern : ''];
    const [answering, next, items] = (await this.#run('dragomanScan', keys, args)) as [string, string, string[]];
    return { server: answering, cursor: next, items };
  }

  /** @returns what the reply holds behind its kind. */
  async #run(script: keyof Scripts, keys: readonly string[], args: Arguments): Promise<unknown[]> {
    const [, ...rest] = await this.#runs(script, keys, args);
    return rest;
  }

  /** @throws MARKER_MOVED */
  async #runs(script: keyof Scripts, keys: readonly string[], args: Arguments): Promise<Reply> {
    const reply = await this.#asking(() => this.#scripts[script](keys.length, ...keys, ...args));
    if (reply[0] === 'moved') throw moved(String(args[0] ?? ''), reply[1] as string | null);
    return reply;
  }

  get #markerKey(): string {
    return `${this.#prefix}${MARKER}`;
  }

  readonly #keyOf = (hash: string): string => {
    invariant(hash !== MARKER, 'no cell is in the hash of the marker', { hash });
    return `${this.#prefix}${stored(hash)}`;
  };

  readonly #hashOf = (key: string): string => unstored(key.slice(this.#prefix.length));

  async #asking<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      throw redisFailure(this.#redis, 'Redis did not carry out a command', cause);
    }
  }
}

const BEGINNING: ScanPlace = { server: null, cursor: '0', left: [] };

const nextOf = (place: ScanPlace): string | null =>
  place.cursor === '0' && place.left.length === 0 ? null : JSON.stringify(place);

function fieldsOf(texts: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < texts.length; i += 2) fields.set(unstored(texts[i] ?? ''), unstored(texts[i + 1] ?? ''));
  return fields;
}

/** A partition that was not begun has no place. */
const placeText = (offset: number): string => (offset === 0 ? '' : String(offset));

function placesIn(fields: Fields): Map<number, number> {
  const places = new Map<number, number>();
  for (const [field, value] of fields) if (field !== AT) places.set(Number(field), Number(value));
  return places;
}

/** Markers while cells are deleted, one for each step. Drawn, so that no two owners that delete at the same time share one. */
function stepsOf(next: Marker): () => string {
  const drawn = Math.floor(Math.random() * 2 ** 48).toString(36);
  let steps = 0;
  return () => `clearing ${drawn}.${(steps += 1)} ${next}`;
}

/** Of a restore that is still deleting cells: its own. */
const meant = (at: string | null): Marker | null => at?.replace(CLEARING, '') || null;

const moved = (expected: string, found: string | null): DragomanError =>
  new DragomanError(
    'MARKER_MOVED',
    'Redis is not where it was left: flushed, failed over, or written by another member.',
    { details: { expected: expected || null, found: found || null } },
  );
