/**
 * The part of ioredis that `RedisStore` uses, over a simulated deployment: one connection, commands in their order, no queue while it is
 * away (`enableOfflineQueue: false`), no command sent again. After its connection broke a client finds the primaries anew.
 */
import type { Redis } from 'ioredis';
import type { Process } from '../process.js';
import type { RedisDeployment } from './deployment.js';
import type { Argument, Reply } from './lua.js';
import type { RedisServer } from './server.js';

const COMMAND_TIMEOUT_MS = 2_000;
const RECONNECT_MS = 50;

/** By shard, as they were when this client connected. */
type Servers = readonly RedisServer[];

export class SimulatedRedis {
  status: 'wait' | 'ready' | 'end' = 'wait';
  readonly #deployment: RedisDeployment;
  readonly #process: Process;
  readonly #name: string;
  readonly #scripts = new Map<string, string>();
  #servers: Servers = [];
  /** Not connected before. */
  #awayUntilMs = 0;
  #connections = 0;
  /** Commands without an answer yet. */
  #asked = 0;

  constructor(deployment: RedisDeployment, process: Process, name: string) {
    this.#deployment = deployment;
    this.#process = process;
    this.#name = name;
  }

  asRedis(): Redis {
    return this as unknown as Redis;
  }

  defineCommand(name: string, { lua }: { readonly lua: string }): void {
    this.#scripts.set(name, lua);
    Object.assign(this, {
      [name]: (keyCount: number, ...args: Argument[]) =>
        this.#script(name, args.slice(0, keyCount).map(String), args.slice(keyCount)),
    });
  }

  async connect(): Promise<void> {
    await this.#call('connect', () => 'OK');
    this.status = 'ready';
  }

  hget(key: string, field: string): Promise<string | null> {
    return this.#call('hget', (servers) => this.#on(servers, key).hash(key).get(field) ?? null);
  }

  disconnect(): void {
    this.status = 'end';
  }

  #script(name: string, keys: readonly string[], args: readonly Argument[]): Promise<Reply[]> {
    const text = this.#scripts.get(name) ?? '';
    return this.#call(name, (servers) => this.#deployment.script((shard) => servers[shard]!, text, keys, args));
  }

  #on(servers: Servers, key: string): RedisServer {
    return servers[this.#deployment.shardOf(key)]!;
  }

  #call<T>(name: string, effect: (servers: Servers) => T): Promise<T> {
    const { world } = this.#process;
    if (this.status === 'end') return Promise.reject(new Error('Connection is closed.'));
    if (world.nowMs < this.#awayUntilMs)
      return Promise.reject(new Error("Stream isn't writeable and enableOfflineQueue options is false"));
    // A connection that breaks while nothing is asked is made anew before anybody notices: the next answer comes from another server.
    if (this.#asked === 0 && this.#servers.some((server) => this.#deployment.isGone(server))) this.#servers = [];
    if (this.#servers.length === 0) this.#connectAnew();
    const servers = this.#servers;
    this.#asked += 1;
    return this.#process
      .call(`redis.${name}`, () => effect(this.#reachable(servers)), {
        connection: `${this.#name}.${this.#connections}`,
        timeoutMs: COMMAND_TIMEOUT_MS,
        failure: (why) => {
          if (why === 'closed') this.#lose(servers);
          return new Error(why === 'timeout' ? 'Command timed out' : 'Connection is closed.');
        },
      })
      .catch((error: unknown) => {
        if (/^(READONLY|Connection)/.test((error as Error).message)) this.#lose(servers);
        throw error;
      })
      .finally(() => (this.#asked -= 1));
  }

  #reachable(servers: Servers): Servers {
    if (servers.some((server) => this.#deployment.isGone(server))) throw new Error('Connection is closed.');
    return servers;
  }

  #connectAnew(): void {
    this.#connections += 1;
    this.#servers = Array.from({ length: this.#deployment.shards }, (_, shard) => this.#deployment.primary(shard));
  }

  #lose(servers: Servers): void {
    if (this.#servers !== servers) return;
    this.#servers = [];
    this.#awayUntilMs = this.#process.world.nowMs + RECONNECT_MS;
  }
}
