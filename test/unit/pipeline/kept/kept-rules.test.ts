/** Rules are kept once by their digest, in parts that always have room, and as many as are allowed. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { batchBytes, BUNDLE_BYTES_MAX, RECORD_BYTES_MIN } from '../../../../src/domain/record-size.js';
import { unzippedRules } from '../../../../src/adapters/files/rules-loader.js';
import { joinedBundle, KEPT_MAX, keptIn, KeptRules, partsOf, RULES } from '../../../../src/pipeline/kept/kept-rules.js';
import type { Cell } from '../../../../src/pipeline/ports.js';
import { cellOf, cellRecord, placeOf } from '../../../../src/pipeline/state/cells.js';
import { keptRules, rulesText } from '../../../../src/cli/state/rules.js';
import { hdrRow, readyRules, SmallSource } from '../../../support/sources/ready-orders.js';
import { retailerRules, Rig } from '../../../support/rig.js';

const digest = 'a'.repeat(16);
const isNeeded = (name: string): boolean => name === 'r0';
const applied = (cells: readonly Cell[], to = new Map<string, string>()): Map<string, string> => {
  for (const { hash, field, value } of cells)
    if (value === null) expect(to.delete(`${hash} ${field}`), `${hash} ${field} was stored`).toBe(true);
    else to.set(`${hash} ${field}`, value);
  return to;
};

describe('rules', () => {
  it('are stored with the first decision, and not again', () => {
    const kept = new KeptRules();
    expect(kept.takeFresh({ digest, text: 'text' }, 7, isNeeded)).toEqual([
      { hash: `~rules:${digest}`, field: '0', value: 'text' },
      { hash: RULES, field: digest, value: '{"sinceMs":7,"parts":1,"number":1}' },
    ]);
    expect(kept.takeFresh({ digest, text: 'text' }, 8, isNeeded)).toEqual([]);
  });

  it('that came from no files are not kept', () => {
    expect(new KeptRules().takeFresh({ digest, text: null }, 7, isNeeded)).toEqual([]);
  });

  it('that are stored are known after a start; those that come back are the newest, and keep their time', () => {
    const kept = new KeptRules();
    kept.reset([
      [digest, '{"sinceMs":7,"parts":1,"number":1}'],
      ['b', '{"sinceMs":9,"parts":1,"number":2}'],
    ]);
    expect(kept.takeFresh({ digest: 'b', text: 'other' }, 10, isNeeded)).toEqual([]);
    expect(kept.takeFresh({ digest, text: 'text' }, 11, isNeeded)).toEqual([
      { hash: RULES, field: digest, value: '{"sinceMs":7,"parts":1,"number":3}' },
    ]);
  });

  it('of the largest size have room in the smallest records, all in one partition', () => {
    const text = Buffer.alloc(BUNDLE_BYTES_MAX, 0xfb).toString('base64');
    const cells = new KeptRules().takeFresh({ digest, text }, 7, isNeeded);
    expect(cells).toHaveLength(30);
    for (const cell of cells) expect(batchBytes(cellRecord('state', cell))).toBeLessThan(RECORD_BYTES_MIN);
    for (const cell of cells) expect(cellOf(cellRecord('state', cell) as never)).toEqual(cell);
    expect(new Set(cells.map(placeOf))).toEqual(new Set([digest]));
    const stored = applied(cells);
    const parts = partsOf(keptIn(stored.get(`${RULES} ${digest}`) ?? ''));
    expect(
      joinedBundle(
        digest,
        parts.map((part) => stored.get(`~rules:${digest} ${part}`) ?? null),
      ),
    ).toBe(text);
  });

  it('do not go that an aggregate keeps, however old', async () => {
    const kept = new KeptRules();
    const gone = Array.from({ length: KEPT_MAX + 2 }, (_, i) =>
      kept.takeFresh({ digest: `r${i}`, text: 'x' }, 7, isNeeded),
    )
      .flat()
      .filter(({ hash, value }) => hash === RULES && value === null);
    expect(gone.map(({ field }) => field)).toEqual(['r1', 'r2']);
    const bundles = await kept.bundles(['r0', 'r1'], (hash, fields) => Promise.resolve([`${hash} ${fields.join()}`]));
    expect(bundles).toEqual(new Map([['r0', '~rules:r0 0'], ['r1', null]])); // prettier-ignore
    expect(kept.newest).toBe(`r${KEPT_MAX + 1}`);
  });

  it(`of more than ${KEPT_MAX} sets the one goes that was in use longest ago, with its parts`, () => {
    const kept = new KeptRules();
    const stored = new Map<string, string>();
    const use = (name: string): unknown =>
      applied(kept.takeFresh({ digest: name, text: 'x'.repeat(100_000) }, 7, isNeeded), stored);
    for (let i = 0; i < KEPT_MAX; i += 1) use(`r${i}`);
    expect(stored.size).toBe(KEPT_MAX * 4);
    use('r0');
    use('new');
    expect(stored.size).toBe(KEPT_MAX * 4);
    expect(['r0', 'r1', 'new'].map((name) => stored.has(`${RULES} ${name}`))).toEqual([true, false, true]);
    expect([...stored.keys()].filter((name) => name.startsWith('~rules:r1 '))).toEqual([]);
  });
});

describe('rules that decided', () => {
  const source = new SmallSource().transaction(hdrRow('1', 'OPEN')).records;
  const bundle = gzipSync('the rules').toString('base64');
  const lived = async (settings: object): Promise<Rig> => {
    const rig = new Rig(source, { rules: readyRules(), settings });
    expect(await rig.live()).toEqual({ kind: 'drained' });
    return rig;
  };

  it('stand in the state topic and the store, in the Kafka transaction of their first decision', async () => {
    const rig = await lived({ bundle });
    expect(rig.stored().get(`~rules:${'d'.repeat(16)}`)).toEqual(new Map([['0', bundle]]));
    expect([...(await keptRules(rig.store))].map(([name, { number }]) => [name, number])).toEqual([
      ['d'.repeat(16), 1],
    ]);
    const records = rig.log.partitionsOf('dragoman.orders.state').flatMap((name) => rig.log.records(name));
    await rig.live();
    expect(rig.log.partitionsOf('dragoman.orders.state').flatMap((name) => rig.log.records(name))).toEqual(records);
  });

  it('are not stored by who decided nothing', async () => {
    const rig = new Rig([], { rules: readyRules(), settings: { bundle }, shapedBy: source });
    await rig.live();
    expect(rig.stored().get(RULES)).toBeUndefined();
  });

  it('are read back as they were loaded, and nothing else is', async () => {
    const { bundle: own = '', digest: name, rules } = await retailerRules();
    const rig = new Rig(source, { rules: readyRules(), settings: { bundle: own } });
    await rig.live(rig.ports(), rig.settings(name));
    const text = await rulesText([rig.store], name);
    expect(text).toBe(gunzipSync(Buffer.from(own, 'base64')).toString());
    expect(text).toContain('oms.ord_hdr');
    expect(rules.tables.size).toBeGreaterThan(0);
    await expect(rulesText([rig.store], 'unknown')).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
    const other = await lived({ bundle });
    await expect(rulesText([other.store], 'd'.repeat(16))).rejects.toMatchObject({ code: 'STATE_DAMAGED' });
    expect(() => joinedBundle(name, ['a', null])).toThrow(/not all parts are stored/);
    expect([unzippedRules(own, name), unzippedRules(own, digest), unzippedRules('x', name)]).toEqual([
      text,
      null,
      null,
    ]);
  });
});
