/** Redis against the journal: what differs is found by kind and name, and what only moves meanwhile is not called different. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { MemoryStore } from '../../../../src/adapters/memory/store.js';
import type { ScannedStore } from '../../../../src/cli/state/steady.js';
import { verify, type VerifyReport } from '../../../../src/cli/state/verify.js';
import { touchedRows } from '../../../../src/changeset/owners.js';
import { DragomanError } from '../../../../src/errors.js';
import { decodeMarker, encodeMarker } from '../../../../src/pipeline/state/marker.js';
import type { StoreWrites } from '../../../../src/pipeline/ports.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

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

/** The rig's store, with a way through its row index. */
function store(): ScannedStore {
  const inner: MemoryStore = rig.store;
  return {
    marker: () => inner.marker(),
    scan: (expected, from) => inner.scan(expected, from),
    loadStates: (expected, keys) => inner.loadStates(expected, keys),
    scanOwners: async (expected) => {
      const rows = [
        ...new Set(rig.journal().flatMap((entry) => touchedRows(entry, rules.rules))),
        'oms.pay_txn:order:0',
      ];
      const owners = await inner.loadOwners(expected, rows);
      return { owners: rows.flatMap((row, i) => (owners[i] == null ? [] : [[row, owners[i]] as const])), next: null };
    },
  };
}

async function verified(parts: Partial<ScannedStore> = {}, suspectsMax?: number): Promise<VerifyReport> {
  const { sink } = rig.ports();
  const [begin, end] = await Promise.all([sink.journalBegin(), sink.journalEnd()]);
  const journal = { cluster: 'memory', begin, end, read: sink.readJournal.bind(sink) };
  return verify(journal, { ...store(), ...parts }, rules.rules, suspectsMax);
}

/** Changes the store under a marker that says the same. */
async function damage(writes: Partial<StoreWrites>): Promise<void> {
  const marker = (await rig.store.marker())!;
  const nothing: StoreWrites = { states: new Map(), owners: new Map(), parked: new Map() };
  await rig.store.save(marker, 'elsewhere', { ...nothing, ...writes });
  await rig.store.save('elsewhere', marker, nothing);
}

const anOrder = (): string => rig.journal().map(({ aggregate, id }) => `${aggregate}:${id}`)[0]!;
const indexedRow = (): string => rig.journal().flatMap((entry) => touchedRows(entry, rules.rules))[0]!;

describe('a store that follows the journal', () => {
  it('differs in nothing', async () => {
    const report = await verified();
    expect(report.findings).toEqual([]);
    expect(report.states).toBe(new Set(rig.journal().map(({ aggregate, id }) => `${aggregate}:${id}`)).size);
    expect(report.rows).toBeGreaterThan(3);
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
    const report = await verified({ scan });
    expect(report.findings).toEqual([]);
    expect(report.journal).toEqual(decodeMarker((await rig.store.marker())!).journal);
  });
});

describe('a store that does not', () => {
  it('has states that differ', async () => {
    await damage({ states: new Map([[anOrder(), '{}']]) });
    expect((await verified()).findings).toContainEqual({ kind: 'differing state', count: 1, examples: [anOrder()] });
  });

  it('has states that nobody decided', async () => {
    const invented = new Map(
      Array.from({ length: 12 }, (_, i) => [`order:invented-${i}`, '{"rows":{},"parked":null}']),
    );
    await damage({ states: invented });
    const { findings } = await verified();
    expect(findings).toEqual([{ kind: 'extra state', count: 12, examples: expect.any(Array) as string[] }]);
    expect(findings[0]?.examples).toHaveLength(10);
  });

  it('lacks states, which are named', async () => {
    const lost = anOrder();
    const inner = store();
    const without = (parts: readonly (readonly [string, string])[]) => parts.filter(([key]) => key !== lost);
    const { findings } = await verified({
      scan: async (expected, from) => {
        const { states, next } = await inner.scan(expected, from);
        return { states: without(states), next };
      },
      loadStates: async (expected, keys) =>
        (await inner.loadStates(expected, keys)).map((text, i) => (keys[i] === lost ? null : text)),
    });
    expect(findings).toContainEqual({ kind: 'missing state', count: 1, examples: [lost] });
  });

  it('has rows with another owner, with one too many, and without one', async () => {
    await damage({ owners: new Map([[indexedRow(), 'order:0']]) });
    expect((await verified()).findings).toEqual([{ kind: 'differing row', count: 1, examples: [indexedRow()] }]);
    await damage({ owners: new Map([[indexedRow(), null]]) });
    expect((await verified()).findings).toMatchObject([{ kind: 'missing row', count: 1 }]);
    await rig.live(); // nothing repairs it
    await damage({ owners: new Map([['oms.pay_txn:order:0', 'order:0']]) });
    expect((await verified()).findings.map(({ kind }) => kind)).toContain('extra row');
  });

  it('follows another cluster', async () => {
    const marker = (await rig.store.marker())!;
    const nothing: StoreWrites = { states: new Map(), owners: new Map(), parked: new Map() };
    await rig.store.save(marker, encodeMarker({ ...decodeMarker(marker), cluster: 'elsewhere' }), nothing);
    await expect(verified()).rejects.toMatchObject({ code: 'MARKER_AHEAD' });
  });
});

describe('what cannot be told now', () => {
  const again = { code: 'COMMAND_REFUSED' };

  it('is a store in the middle of a restore', async () => {
    const marker = (await rig.store.marker())!;
    const nothing: StoreWrites = { states: new Map(), owners: new Map(), parked: new Map() };
    await rig.store.save(marker, encodeMarker({ ...decodeMarker(marker), part: 3 }), nothing);
    await expect(verified()).rejects.toMatchObject(again);
  });

  it('is a store that never stands still', async () => {
    const moving = (): Promise<never> => Promise.reject(new DragomanError('MARKER_MOVED', 'moved'));
    await expect(verified({ scan: moving })).rejects.toMatchObject(again);
  });

  it('is more suspects than are kept', async () => {
    await damage({ states: new Map([1, 2, 3].map((i) => [`order:x${i}`, '{"rows":{},"parked":null}'])) });
    await expect(verified({}, 2)).rejects.toMatchObject(again);
  });
});
