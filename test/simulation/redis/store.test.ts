/** The real store over the simulated Redis keeps what it promises over a real one; what replication loses is a suffix. */
import { describe, expect, it } from 'vitest';
import { packedCells } from '../../../src/adapters/redis/packed-cells.js';
import { RedisStore } from '../../../src/adapters/redis/store.js';
import { DragomanError } from '../../../src/errors.js';
import type { Cell, Fields, Marker } from '../../../src/pipeline/ports.js';
import { storePromises } from '../../contract/store.js';
import type { Process } from '../process.js';
import { type Fate, World } from '../world.js';
import { SimulatedRedis } from './client.js';
import { RedisDeployment } from './deployment.js';
import { Lua, type Reply } from './lua.js';
import { RedisServer } from './server.js';

const PLAIN: Fate = { requestMs: 1, answerMs: 1, breakMs: null, end: null, fault: null };
const world = (seed = 1): World => new World({ seed, fates: () => PLAIN });
/** Calls take effect at once: no world runs. */
const at = (of: World): Process =>
  ({ world: of, call: (...[, effect]: [string, () => unknown]) => Promise.resolve().then(effect) }) as never;
const scope = { namespace: 'dragoman', pipeline: 'orders' };

storePromises(() => {
  const of = world();
  const deployment = new RedisDeployment(of, { shards: 2, lagMs: 100, countPerScan: 1_000 });
  const store = (name: string) => new RedisStore(new SimulatedRedis(deployment, at(of), name).asRedis(), scope);
  const lose = (): Promise<void> => {
    for (let shard = 0; shard < deployment.shards; shard += 1) deployment.flush(shard);
    return Promise.resolve();
  };
  return Promise.resolve({ store: store('one'), other: store('other'), lose });
});

/** @returns what all parts of a scan give, and how many they are. */
function allOf(scan: (cursor: string) => Reply): [found: string[], parts: number] {
  const found: string[] = [];
  let cursor = '0';
  let parts = 0;
  do {
    const [next, some] = scan(cursor) as [string, string[]];
    found.push(...some);
    cursor = next;
    parts += 1;
  } while (cursor !== '0');
  return [found, parts];
}

