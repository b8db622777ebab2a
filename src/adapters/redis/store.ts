/**
 * States and row owners in Redis, all keys of a pipeline in one slot:
 *
 *   {<namespace>:<pipeline>}:marker
 *   {<namespace>:<pipeline>}:<aggregate>:<id>            state, JSON
 *   {<namespace>:<pipeline>}:row:<table>:...             owner of a row, `aggregate:id`
 *   {<namespace>:<pipeline>}:parked                      hash: refusal code by parked aggregate
 *
 * No key expires. Reads and writes of one pipeline go through one connection, so a read sees the write asked for before it.
 */
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { DragomanError } from '../../errors.js';
import type { Marker, ScannedStates, StateStore, StoreWrites } from '../../pipeline/ports.js';
import { redisFailure } from './failure.js';

interface Scripts {
  dragomanLoad(keyCount: number, ...args: string[]): Promise<(string | null)[]>;
  dragomanSave(keyCount: number, ...args: string[]): Promise<(string | null)[]>;
}

/** Values of one answer; one that goes beyond it is its last. */
const BYTES_PER_ANSWER_MAX = 4 * 1024 * 1024;
/** Keys looked at in one `SCAN`, those of other pipelines too. */
const KEYS_PER_SCAN = 1_000;
/** Marker and row owners are texts as well. */
const ROW = 'row:';
const isNoState = (key: string): boolean => key === 'marker' || key.startsWith(ROW);

export interface ScannedOwners {
  readonly owners: readonly (readonly [row: string, owner: string])[];
  readonly next: string | null;
}

const script = (name: string): string => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');

export class RedisStore implements StateStore {
  readonly #redis: Redis;
  readonly #scripts: Scripts;
  readonly #prefix: string;

  constructor(redis: Redis, scope: { readonly namespace: string; readonly pipeline: string }) {
    this.#redis = redis;
    this.#prefix = `{${scope.namespace}:${scope.pipeline}}:`;
    redis.defineCommand('dragomanLoad', { lua: script('load') });
    redis.defineCommand('dragomanSave', { lua: script('save') });
    this.#scripts = redis as unknown as Scripts;
  }

  async marker(): Promise<Marker | null> {
    await this.#connect();
    return this.#asking(() => this.#redis.get(this.#markerKey));
  }

  loadStates(expected: Marker, keys: readonly string[]): Promise<(string | null)[]> {
    return this.#load(expected, keys.map(this.#stateKey));
  }

  loadOwners(expected: Marker, keys: readonly string[]): Promise<(string | null)[]> {
    return this.#load(expected, keys.map(this.#ownerKey));
  }

