/** Aggregates that the bench makes of real cells. */
import { describe, expect, it } from 'vitest';
import { checkStates } from '../../../bench/restore/check.js';
import { recordsOf } from '../../../bench/restore/fill.js';
import { made, type Stored, templatesOf } from '../../../bench/restore/template.js';
import { cellKey } from '../../../src/pipeline/state/cells.js';
import { hashesOf, statesIn } from '../../support/stored.js';
import { retailerRules, Rig } from '../../support/rig.js';
import { readRecording } from '../../support/recordings.js';

/** All cells that the pipeline has stored. */
async function cellsOf(recording: string): Promise<Stored[]> {
  const rig = new Rig(readRecording(recording), { rules: await retailerRules() });
  await rig.live();
  return [...rig.stored()].flatMap(([hash, fields]) => [...fields].map(([field, value]) => ({ hash, field, value })));
}

describe('aggregates made of recorded ones', () => {
  it('are the same in everything but their numbers and the keys of their rows', async () => {
    const cells = await cellsOf('postgres/01-lifecycle');
    const templates = templatesOf(cells);
    expect(templates).toHaveLength(
      new Set(cells.map(({ hash }) => hash).filter((hash) => hash.startsWith('order:'))).size,
    );
    const lists = cells.filter(({ hash }) => hash === '~columns');
    const records = [...lists, ...templates.flatMap((template, i) => made(template, i).cells)];
    const stored = hashesOf(records.map((cell) => ({ key: cellKey(cell), value: cell.value })));
    const states = statesIn(stored);
    const before = statesIn(hashesOf(cells.map((cell) => ({ key: cellKey(cell), value: cell.value }))));
    expect([...states.keys()]).toEqual(templates.map((_, i) => `order:${10_000_000_000 + i}`));
    const rowCounts = (all: typeof states) =>
      [...all]
        .map(([, { rows }]) => Object.entries(rows).map(([table, some]) => [table, Object.keys(some).length]))
        .map((counts) => JSON.stringify(counts))
        .sort();
    expect(rowCounts(states)).toEqual(rowCounts(new Map([...before].filter(([key]) => key.startsWith('order:')))));
    for (const [key, { rows }] of states) {
      const id = key.slice('order:'.length);
      expect(rows['oms.ord_hdr']?.[id]?.['ord_no']).toBe(id);
    }
    const payments = [...states.values()].flatMap(({ rows }) => Object.keys(rows['oms.pay_txn'] ?? {}));
    expect(payments.length).toBeGreaterThan(0);
    expect(new Set(payments).size).toBe(payments.length);
    const owners = [...(stored.get('~rows') ?? [])];
    for (const payment of payments) {
      const [, owner = ''] = owners.find(([row]) => row.includes(payment)) ?? [];
      expect(states.get(owner)?.rows['oms.pay_txn']).toHaveProperty(payment);
    }
  });

  it('leave the same cells whatever they were before', async () => {
    const templates = templatesOf(await cellsOf('postgres/01-lifecycle'));
    const records = recordsOf({ templates }, 0);
    const last = made(templates[0]!, 0).cells;
    expect(records.length).toBeGreaterThan(last.length);
    const asStored = (cells: typeof records) =>
      hashesOf(cells.map((cell) => ({ key: cellKey(cell), value: cell.value })));
    expect(asStored(records)).toEqual(asStored(last));
  });
});

describe('the check of restored states', () => {
  const row = (number: number) => `oms.pay_txn\t${number}`;
  const lastOf = (number: number) => ({
    text: `order:${number}`,
    cells: [
      { hash: `order:${number}`, field: '', value: String(number) },
      { hash: `order:${number}`, field: 'r', value: '[]' },
      { hash: '~rows', field: row(number), value: `order:${number}` },
    ],
  });
  const stored = (): Map<string, Map<string, string>> => {
    const hashes = new Map<string, Map<string, string>>();
    for (const { hash, field, value } of Array.from({ length: 2_500 }, (_, i) => lastOf(i).cells).flat())
      hashes.set(`p/${hash}`, (hashes.get(`p/${hash}`) ?? new Map<string, string>()).set(field, value));
    return hashes;
  };
  const checked = (hashes: ReadonlyMap<string, ReadonlyMap<string, string>>) => {
    const redis = {
      exists: (...keys: string[]) => Promise.resolve(keys.filter((key) => hashes.has(key)).length),
      hgetall: (key: string) => Promise.resolve(Object.fromEntries(hashes.get(key) ?? [])),
      hmget: (key: string, ...fields: string[]) =>
        Promise.resolve(fields.map((field) => hashes.get(key)?.get(field) ?? null)),
    };
    return checkStates({ redis, prefix: 'p/', aggregates: 2_500, lastOf });
  };

  it('finds nothing where all are as the state topic says', async () => {
    expect(await checked(stored())).toEqual({ expected: 2_500, missing: 0, different: 0, compared: 2_500 });
  });

  it('counts those that are missing, and those that are others', async () => {
    const hashes = stored();
    hashes.get('p/order:7')?.set('', '8');
    hashes.get('p/order:8')?.set('more', '');
    hashes.get('p/order:9')?.delete('r');
    hashes.get('p/~rows')?.set(row(10), 'order:11');
    hashes.delete('p/order:2499');
    expect(await checked(hashes)).toMatchObject({ missing: 1, different: 5 });
  });
});