describe('a simulated server', () => {
  const set = "redis.call('HSET', KEYS[1], 'f', ARGV[1]) return { 'done' }";
  const valueIn = (server: RedisServer): string | undefined => server.hash('k').get('f');

  it('gives its replica whole scripts, in their order', () => {
    const [primary, replica] = [new RedisServer('a', new Lua()), new RedisServer('b', new Lua())];
    for (const value of ['1', '2', '3']) primary.script(set, ['k'], [value]);
    primary.replicate(replica, 2);
    expect([valueIn(primary), valueIn(replica), primary.unreplicated]).toEqual(['3', '2', 1]);
  });

  it('refuses writes, not reads, when it is full or a replica', () => {
    const server = new RedisServer('a', new Lua());
    server.isFull = true;
    expect(() => server.script(set, ['k'], ['1'])).toThrow(/OOM/);
    server.isFull = false;
    server.role = 'slave';
    expect(() => server.script(set, ['k'], ['1'])).toThrow(/READONLY/);
    expect(valueIn(server)).toBeUndefined();
  });

  it('answers tables up to their first nil, and false as null', () => {
    const server = new RedisServer('a', new Lua());
    expect(server.script("return { 'a', redis.call('HGET', KEYS[1], 'f'), 'b', nil, 'c' }", ['k'], [])).toEqual([
      'a',
      null,
      'b',
    ]);
  });

  it('answers tables in tables, and gives scripts tables', () => {
    const server = new RedisServer('a', new Lua());
    const all = "redis.call('HSET', KEYS[1], unpack(ARGV)) return { redis.call('HGETALL', KEYS[1]), {}, { { 'x' } } }";
    expect(server.script(all, ['k'], ['b', '2', '', ''])).toEqual([['b', '2', '', ''], [], [['x']]]);
    expect(() => server.command('HSET', ['k', 'b'])).toThrow(/wrong number/);
    expect(() => server.command('GET', ['k'])).toThrow(/unknown command/);
  });

  it('that is full lets a script go on that has written something, and forgets a hash without fields', () => {
    const server = new RedisServer('a', new Lua());
    server.command('HSET', ['k', 'f', '1', 'g', '2']);
    server.isFull = true;
    const swap = "redis.call('HDEL', KEYS[1], 'f') redis.call('HSET', KEYS[1], 'h', '3') return { 'done' }";
    server.script(swap, ['k'], []);
    expect([...server.hash('k')]).toEqual([
      ['g', '2'],
      ['h', '3'],
    ]);
    server.command('HDEL', ['k', 'g', 'h']);
    expect(server.hashes.size).toBe(0);
  });

  it('finds by SCAN and HSCAN, in parts and an order of its own, what fits a pattern', () => {
    const names = Array.from({ length: 20 }, (_, i) => `{n:p}/${i % 2 === 0 ? 'order' : '~row'}:${i}`);
    const orders = ['a', 'b'].map((runId) => {
      const server = new RedisServer(runId, new Lua(), 3);
      for (const name of names) server.command('HSET', [name, '', '1']);
      server.command('HSET', ['{n:p}x/order:1', ...names.flatMap((name) => [name, '2'])]);
      const [keys, keyParts] = allOf((at) => server.command('SCAN', [at, 'MATCH', '{n:p}/[^~]*', 'COUNT', '9']));
      const [fields, fieldParts] = allOf((at) => server.command('HSCAN', ['{n:p}x/order:1', at, 'COUNT', '9']));
      expect([...keys].sort()).toEqual(names.filter((name) => name.includes('order')).sort());
      expect(new Set(fields)).toEqual(new Set([...names, '2']));
      expect([keyParts, fieldParts, fields.length]).toEqual([7, 7, 40]);
      expect(server.command('HSCAN', ['none', '0'])).toEqual(['0', []]);
      expect(server.command('INFO', ['server'])).toContain(`run_id:${runId}\r\n`);
      return keys.join();
    });
    expect(orders[0]).not.toBe(orders[1]);
  });

  it('has no script over several slots', () => {
    const deployment = new RedisDeployment(world(), { shards: 8, lagMs: 1 });
    const keys = ['{a}:1', '{b}:1', '{c}:1', '{d}:1'];
    expect(() => deployment.script((shard) => deployment.primary(shard), set, keys, ['1'])).toThrow(/CROSSSLOT/);
  });
});

const fieldsOf = (hash: string, fields: Readonly<Record<string, string | null>>): Cell[] =>
  Object.entries(fields).map(([field, value]) => ({ hash, field, value }));

/** Runs the effect of a client's n-th command, and what happens before or after it. */
type Around = (n: number, effect: () => unknown) => unknown;
const UNDISTURBED: Around = (_, effect) => effect();

/** A deployment of one shard whose primary and replica hold old cells. */
async function ground(seed = 1) {
  const of = world(seed);
  const deployment = new RedisDeployment(of, { shards: 1, lagMs: 100, countPerScan: 2 });
  const open = (name: string, around = UNDISTURBED): RedisStore => {
    let commands = 0;
    const call = async (_: string, effect: () => unknown): Promise<unknown> => {
      await Promise.resolve();
      return around((commands += 1), effect);
    };
    return new RedisStore(new SimulatedRedis(deployment, { world: of, call } as never, name).asRedis(), scope);
  };
  await open('before').save(null, 'old', OLD);
  deployment.primary(0).replicate(deployment.replica(0), 1);
  return { open, deployment };
}

const OLD = Array.from({ length: 7 }, (_, i) => fieldsOf(`order:${i}`, { old: '1' })).flat();
/** Three records of each of two partitions. */
const NEW = Array.from({ length: 6 }, (_, i) => fieldsOf(`order:${i}`, { '': 'new' })).flat();
const PARTS = 3;

/** Where a restore begins, and what the store holds after it. */
interface Kind {
  readonly kind: string;
  readonly from: readonly number[] | null;
  readonly restored: ReadonlyMap<string, Fields>;
}
const WHOLE: Kind = { kind: 'of everything', from: null, restored: hashesOf(NEW) };
const KINDS: readonly Kind[] = [
  WHOLE,
  { kind: 'on top of what is there', from: [0, 0], restored: hashesOf([...OLD, ...NEW]) },
];

