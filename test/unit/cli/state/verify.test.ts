/** Redis against the state topic: what differs is found by kind and name, and what only moves meanwhile is not called different. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { ScannedStore } from '../../../../src/cli/state/steady.js';
import type { ShardTopic } from '../../../../src/cli/state/opened.js';
import { Differences, verify, verifyAll, type VerifyReport } from '../../../../src/cli/state/verify.js';
import { shardsOf, WHOLE } from '../../../../src/domain/shard.js';
import { DragomanError } from '../../../../src/errors.js';
import { cellKey, PARKED, queueOf, ROWS, STUBS } from '../../../../src/pipeline/state/cells.js';
import { decodeMarker, encodeMarker } from '../../../../src/pipeline/state/marker.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { damage, stateTopicOf } from './stored-rig.js';

const records = readRecording('postgres/01-lifecycle');
const LATE = 60;
let rules: LoadedRules;
let rig: Rig;
beforeAll(async () => {
  rules = await retailerRules();
});
beforeEach(async () => {
  rig = new Rig(records.slice(0, -LATE), {
    rules,
    settings: { limits: { transactionsMax: 3, rowsMax: 100, changeSetsMax: 9 } },
  });
  await rig.live();
});

function store(): ScannedStore {
  const inner = rig.store;
  return {
    marker: () => inner.marker(),
    scan: (expected, from) => inner.scan(expected, from),
    scanOthers: (expected, from) => inner.scanOthers(expected, from),
    scanFields: (expected, hash, from) => inner.scanFields(expected, hash, from),
    loadFields: (expected, hash, fields) => inner.loadFields(expected, hash, fields),
  };
}

const verified = async (
  parts: { store?: Partial<ScannedStore>; topic?: Partial<ShardTopic>; cellsPerPass?: number } = {},
): Promise<VerifyReport & { readonly findings: Differences['all'] }> => {
  const topic = { ...(await stateTopicOf(rig)), ...parts.topic };
  const found = new Differences();
  const one = { store: { ...store(), ...parts.store }, shard: WHOLE };
  const report = await verify(topic, one, found, parts.cellsPerPass);
  return { ...report, findings: found.all };
};

const anOrder = (): string => [...rig.states().keys()].find((key) => key.startsWith('order:'))!;
const indexedRow = (): string => [...rig.stored().get(ROWS)!.keys()][0]!;
const cells = (): number => [...rig.stored().values()].reduce((sum, fields) => sum + fields.size, 0);

describe('a store that follows the state topic', () => {
  it('differs in nothing', async () => {
    const marker = decodeMarker((await rig.store.marker())!);
    expect(await verified()).toEqual({
      cells: cells(),
      aggregates: [...rig.states().keys()].filter((key) => !key.startsWith('~')).length,
      commit: marker.commit,
      state: marker.state,
      findings: [],
    });
    expect(cells()).toBeGreaterThan(200);
  });

  it('differs in nothing in several passes, which look at each cell once', async () => {
    expect(await verified({ cellsPerPass: 100 })).toMatchObject({ cells: cells(), findings: [] });
  });

  it('differs in nothing while the pipeline goes on', async () => {
    const inner = store();
    let isFirst = true;
    const scan: ScannedStore['scan'] = async (expected, from) => {
      if (isFirst) {
        isFirst = false;
        rig.play(records.slice(-LATE));
        await rig.live();
      }
      return inner.scan(expected, from);
    };
    const report = await verified({ store: { scan } });
    expect(report.findings).toEqual([]);
    expect(report.state).toEqual(decodeMarker((await rig.store.marker())!).state);
  });
});

describe('a store that does not', () => {
  it('has a cell that differs', async () => {
    await damage(rig, [{ hash: anOrder(), field: '', value: '{}' }]);
    const examples = [cellKey({ hash: anOrder(), field: '' })];
    expect((await verified()).findings).toEqual([{ kind: 'differing', count: 1, examples }]);
  });

  it('has fields that the state topic does not have, in hashes of every kind', async () => {
    const extra = [
      { hash: anOrder(), field: 'roms.ord_hdr\tinvented' },
      { hash: 'order:invented', field: '' },
      { hash: queueOf('order:invented'), field: '7' },
      { hash: ROWS, field: 'oms.pay_txn:order:0' },
      { hash: PARKED, field: 'order:invented' },
      { hash: STUBS, field: 'order:invented' },
    ];
    await damage(
      rig,
      extra.map((cell) => ({ ...cell, value: '{}' })),
    );
    const [found, ...others] = (await verified()).findings;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ kind: 'extra', count: extra.length });
    expect([...found!.examples].sort()).toEqual(extra.map(cellKey).sort());
  });

  it('names ten of many, and counts all', async () => {
    await damage(
      rig,
      Array.from({ length: 950 }, (_, i) => ({ hash: `order:x${i}`, field: '', value: '{}' })),
    );
    await damage(
      rig,
      Array.from({ length: 950 }, (_, i) => ({ hash: `order:y${i}`, field: '', value: '{}' })),
    );
    const { findings } = await verified();
    expect(findings).toMatchObject([{ kind: 'extra', count: 1_900 }]);
    expect(findings[0]?.examples).toHaveLength(10);
  });

  it('lacks cells, which are named', async () => {
    const [order, row] = [anOrder(), indexedRow()];
    const lost = [
      { hash: order, field: '' },
      { hash: ROWS, field: row },
    ];
    await damage(
      rig,
      lost.map((cell) => ({ ...cell, value: null })),
    );
    const { findings } = await verified({ cellsPerPass: 150 });
    expect(findings.map(({ kind, count }) => [kind, count])).toEqual([['missing', 2]]);
    expect([...findings[0]!.examples].sort()).toEqual(lost.map(cellKey).sort());
  });

  it('lacks everything', async () => {
    const all = [...rig.stored()].flatMap(([hash, fields]) => [...fields.keys()].map((field) => ({ hash, field })));
    for (let i = 0; i < all.length; i += 500)
      await damage(
        rig,
        all.slice(i, i + 500).map((cell) => ({ ...cell, value: null })),
      );
    expect((await verified()).findings).toMatchObject([{ kind: 'missing', count: all.length }]);
  });

  it.each([
    ['another cluster', { cluster: 'elsewhere' }],
    ['a longer state topic', { state: [10_000] }],
    ['a state topic of other partitions', { state: [0, 0, 0] }],
  ])('follows %s', async (_, change) => {
    const marker = (await rig.store.marker())!;
    await rig.store.save(marker, encodeMarker({ ...decodeMarker(marker), ...change }), []);
    await expect(verified()).rejects.toMatchObject({ code: 'MARKER_AHEAD' });
  });
});

describe('a store of several shards', () => {
  it('has what its shard owns, and what is of no aggregate; all else is foreign', async () => {
    const shards = shardsOf(2);
    const stores = shards.map((shard) => ({ shard, task: `orders.${shard.index}`, store: store() }));
    const topic = await stateTopicOf(rig);
    const { findings, shards: reports, ...total } = await verifyAll({ of: () => topic }, stores);
    // Each has everything here: each order is foreign to one of the two.
    const foreign = [...rig.stored()].flatMap(([hash, fields]) =>
      hash.startsWith('order:') ? [...fields.keys()] : [],
    );
    expect(findings).toMatchObject([{ kind: 'foreign', count: foreign.length }]);
    for (const key of findings[0]?.examples ?? []) expect(key).toMatch(/^\["order:/);
    expect(total).toMatchObject({ cells: 2 * cells() });
    expect(reports.map(({ task }) => task)).toEqual(['orders.0', 'orders.1']);
  });

  it('that fails says which', async () => {
    const topic = await stateTopicOf(rig);
    const broken = { ...store(), marker: () => Promise.resolve(null) };
    const stores = shardsOf(2).map((shard) => ({
      ...{ shard, task: `orders.${shard.index}`, store: shard.index === 0 ? store() : broken },
    }));
    await expect(verifyAll({ of: () => topic }, stores)).rejects.toMatchObject({
      code: 'COMMAND_REFUSED',
      message: expect.stringMatching(/^orders\.1: Redis holds nothing/) as string,
    });
  });
});

describe('what cannot be told now', () => {
  const again = { code: 'COMMAND_REFUSED' };
  const mark = async (change: { part: number } | { restoring: true }): Promise<void> => {
    const marker = (await rig.store.marker())!;
    await rig.store.save(marker, encodeMarker({ ...decodeMarker(marker), ...change }), []);
  };

  it('is a store in the middle of a restore, or of a write', async () => {
    await mark({ part: 3 });
    await expect(verified()).rejects.toMatchObject(again);
    await mark({ restoring: true });
    await expect(verified()).rejects.toMatchObject(again);
  });

  it('is a store that never stands still', async () => {
    const moving = (): Promise<never> => Promise.reject(new DragomanError('MARKER_MOVED', 'moved'));
    await expect(verified({ store: { scan: moving } })).rejects.toMatchObject(again);
  });

  it('is a store that went back to an older Kafka transaction', async () => {
    const inner = store();
    const marker = (await inner.marker())!;
    let asked = 0;
    const older = encodeMarker({ ...decodeMarker(marker), commit: 1 });
    const back = (): Promise<string> => Promise.resolve((asked += 1) > 1 ? older : marker);
    await expect(verified({ store: { marker: back } })).rejects.toMatchObject(again);
  });

  it('is a state topic with a damaged record', async () => {
    const damaged = { partition: 0, offset: 3, timestampMs: 0, key: 'order:1', value: '{}' };
    async function* read() {
      yield await Promise.resolve([damaged]);
    }
    await expect(verified({ topic: { read } })).rejects.toMatchObject({
      code: 'STATE_DAMAGED',
      details: { partition: 0, offset: 3 },
    });
  });
});
