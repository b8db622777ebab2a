/**
 * A Redis server in memory: hashes, scripts, one replication stream. A primary and its replica are two of these; what the replica has is
 * always a prefix of what the primary did, script by script.
 */
import type { Argument, Lua, Reply } from './lua.js';

/** What one command did: fields with their values after it, null deletes; no fields: the key is gone. */
type Change = readonly [key: string, fields: readonly (readonly [field: string, value: string | null])[] | null];
/** What one command or script did. */
type Batch = readonly Change[];

export class RedisError extends Error {
  override readonly name = 'ReplyError';
}

const NOTHING: ReadonlyMap<string, string> = new Map();

export class RedisServer {
  readonly runId: string;
  role: 'master' | 'slave' = 'master';
  /** Used memory is above `maxmemory`. */
  isFull = false;
  readonly hashes = new Map<string, Map<string, string>>();
  /** How often something was written, by whoever. */
  changes = 0;
  readonly #stream: Batch[] = [];
  readonly #lua: Lua;
  readonly #countPerScan: number;

  constructor(runId: string, lua: Lua, countPerScan = 10) {
    this.runId = runId;
    this.#lua = lua;
    this.#countPerScan = countPerScan;
  }

  /** Batches that the replica does not have yet. */
  get unreplicated(): number {
    return this.#stream.length;
  }

  /** The oldest `count` batches go over to the replica. */
  replicate(replica: RedisServer, count: number): void {
    for (const batch of this.#stream.splice(0, count)) for (const change of batch) replica.#apply(change);
  }

  /** A full copy, as a new replica gets it; replication starts there. */
  copyTo(replica: RedisServer): void {
    this.#stream.length = 0;
    replica.hashes.clear();
    replica.changes += 1;
    for (const [key, fields] of this.hashes) replica.hashes.set(key, new Map(fields));
  }

  flush(): void {
    this.#write((batch) => {
      for (const key of this.hashes.keys()) this.#change([key, null], batch);
    });
  }

  /** `HGETALL`, without copying. */
  hash(key: string): ReadonlyMap<string, string> {
    return this.hashes.get(key) ?? NOTHING;
  }

  /** One command by itself. @throws RedisError */
  command(name: string, args: readonly string[]): Reply {
    return this.#write((batch) => this.#command(name, args, batch, this.isFull));
  }

  /** @throws RedisError; what was written before it stays, as in Redis. */
  script(text: string, keys: readonly string[], args: readonly Argument[]): Reply[] {
    return this.#write((batch) => {
      const wasFull = this.isFull;
      try {
        return this.#lua.run(text, { keys, args, command: (name, rest) => this.#command(name, rest, batch, wasFull) });
      } catch (error) {
        throw new RedisError((error as Error).message);
      }
    });
  }

  #command(name: string, [key = '', ...rest]: readonly string[], batch: Change[], isFull: boolean): Reply {
    if (name === 'HGET') return this.hash(key).get(rest[0] ?? '') ?? null;
    if (name === 'HGETALL') return [...this.hash(key)].flat();
    if (name === 'INFO') return `# Server\r\nrun_id:${this.runId}\r\n`;
    if (name === 'SCAN') return this.#scan(key, rest);
    if (name === 'HSCAN') return this.#hscan(key, rest);
    if (this.role !== 'master') throw new RedisError("READONLY You can't write against a read only replica.");
    // A script that has written something may go on: scriptVerifyOOM in Redis' script.c.
    if (isFull && name === 'HSET' && batch.length === 0)
      throw new RedisError("OOM command not allowed when used memory > 'maxmemory'.");
    if (name === 'HSET') this.#change([key, pairs(rest)], batch);
    else if (name === 'HDEL') this.#change([key, rest.map((field): [string, null] => [field, null])], batch);
    else if (name === 'UNLINK') this.#change([key, null], batch);
    else throw new RedisError(`ERR unknown command '${name}' of a simulated server`);
    return 'OK';
  }

  /** What is there all the time is found. */
  #scan(cursor: string, options: readonly string[]): Reply {
    const [next, keys] = this.#scanned(this.hashes.keys(), cursor);
    const glob = globOf(options[options.indexOf('MATCH') + 1] ?? '*');
    return [next, keys.filter((key) => glob.test(key))];
  }

  #hscan(key: string, [cursor = '0']: readonly string[]): Reply {
    const hash = this.hash(key);
    const [next, fields] = this.#scanned(hash.keys(), cursor);
    return [next, fields.flatMap((field) => [field, hash.get(field) ?? ''])];
  }

  /** A cursor is a place in an order that never changes, and that no other server has. */
  #scanned(names: Iterable<string>, cursor: string): [next: string, found: string[]] {
    const rest = [...names]
      .map((name) => ({ name, place: placeOf(`${this.runId} ${name}`) }))
      .filter(({ place }) => place >= Number(cursor))
      .sort((a, b) => a.place - b.place);
    const count = this.#countPerScan;
    return [String(rest[count]?.place ?? 0), rest.slice(0, count).map(({ name }) => name)];
  }

  #change(change: Change, batch: Change[]): void {
    this.#apply(change);
    batch.push(change);
  }

  #apply([key, fields]: Change): void {
    this.changes += 1;
    const hash = this.hashes.get(key) ?? new Map<string, string>();
    if (fields === null) hash.clear();
    for (const [field, value] of fields ?? []) {
      if (value === null) hash.delete(field);
      else hash.set(field, value);
    }
    if (hash.size === 0) this.hashes.delete(key);
    else this.hashes.set(key, hash);
  }

  #write<T>(run: (batch: Change[]) => T): T {
    const batch: Change[] = [];
    try {
      return run(batch);
    } finally {
      if (batch.length > 0) this.#stream.push(batch);
    }
  }
}

function pairs(texts: readonly string[]): [field: string, value: string][] {
  if (texts.length === 0 || texts.length % 2 !== 0)
    throw new RedisError("ERR wrong number of arguments for 'hset' command");
  return texts.flatMap((field, i): [string, string][] => (i % 2 === 0 ? [[field, texts[i + 1] ?? '']] : []));
}

/** Of Redis' patterns those that are in use: `*`, `[^x]`. */
const globOf = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.+?$(){}|\\/]/g, '\\$&').replaceAll('*', '[^]*')}$`);

/** FNV-1a, 32 bits; never 0, which is the beginning. */
function placeOf(name: string): number {
  let value = 2_166_136_261;
  for (let i = 0; i < name.length; i += 1) value = Math.imul(value ^ name.charCodeAt(i), 16_777_619) >>> 0;
  return value + 1;
}