function hashesOf(cells: readonly Cell[]): Map<string, Fields> {
  const hashes = new Map<string, Map<string, string>>();
  for (const { hash, field, value } of cells)
    hashes.set(hash, new Map([...(hashes.get(hash) ?? []), [field, value ?? '']]));
  return hashes;
}

/** Copies in parts of one record; goes on from where the store is. */
async function restore(store: RedisStore, seen: Marker | null, marker: Marker, from: Kind['from']): Promise<void> {
  const places = new Map(await store.beginRestore(seen, marker, from));
  for (const partition of [0, 1]) {
    for (let place = places.get(partition) ?? 0; place < PARTS; place += 1) {
      const record = partition * PARTS + place;
      await store.copy(marker, { partition, from: place, to: place + 1 }, packedCells(NEW.slice(record, record + 1)));
      places.set(partition, place + 1);
    }
  }
  await store.endRestore(marker, 'done', places);
}

/** Once, as recovery does it: from what the marker says. */
async function recover(store: RedisStore, name: string, from: Kind['from']): Promise<'done' | 'again'> {
  try {
    const seen = await store.marker();
    if (seen?.startsWith('restore') === true) await restore(store, seen, seen, [0, 0]);
    else if (seen !== 'done') await restore(store, seen, `restore by ${name}`, from);
    return 'done';
  } catch (error) {
    if (!(error instanceof DragomanError)) throw error;
    expect(['MARKER_MOVED', 'REDIS_UNAVAILABLE']).toContain(error.code);
    return 'again';
  }
}

/** By new owners, one after the other. @returns everything that the store then holds, besides its marker. */
async function recovered(
  { open, deployment }: Awaited<ReturnType<typeof ground>>,
  from: Kind['from'],
): Promise<Map<string, Fields>> {
  for (let attempt = 1; ; attempt += 1) {
    const name = `later ${attempt}`;
    if ((await recover(open(name), name, from)) === 'done') break;
    expect(attempt).toBeLessThan(5);
  }
  const { hashes } = deployment.primary(0);
  expect(await open('last').marker()).toBe('done');
  const entries = [...hashes].map(([key, fields]): [string, Fields] => [key.slice(key.indexOf('/') + 1), fields]);
  return new Map(entries.filter(([hash]) => hash !== '~marker'));
}

describe.each(KINDS)('a restore $kind', ({ from, restored }) => {
  /** How many commands it takes when nothing happens. */
  async function commandsOfAll(): Promise<number> {
    const undisturbed = await ground();
    let count = 0;
    const first = undisturbed.open('first', (n, effect) => {
      count = n;
      return effect();
    });
    expect(await recover(first, 'first', from)).toBe('done');
    expect(await recovered(undisturbed, from)).toEqual(restored);
    expect(count).toBe(from === null ? 19 : 10);
    return count;
  }

  it('ends with what it has to and nothing else, whenever the server fails over, whatever the new one has', async () => {
    const count = await commandsOfAll();
    for (let at = 1; at <= count; at += 1) {
      for (let replicated = 0, had = 0; replicated <= had; replicated += 1) {
        // What becomes of the former primary is drawn.
        for (let seed = 1; seed <= 4; seed += 1) {
          const here = await ground(seed);
          const { deployment } = here;
          const first = here.open('first', (n, effect) => {
            const answer = seed % 2 === 0 ? effect() : null;
            if (n === at) {
              had = deployment.primary(0).unreplicated;
              deployment.primary(0).replicate(deployment.replica(0), replicated);
              deployment.failOver(0);
            }
            return seed % 2 === 0 ? answer : effect();
          });
          await recover(first, 'first', from);
          expect(await recovered(here, from), `${replicated} of ${had} at ${at}, ${seed}`).toEqual(restored);
        }
      }
    }
  });

  it.each([true, false])('broken off at any command is gone on with; that took effect: %s', async (tookEffect) => {
    const count = await commandsOfAll();
    for (let at = 1; at <= count; at += 1) {
      const here = await ground();
      const first = here.open('first', (n, effect) => {
        const answer = n < at || tookEffect ? effect() : null;
        if (n === at) throw new Error('Connection is closed.');
        return answer;
      });
      expect(await recover(first, 'first', from)).toBe('again');
      expect(await recovered(here, from), `at ${at}`).toEqual(restored);
    }
  });

  it('and another one that begins in the middle of it, and waits in its own, do not spoil each other', async () => {
    const count = await commandsOfAll();
    for (let at = 1; at <= count; at += 1) {
      for (let others = 1; others <= count; others += 2) {
        const here = await ground();
        const [firstEnded, secondWaits] = [new Signal(), new Signal()];
        const second = here.open('second', async (n, effect) => {
          if (n > others) {
            secondWaits.come();
            await firstEnded.came;
          }
          return effect();
        });
        let secondEnded: Promise<unknown> = Promise.resolve();
        const first = here.open('first', async (n, effect) => {
          if (n === at) {
            secondEnded = recover(second, 'second', from).then(() => secondWaits.come());
            await secondWaits.came;
          }
          return effect();
        });
        await recover(first, 'first', from);
        firstEnded.come();
        await secondEnded;
        expect(await recovered(here, from), `${others} commands before ${at}`).toEqual(restored);
      }
    }
  });
});

