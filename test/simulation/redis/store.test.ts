/** The real store over the simulated Redis keeps what it promises over a real one; what replication loses is a suffix. */
import { describe, expect, it } from 'vitest';
import { RedisStore } from '../../../src/adapters/redis/store.js';
import { storePromises } from '../../contract/store.js';
import type { Process } from '../process.js';
import { type Fate, World } from '../world.js';
import { SimulatedRedis } from './client.js';
import { RedisDeployment } from './deployment.js';
import { Lua } from './lua.js';
import { RedisServer } from './server.js';

const PLAIN: Fate = { requestMs: 1, answerMs: 1, breakMs: null, end: null, fault: null };
const world = (): World => new World({ seed: 1, fates: () => PLAIN });
/** Calls take effect at once: no world runs. */
const at = (of: World): Process =>
  ({ world: of, call: (...[, effect]: [string, () => unknown]) => Promise.resolve().then(effect) }) as never;
const scope = { namespace: 'dragoman', pipeline: 'orders' };

storePromises(() => {
  const of = world();
  const deployment = new RedisDeployment(of, { shards: 2, lagMs: 100 });
  const store = (name: string) => new RedisStore(new SimulatedRedis(deployment, at(of), name, 1_000).asRedis(), scope);
  const lose = (): Promise<void> => {
    for (let shard = 0; shard < deployment.shards; shard += 1) deployment.flush(shard);
    return Promise.resolve();
  };
  return Promise.resolve({ store: store('one'), other: store('other'), lose });
});

describe('a simulated server', () => {
  const set = "redis.call('SET', KEYS[1], ARGV[1]) return { 'done' }";

  it('gives its replica whole scripts, in their order', () => {
    const [primary, replica] = [new RedisServer('a', new Lua()), new RedisServer('b', new Lua())];
    for (const value of ['1', '2', '3']) primary.script(set, ['k'], [value]);
    primary.replicate(replica, 2);
    expect([primary.get('k'), replica.get('k'), primary.unreplicated]).toEqual(['3', '2', 1]);
  });

  it('refuses writes, not reads, when it is full or a replica', () => {
    const server = new RedisServer('a', new Lua());
    server.isFull = true;
    expect(() => server.script(set, ['k'], ['1'])).toThrow(/OOM/);
    server.isFull = false;
    server.role = 'slave';
    expect(() => server.script(set, ['k'], ['1'])).toThrow(/READONLY/);
    expect(server.get('k')).toBeNull();
  });

  it('answers tables up to their first nil, and false as null', () => {
    const server = new RedisServer('a', new Lua());
    expect(server.script("return { 'a', redis.call('GET', KEYS[1]), 'b', nil, 'c' }", ['k'], [])).toEqual([
      'a',
      null,
      'b',
    ]);
  });

  it('has no script over several slots', () => {
    const deployment = new RedisDeployment(world(), { shards: 8, lagMs: 1 });
    const keys = ['{a}:1', '{b}:1', '{c}:1', '{d}:1'];
    expect(() => deployment.script((shard) => deployment.primary(shard), set, keys, ['1'])).toThrow(/CROSSSLOT/);
  });
});
