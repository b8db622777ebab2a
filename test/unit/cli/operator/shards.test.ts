/** A pipeline as commands see it: who owns an aggregate, and which members tell of all of it. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Held, heldIn, heldNow, type HeldNow } from '../../../../src/cli/operator/held.js';
import { heldText } from '../../../../src/cli/operator/transactions.js';
import { checkNoMore } from '../../../../src/cli/operator/reading/stored-states.js';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import { ofEach, ownerOf, shardsIn } from '../../../../src/cli/operator/shards.js';
import { lowestOf } from '../../../../src/cli/doctor/pipeline.js';
import { ownsId } from '../../../../src/domain/shard.js';
import { DragomanError } from '../../../../src/errors.js';
import type { HeldReport } from '../../../../src/server/held.js';
import { type HttpServer, startHttpServer } from '../../../../src/server/http-server.js';
import { configOf } from '../../../support/rig.js';

const withShards = (shards: number) => {
  const config = configOf();
  const { orders } = config.pipelines;
  return { ...config, pipelines: { orders: { ...orders!, shards } } };
};

describe('shards of a pipeline', () => {
  it('are called by its name when there is one, and by their numbers when there are several', () => {
    const names = (shards: number): string[] => shardsIn(withShards(shards), 'orders').map(({ task }) => task);
    expect(names(1)).toEqual(['orders']);
    expect(names(3)).toEqual(['orders.0', 'orders.1', 'orders.2']);
  });

  it('own each aggregate once', () => {
    const all = shardsIn(withShards(4), 'orders');
    for (const id of ['1', '4711', 'de/4711', 'Zoë', '']) {
      const { shard } = ownerOf(all, id);
      expect(all.filter((one) => ownsId(one.shard, id))).toEqual([all[shard.index]]);
    }
  });

  it('are named when one of several refuses', async () => {
    const refuse = (): Promise<never> =>
      Promise.reject(new DragomanError('COMMAND_REFUSED', 'Nothing.', { details: { why: 1 } }));
    await expect(ofEach(shardsIn(withShards(1), 'orders'), refuse)).rejects.toThrow(/^Nothing\.$/);
    await expect(ofEach(shardsIn(withShards(2), 'orders'), refuse)).rejects.toMatchObject({
      ...{ code: 'COMMAND_REFUSED', message: 'orders.0: Nothing.', details: { why: 1, shard: 0 } },
    });
  });

  it('beyond those that the config says are told by what they keep: a part is never shown as the whole', async () => {
    const store = new MemoryStore();
    await expect(checkNoMore(store, 2)).resolves.toBeUndefined();
    await store.save(null, 'a marker', []);
    await expect(checkNoMore(store, 2)).rejects.toMatchObject({ code: 'SHARDS_CHANGED', details: { shards: 2 } });
  });

  it('need of the input what the last of them has not read', () => {
    const [a, b] = [new Map([['t/0', 5], ['t/1', 3]]), new Map([['t/0', 2]])]; // prettier-ignore
    expect(lowestOf([a, b])).toEqual(new Map([['t/0', 2], ['t/1', 3]])); // prettier-ignore
  });
});

describe('transactions that are held', () => {
  const HELD = { transaction: '712:90', code: 'TRANSACTION_INCOMPLETE', text: 'It lacks rows.', sinceMs: null };
  const one = { ...HELD, isWaitedFor: false };

  it('in several shards are told once, with those that hold them', () => {
    const now: HeldNow = {
      tasks: new Map([
        ['orders.0', { legacy: [one] }],
        ['orders.1', { legacy: [{ ...one, isWaitedFor: true }] }],
        ['orders.2', { legacy: [] }],
      ]),
      refused: {},
    };
    const [held, ...others] = heldIn(now) as [Held];
    expect(others).toEqual([]);
    expect(held).toEqual({ source: 'legacy', ...HELD, isWaitedFor: true, tasks: ['orders.0', 'orders.1'] });
    expect(heldText(held, 3)).toBe('legacy 712:90 TRANSACTION_INCOMPLETE in orders.0, orders.1: It lacks rows.');
    expect(heldText(held, 2)).toBe('legacy 712:90 TRANSACTION_INCOMPLETE: It lacks rows.');
  });

  const servers: HttpServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  async function member(pipelines: HeldReport['pipelines'], refused: HeldReport['refused'] = {}): Promise<string> {
    const http = { host: '127.0.0.1', port: 0, tokensFile: null, metricsOpen: false, publicUrl: null };
    const metrics = { contentType: 'text/plain', render: () => Promise.resolve('') };
    const held = () => ({ schema: 'dragoman.http/held@2', pipelines, refused }) as const;
    const checks = { readiness: {}, startup: {} };
    const server = await startHttpServer({ http, metrics, ...checks, held, warn: () => undefined });
    servers.push(server);
    return server.url;
  }

  it('are asked of every member that is named, until all shards are seen', async () => {
    const config = withShards(3);
    const first = await member({ 'orders.0': { legacy: [one] }, 'orders.2': {} }, { a: { 'orders.0': 'why' } });
    const second = await member({ 'orders.1': {}, returns: {} }, { a: { 'orders.1': 'also' }, b: {} });
    const now = await heldNow(config, 'orders', { member: [first, second] });
    expect([...now.tasks]).toEqual([
      ['orders.0', { legacy: [one] }],
      ['orders.1', {}],
      ['orders.2', {}],
    ]);
    expect(now.refused).toEqual({ a: { 'orders.0': 'why', 'orders.1': 'also' }, b: {} });
    await expect(heldNow(config, 'orders', { member: [first] })).rejects.toMatchObject({
      code: 'MEMBER_UNAVAILABLE',
      message: expect.stringMatching(/does not run orders\.1 now \(it runs: orders\.0, orders\.2\)/) as string,
    });
    const all = { member: [first, await member({ returns: {} })] };
    await expect(heldNow(config, 'orders', all)).rejects.toThrow(/None of the members at .* runs orders\.1 now/);
  });
});
