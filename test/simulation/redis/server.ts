/**
 * A Redis server in memory: strings and hashes, scripts, one replication stream. A primary and its replica are two of these; what the
 * replica has is always a prefix of what the primary did, script by script.
 */
import type { Lua, Reply } from './lua.js';

export type Value = string | Map<string, string>;

/** What one command or script wrote: keys with their values after it; undefined deletes. */
type Batch = readonly (readonly [key: string, value: Value | undefined])[];

export class RedisError extends Error {
  override readonly name = 'ReplyError';
}

export class RedisServer {
  readonly runId: string;
  role: 'master' | 'slave' = 'master';
  /** Used memory is above `maxmemory`. */
  isFull = false;
  readonly values = new Map<string, Value>();
  readonly #stream: Batch[] = [];
  readonly #lua: Lua;

  constructor(runId: string, lua: Lua) {
    this.runId = runId;
    this.#lua = lua;
  }

  /** Batches that the replica does not have yet. */
  get unreplicated(): number {
    return this.#stream.length;
  }

  /** The oldest `count` batches go over to the replica. */
  replicate(replica: RedisServer, count: number): void {
    for (const batch of this.#stream.splice(0, count)) replica.#apply(batch);
  }

  /** A full copy, as a new replica gets it; replication starts there. */
  copyTo(replica: RedisServer): void {
    this.#stream.length = 0;
    replica.values.clear();
    for (const [key, value] of this.values) replica.values.set(key, copied(value));
  }

  flush(): void {
    this.#write((batch) => {
      for (const key of this.values.keys()) batch.push([key, undefined]);
      this.values.clear();
    });
  }

  get(key: string): string | null {
    const value = this.values.get(key);
    if (value instanceof Map) throw new RedisError('WRONGTYPE Operation against a key holding the wrong kind of value');
    return value ?? null;
  }

  hash(key: string): Readonly<Record<string, string>> {
    const value = this.values.get(key);
    return value instanceof Map ? Object.fromEntries(value) : {};
  }

  /** `SCAN` over keys of type string: what is there all the time is found; a cursor is a place in an order that never changes. */
  scan(cursor: string, prefix: string, count: number): { readonly next: string; readonly keys: readonly string[] } {
    const from = Number(cursor);
    const places = [...this.values.keys()]
      .map((key) => ({ key, place: placeOf(key) }))
      .sort((a, b) => a.place - b.place);
    const rest = places.filter(({ place }) => place >= from);
    const found = rest.slice(0, count);
    const next = rest[count]?.place ?? 0;
    const keys = found
      .map(({ key }) => key)
      .filter((key) => key.startsWith(prefix) && !(this.values.get(key) instanceof Map));
    return { next: String(next), keys };
  }

  /** One command by itself. @throws RedisError */
  command(name: string, args: readonly string[]): Reply {
    return this.#write((batch) => this.#command(name, args, batch, this.isFull));
  }

  /** @throws RedisError; what was written before it stays, as in Redis. */
  script(text: string, keys: readonly string[], args: readonly string[]): Reply[] {
    return this.#write((batch) => {
      const wasFull = this.isFull;
      try {
        return this.#lua.run(text, { keys, args, command: (name, rest) => this.#command(name, rest, batch, wasFull) });
      } catch (error) {
        throw new RedisError((error as Error).message);
      }
    });
  }

  #command(
    name: string,
    [key = '', ...rest]: readonly string[],
    batch: [string, Value | undefined][],
    isFull: boolean,
  ): Reply {
    if (name === 'GET') return this.get(key);
    if (this.role !== 'master') throw new RedisError("READONLY You can't write against a read only replica.");
    if (isFull && (name === 'SET' || name === 'HSET'))
      throw new RedisError("OOM command not allowed when used memory > 'maxmemory'.");
    if (name === 'SET') this.values.set(key, rest[0] ?? '');
    else if (name === 'DEL') this.values.delete(key);
    else if (name === 'HSET' || name === 'HDEL') this.#changeHash(name, key, rest);
    else throw new RedisError(`ERR unknown command '${name}' of a simulated server`);
    const after = this.values.get(key);
    batch.push([key, after === undefined ? undefined : copied(after)]);
    return 'OK';
  }

  #changeHash(name: 'HSET' | 'HDEL', key: string, [field = '', value = '']: readonly string[]): void {
    const known = this.values.get(key);
    const hash = known instanceof Map ? known : new Map<string, string>();
    if (name === 'HSET') hash.set(field, value);
    else hash.delete(field);
    if (hash.size === 0) this.values.delete(key);
    else this.values.set(key, hash);
  }

  #write<T>(run: (batch: [string, Value | undefined][]) => T): T {
    const batch: [string, Value | undefined][] = [];
    try {
      return run(batch);
    } finally {
      if (batch.length > 0) this.#stream.push(batch);
    }
  }

  #apply(batch: Batch): void {
    for (const [key, value] of batch) {
      if (value === undefined) this.values.delete(key);
      else this.values.set(key, copied(value));
    }
  }
}

const copied = (value: Value): Value => (value instanceof Map ? new Map(value) : value);

/** FNV-1a, 32 bits; never 0, which is the beginning. */
function placeOf(key: string): number {
  let value = 2_166_136_261;
  for (let i = 0; i < key.length; i += 1) value = Math.imul(value ^ key.charCodeAt(i), 16_777_619) >>> 0;
  return value + 1;
}
