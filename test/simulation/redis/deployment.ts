/**
 * Redis as a whole: shards by hash tag, each a primary with one replica that follows after a while. A failover promotes the replica as
 * far as it got; whoever is still connected to the former primary may go on with it for a while (a minority side), may find it
 * read-only, or find it gone.
 *
 * Not modelled: eviction and expiry, which Dragoman refuses to run with (`adapters/redis/suitability.ts`, tested there).
 */
import { below, chosen } from '../../support/choices.js';
import type { World } from '../world.js';
import { type Argument, Lua, type Reply } from './lua.js';
import { RedisError, RedisServer } from './server.js';

const COUNT_PER_SCAN = 3;
/** How a former primary ends. */
const DEPOSED = ['gone', 'read-only', 'split'] as const;

export interface RedisSettings {
  readonly shards: number;
  /** How long the replica may be behind. */
  readonly lagMs: number;
  /** Keys or fields that one `SCAN` or `HSCAN` looks at: COUNT is a hint, and few give several parts. */
  readonly countPerScan?: number;
  /** Lets a script touch keys of several slots, each replicated by itself: only to see that rule R5 is needed. */
  readonly crossSlot?: boolean;
}

interface Shard {
  primary: RedisServer;
  replica: RedisServer;
}

/** One interpreter for all histories: it keeps nothing between calls. */
const lua = new Lua();

export class RedisDeployment {
  /** Called after every script that a primary ran, and after every failover and flush. */
  onChange: (server: RedisServer) => void = () => undefined;
  readonly #world: World;
  readonly #settings: RedisSettings;
  readonly #shards: Shard[];
  readonly #gone = new Set<RedisServer>();
  /** Shards that fail over as soon as something was written that the replica does not have. */
  readonly #doomed = new Set<number>();
  #servers = 0;

  constructor(world: World, settings: RedisSettings) {
    this.#world = world;
    this.#settings = settings;
    this.#shards = Array.from({ length: settings.shards }, () => ({
      primary: this.#server(),
      replica: this.#server('slave'),
    }));
  }

  get shards(): number {
    return this.#shards.length;
  }

  primary(shard: number): RedisServer {
    return this.#shards[shard]!.primary;
  }

  replica(shard: number): RedisServer {
    return this.#shards[shard]!.replica;
  }

  shardOf(key: string): number {
    const tag = /\{([^}]+)\}/.exec(key)?.[1] ?? key;
    let hash = 0;
    for (let i = 0; i < tag.length; i += 1) hash = (Math.imul(hash, 31) + tag.charCodeAt(i)) >>> 0;
    return hash % this.#shards.length;
  }

  /** Whether a client that is connected to this server finds it gone. */
  isGone(server: RedisServer): boolean {
    return this.#gone.has(server);
  }

  /** A script on the servers that a client is connected to, by shard. */
  script(
    servers: (shard: number) => RedisServer,
    text: string,
    keys: readonly string[],
    args: readonly Argument[],
  ): Reply[] {
    const [first = 0, ...others] = new Set(keys.map((key) => this.shardOf(key)));
    if (others.length > 0 && this.#settings.crossSlot !== true)
      throw new RedisError("CROSSSLOT Keys in request don't hash to the same slot");
    if (others.length > 0) return this.#crossSlot(servers, text, keys, args);
    const server = servers(first);
    try {
      return server.script(text, keys, args);
    } finally {
      this.#replicateLater(first);
      this.onChange(server);
      if (this.#doomed.has(first) && this.primary(first).unreplicated > 0) this.failOver(first);
    }
  }

  /** Promotes the replica of a shard, with what it has. */
  failOver(shard: number): void {
    const pair = this.#shards[shard]!;
    const { primary: former, replica } = pair;
    this.#doomed.delete(shard);
    this.#world.count('Redis failover');
    if (former.unreplicated > 0) this.#world.count('Redis failover with a lost tail');
    const end = chosen(this.#world.random, DEPOSED);
    this.#world.note(
      'redis',
      `shard ${shard} fails over, ${former.unreplicated} writes are lost, former primary ${end}`,
    );
    replica.role = 'master';
    pair.primary = replica;
    pair.replica = this.#server('slave');
    pair.primary.copyTo(pair.replica);
    if (end === 'gone') this.#gone.add(former);
    if (end === 'read-only') former.role = 'slave';
    if (end === 'split') this.#world.after(this.#world.random() * 20_000, () => this.#gone.add(former));
    this.onChange(pair.primary);
  }

  /** The same just after the next write within that time, which is then among what is lost. */
  failOverAtWrite(shard: number, withinMs: number): void {
    this.#doomed.add(shard);
    this.#world.after(withinMs, () => this.#doomed.delete(shard));
  }

  /** FLUSHALL, or a primary without persistence that started again. */
  flush(shard: number): void {
    this.#world.count('Redis flushed');
    this.#world.note('redis', `shard ${shard} is flushed`);
    const { primary, replica } = this.#shards[shard]!;
    primary.flush();
    primary.copyTo(replica);
    this.onChange(primary);
  }

  fillUp(shard: number, forMs: number): void {
    const { primary } = this.#shards[shard]!;
    this.#world.count('Redis full');
    this.#world.note('redis', `shard ${shard} is full for ${Math.round(forMs)} ms`);
    primary.isFull = true;
    this.#world.after(forMs, () => (primary.isFull = false));
  }

  #server(role: 'master' | 'slave' = 'master'): RedisServer {
    this.#servers += 1;
    const server = new RedisServer(`run${this.#servers}`, lua, this.#settings.countPerScan ?? COUNT_PER_SCAN);
    server.role = role;
    return server;
  }

  /** Everything up to now reaches the replica within the lag, unless it is promoted before. */
  #replicateLater(shard: number): void {
    const { primary, replica } = this.#shards[shard]!;
    this.#world.after(this.#world.random() * this.#settings.lagMs, () => {
      if (this.#shards[shard]!.primary === primary && this.#shards[shard]!.replica === replica)
        primary.replicate(replica, 1 + below(this.#world.random, Math.max(1, primary.unreplicated)));
    });
  }

  #crossSlot(
    servers: (shard: number) => RedisServer,
    text: string,
    keys: readonly string[],
    args: readonly Argument[],
  ): Reply[] {
    const touched = new Set(keys.map((key) => this.shardOf(key)));
    const on = (key: string): RedisServer => servers(this.shardOf(key));
    const reply = lua.run(text, {
      keys,
      args,
      command: (name, [key = '', ...rest]) => on(key).command(name, [key, ...rest]),
    });
    for (const shard of touched) {
      this.#replicateLater(shard);
      this.onChange(servers(shard));
    }
    return reply;
  }
}