class Signal {
  come: () => void = () => undefined;
  readonly came = new Promise<void>((resolve) => (this.come = resolve));
}

describe('the store in a Redis that is full', () => {
  const full = /OOM/;

  it('writes nothing of what has something to set, and can forget', async () => {
    const { open, deployment } = await ground();
    const store = open('first');
    deployment.primary(0).isFull = true;
    const changes = [...fieldsOf('order:1', { old: null }), ...fieldsOf('order:2', { old: '2' })];
    await expect(store.save('old', 'new', changes)).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      message: expect.stringMatching(full) as string,
    });
    expect(await store.load('old', ['order:1', 'order:2'])).toEqual([new Map([['old', '1']]), new Map([['old', '1']])]);
    await store.save('old', 'new', fieldsOf('order:1', { old: null }));
    expect(await store.load('new', ['order:1'])).toEqual([new Map()]);
  });

  it('may begin a restore, which makes room', async () => {
    const { open, deployment } = await ground();
    deployment.primary(0).isFull = true;
    expect(await open('first').beginRestore('old', 'restore', null)).toEqual(new Map());
    expect([...deployment.primary(0).hashes.keys()]).toEqual(['{dragoman:orders}/~marker']);
  });
});

describe('the store cleared', () => {
  it('has nothing; broken off, it has no marker, and the next restore begins with the rest', async () => {
    const { open, deployment } = await ground();
    await open('first').clear();
    expect(deployment.primary(0).hashes.size).toBe(0);

    const again = await ground();
    const first = again.open('first', (n, effect) => {
      if (n > 5) throw new Error('Connection is closed.');
      return effect();
    });
    await expect(first.clear()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(again.deployment.primary(0).hashes.size).toBeGreaterThan(1);
    expect(await again.open('other').marker()).toBeNull();
    await expect(again.open('other').save(null, 'new', [])).rejects.toMatchObject({ code: 'MARKER_MOVED' });
    expect(await recovered(again, null)).toEqual(WHOLE.restored);
  });
});

describe('a scan', () => {
  it('that another server answers is refused, though that has the same marker', async () => {
    const { open, deployment } = await ground();
    const store = open('first');
    let { next } = await store.scan('old', null);
    deployment.failOver(0);
    const onNew = open('other');
    await onNew.marker();
    while (next !== null && (JSON.parse(next) as { left: unknown[] }).left.length > 0)
      ({ next } = await store.scan('old', next));
    await expect(onNew.scan('old', next)).rejects.toMatchObject({ code: 'MARKER_MOVED' });
    await expect(onNew.scanFields('old', 'order:1', next)).rejects.toMatchObject({ code: 'MARKER_MOVED' });
  });
});
