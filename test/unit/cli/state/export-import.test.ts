/** What a file carries from a store into an empty one, and how a pipeline goes on from it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { exportTo } from '../../../../src/cli/state/export.js';
import { stateLines, type StateHead } from '../../../../src/cli/state/file.js';
import { fill, makeRoom, placeIn } from '../../../../src/cli/state/import.js';
import { WHOLE } from '../../../../src/domain/shard.js';
import { decodeMarker, encodeMarker } from '../../../../src/pipeline/state/marker.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { findingsIn } from './stored-rig.js';

const records = readRecording('postgres/01-lifecycle');
const LATE = 60;
const directory = mkdtempSync(join(tmpdir(), 'dragoman-state-'));
const path = join(directory, 'states.ndjson');
let rules: LoadedRules;
let rig: Rig;
beforeAll(async () => {
  rules = await retailerRules();
});
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => begun());

async function begun(nowMs = 0): Promise<void> {
  rig = new Rig(records.slice(0, -LATE), { rules, nowMs });
  await rig.live();
}

const shardsOfRig = () => [{ shard: WHOLE, task: 'orders', store: rig.store }];

const exported = async (): Promise<StateHead> => {
  const scope = { namespace: 'shop', pipeline: 'orders' };
  return (await exportTo(path, { topic: { id: 'id-1' }, shards: shardsOfRig(), ...scope })).head;
};

const restores = (): unknown[] => rig.told.filter(({ kind }) => kind === 'restored');

const differences = (): Promise<unknown> => findingsIn(rig);

describe('a file that cannot be written', () => {
  const to = async (name: string): Promise<unknown> =>
    exportTo(join(directory, name), {
      topic: { id: 'id-1' },
      shards: shardsOfRig(),
      namespace: 'shop',
      pipeline: 'orders',
    });

  it.each([
    ['in a folder that is not there', 'missing/states.ndjson'],
    ['in the place of a folder', 'folder'],
  ])('%s is said so, and nothing is left', async (_, name) => {
    mkdirSync(join(directory, 'folder'), { recursive: true });
    await expect(to(name)).rejects.toMatchObject({
      code: 'COMMAND_INVALID',
      message: expect.stringContaining(`${name}: it cannot be written`) as string,
    });
    expect(readdirSync(directory).filter((file) => file.endsWith('.part'))).toEqual([]);
  });
});

describe('a file that was exported', () => {
  it('says how far it follows the state topic', async () => {
    const { commit, state, timeMs } = decodeMarker((await rig.store.marker())!);
    expect(await exported()).toMatchObject({
      ...{ topic: 'id-1', cluster: 'memory' },
      shards: [{ commit, state, timeMs }],
    });
  });

  it('fills an empty store with the same', async () => {
    const head = await exported();
    const marker = await rig.store.marker();
    rig.store.clear();
    await fill(rig.store, placeIn(head, 0), stateLines(path));
    expect(await rig.store.marker()).toBe(marker);
    expect(await differences()).toEqual([]);
  });

  it('is gone on from: the rest is copied, and nothing is published twice', async () => {
    const head = await exported();
    rig.play(records.slice(-LATE));
    await rig.live();
    const published = rig.published();
    rig.store.clear();
    await makeRoom(shardsOfRig(), {});
    await fill(rig.store, placeIn(head, 0), stateLines(path));
    await rig.live();
    expect(restores().at(-1)).toMatchObject({ whole: false });
    expect(await differences()).toEqual([]);
    expect(rig.published()).toEqual(published);
  });

  it('broken off in the middle counts as lost: all is restored', async () => {
    await begun(Date.UTC(2026, 10, 21)); // a marker of 1970 is too old to be built upon
    const head = await exported();
    rig.store.clear();
    async function* cut() {
      let lines = 0;
      for await (const line of stateLines(path)) {
        yield line;
        if ((lines += 1) > 1_000) throw new Error('the file system is gone');
      }
      throw new Error('the file is shorter than a part');
    }
    const invented = { hash: 'order:invented', field: '', value: '{}' };
    async function* wrong() {
      yield await Promise.resolve(invented);
      for (let i = 0; i < 1_000; i += 1) yield { ...invented, field: `rt\t${i}` };
      yield* cut();
    }
    await expect(fill(rig.store, placeIn(head, 0), wrong())).rejects.toThrow();
    expect(decodeMarker((await rig.store.marker())!)).toMatchObject({ commit: 0, timeMs: 0, part: 1 });
    await rig.live();
    expect(restores().at(-1)).toMatchObject({ whole: true });
    expect(await differences()).toEqual([]);
  });

  it('is not written over what is there, unless it is said', async () => {
    await expect(makeRoom(shardsOfRig(), {})).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
    await makeRoom(shardsOfRig(), { replace: true });
    expect(await rig.store.marker()).toBe(null);
  });

  it('is not made of a store that is not whole', async () => {
    const marker = (await rig.store.marker())!;
    await rig.store.save(marker, encodeMarker({ ...decodeMarker(marker), restoring: true }), []);
    await expect(exported()).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  });
});