  async #load(expected: Marker, keys: readonly string[]): Promise<(string | null)[]> {
    if (keys.length === 0) return [];
    const [reply, ...values] = await this.#asking(() =>
      this.#scripts.dragomanLoad(keys.length + 1, this.#markerKey, ...keys, expected, String(BYTES_PER_ANSWER_MAX)),
    );
    if (reply === 'moved') throw moved(expected, values[0] ?? null);
    return values;
  }

  /**
   * `SCAN` promises what the port does, on one server: another one would not understand its cursor. Keys of other pipelines cost a look
   * each.
   */
  async scan(expected: Marker, from: string | null): Promise<ScannedStates> {
    const { found, next } = await this.#scan(expected, from, (key) => !isNoState(key));
    return { states: found, next };
  }

  /** The same for the row index: entries by row. */
  async scanOwners(expected: Marker, from: string | null): Promise<ScannedOwners> {
    const { found, next } = await this.#scan(expected, from, (key) => key.startsWith(ROW));
    return { owners: found.map(([key, owner]) => [key.slice(ROW.length), owner]), next };
  }

  async #scan(
    expected: Marker,
    from: string | null,
    isWanted: (key: string) => boolean,
  ): Promise<{ readonly found: [string, string][]; readonly next: string | null }> {
    const [server, cursor] = from?.split(' ') ?? [null, '0'];
    const { runId, next, keys } = await this.#asking(() => this.#scanKeys(cursor ?? '0'));
    if (server !== null && server !== runId) throw moved(expected, null);
    const wanted = keys.map((key) => key.slice(this.#prefix.length)).filter(isWanted);
    const texts: (string | null)[] = [];
    while (texts.length < wanted.length) texts.push(...(await this.loadStates(expected, wanted.slice(texts.length))));
    if (wanted.length === 0 && (await this.marker()) !== expected) throw moved(expected, null);
    const found = wanted.flatMap((key, i): [string, string][] => {
      const text = texts[i];
      return text == null ? [] : [[key, text]];
    });
    return { found, next: next === '0' ? null : `${runId} ${next}` };
  }

  /** Deletes every key of the pipeline, the marker first: what is left when this is broken off counts as lost. */
  async clear(): Promise<void> {
    await this.#connect();
    await this.#asking(() => this.#redis.del(this.#markerKey));
    for (let cursor = '0'; ;) {
      const { next, keys } = await this.#asking(() => this.#scanKeys(cursor));
      if (keys.length > 0) await this.#asking(() => this.#redis.unlink(...keys));
      if (next === '0') break;
      cursor = next;
    }
    await this.#asking(() => this.#redis.del(this.#parkedKey));
  }

  /** Both commands reach one server. */
  async #scanKeys(cursor: string): Promise<{ runId: string; next: string; keys: readonly string[] }> {
    const pattern = `${this.#prefix.replace(/[\\*?[\]^-]/g, '\\$&')}*`;
    const replies = await this.#redis
      .multi()
      .info('server')
      .call('SCAN', cursor, 'MATCH', pattern, 'COUNT', String(KEYS_PER_SCAN), 'TYPE', 'string')
      .exec();
    const [facts, scanned] = (replies ?? []).map(([error, reply]) => {
      if (error !== null) throw error;
      return reply;
    }) as [string, [string, string[]]];
    const runId = /run_id:(\w+)/.exec(facts)?.[1] ?? '';
    return { runId, next: scanned[0], keys: scanned[1] };
  }

  async parked(): Promise<Map<string, string>> {
    return new Map(Object.entries(await this.#asking(() => this.#redis.hgetall(this.#parkedKey))));
  }

  async save(expected: Marker | null, next: Marker, { states, owners, parked }: StoreWrites): Promise<void> {
    const keys = [...[...states.keys()].map(this.#stateKey), ...[...owners.keys()].map(this.#ownerKey)];
    const values = [...states.values(), ...[...owners.values()].map((owner) => owner ?? '')];
    const [reply, found] = await this.#asking(() =>
      this.#scripts.dragomanSave(
        keys.length + 2,
        this.#markerKey,
        this.#parkedKey,
        ...keys,
        expected ?? '',
        next,
        ...values,
        ...[...parked].flatMap(([aggregate, code]) => [aggregate, code ?? '']),
      ),
    );
    if (reply === 'moved') throw moved(expected, found ?? null);
  }

  close(): Promise<void> {
    this.#redis.disconnect();
    return Promise.resolve();
  }

  get #markerKey(): string {
    return `${this.#prefix}marker`;
  }

  get #parkedKey(): string {
    return `${this.#prefix}parked`;
  }

  readonly #stateKey = (key: string): string => `${this.#prefix}${key}`;
  readonly #ownerKey = (key: string): string => `${this.#prefix}row:${key}`;

  async #connect(): Promise<void> {
    if (['wait', 'end'].includes(this.#redis.status)) await this.#asking(() => this.#redis.connect());
  }

  async #asking<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      throw redisFailure(this.#redis, 'Redis did not carry out a command', cause);
    }
  }
}

const moved = (expected: Marker | null, found: string | null): DragomanError =>
  new DragomanError(
    'MARKER_MOVED',
    'Redis is not where it was left: flushed, failed over, or written by another member.',
    {
      details: { expected, found },
    },
  );
