/** What every state store promises (`src/pipeline/ports.ts`, rules R5 to R7, R10): one suite over each adapter. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Cell, StateStore } from '../../src/pipeline/ports.js';
import { loadAll } from '../../src/pipeline/state/cutting.js';
import { restorePromises } from './restore.js';
import { cellsOf, fieldsOf, moved, ONE, readingOf, type StoreWorld, TWO } from './store-world.js';

/** Names that mean something to Redis, to JSON, to JavaScript or to UTF-8. */
const ODD = [
  'order:',
  'order:1 2\t3\n4\r\n5',
  'order:{x}:{y}',
  'order:*?[a-z]\\*',
  'order:\u0000',
  'order:Grüße 🚚',
  'order:\ud800',
  'order:\udc00',
  'order:\ufffd',
  '\\"order:1"',
  '\\',
  'clearing 1 one',
  '__proto__',
  'constructor',
  'at',
  'x'.repeat(5_000),
];

export function storePromises(open: () => Promise<StoreWorld>): void {
  let world: StoreWorld;
  beforeEach(async () => {
    world = await open();
  });

  const { loaded, scanned, scannedFields } = readingOf(() => world.store);

  describe('a store that has never been written', () => {
    it('has no marker, and nothing can be read from it', async () => {
      expect(await world.store.marker()).toBeNull();
      await expect(world.store.load(ONE, ['order:1'])).rejects.toMatchObject(moved);
      await expect(world.store.loadFields(ONE, '~rows', ['pay:7'])).rejects.toMatchObject(moved);
      await expect(world.store.scan(ONE, null)).rejects.toMatchObject(moved);
      await expect(world.store.scanFields(ONE, '~parked', null)).rejects.toMatchObject(moved);
    });

    it('takes its first write only from one who knows that there is no marker', async () => {
      await expect(world.store.save(ONE, TWO, [])).rejects.toMatchObject(moved);
      await world.store.save(null, ONE, []);
      await expect(world.store.save(null, TWO, [])).rejects.toMatchObject(moved);
      expect(await world.store.marker()).toBe(ONE);
    });
  });

  describe('a write', () => {
    const first = cellsOf({
      'order:1': { '': '{"n":1}', 'rline\t1': '[1]', 'rline\t2': '[2]' },
      'order:2': { '': '{"n":2}' },
      '~rows': { 'pay:7': 'order:1', 'pay:8': 'order:2' },
      '~parked': { 'order:2': 'CODE_UNKNOWN' },
    });

    it('is seen whole, with the marker, in the order asked for', async () => {
      await world.store.save(null, ONE, first);
      expect(await world.store.marker()).toBe(ONE);
      expect(await world.store.load(ONE, ['order:2', 'order:9', 'order:1'])).toEqual([
        fieldsOf({ '': '{"n":2}' }),
        fieldsOf({}),
        fieldsOf({ '': '{"n":1}', 'rline\t1': '[1]', 'rline\t2': '[2]' }),
      ]);
      expect(await world.store.loadFields(ONE, '~rows', ['pay:9', 'pay:7'])).toEqual([null, 'order:1']);
      expect(await world.store.loadFields(ONE, '~nothing', ['pay:9'])).toEqual([null]);
      expect(await scannedFields(ONE, '~parked')).toEqual(fieldsOf({ 'order:2': 'CODE_UNKNOWN' }));
    });

    it('replaces and removes fields, and nothing besides', async () => {
      await world.store.save(null, ONE, first);
      const second = {
        'order:1': { 'rline\t1': null, 'rline\t2': '[22]', 'rline\t3': '[3]' },
        '~rows': { 'pay:7': null },
      };
      await world.store.save(ONE, TWO, cellsOf({ ...second, '~parked': { 'order:2': null }, 'order:3': { x: null } }));
      expect(await loaded(TWO, 'order:1', 'order:2', 'order:3')).toEqual([
        fieldsOf({ '': '{"n":1}', 'rline\t2': '[22]', 'rline\t3': '[3]' }),
        fieldsOf({ '': '{"n":2}' }),
        fieldsOf({}),
      ]);
      expect(await world.store.loadFields(TWO, '~rows', ['pay:7', 'pay:8'])).toEqual([null, 'order:2']);
      expect(await scannedFields(TWO, '~parked')).toEqual(fieldsOf({}));
    });

    it('of two cells of one place keeps the later one', async () => {
      const places = { hash: 'order:1', field: 'a' };
      const others = { hash: 'order:1', field: 'b' };
      await world.store.save(null, ONE, [
        { ...places, value: '1' },
        { ...others, value: '1' },
        { ...places, value: null },
        { ...others, value: '2' },
        { ...others, field: 'c', value: null },
        { ...others, field: 'c', value: '3' },
      ]);
      expect(await loaded(ONE, 'order:1')).toEqual([fieldsOf({ b: '2', c: '3' })]);
    });

    it('takes an empty value for a value', async () => {
      await world.store.save(null, ONE, cellsOf({ 'order:1': { '': '', a: '' }, '~rows': { '': '' } }));
      expect(await loaded(ONE, 'order:1')).toEqual([fieldsOf({ '': '', a: '' })]);
      expect(await world.store.loadFields(ONE, '~rows', ['', 'a'])).toEqual(['', null]);
    });

    it('from where the store no longer is changes nothing', async () => {
      await world.store.save(null, ONE, first);
      await world.other.save(ONE, TWO, cellsOf({ 'order:1': { '': 'other' } }));
      await expect(world.store.save(ONE, 'three', cellsOf({ 'order:1': { '': 'mine' } }))).rejects.toMatchObject(moved);
      expect(await world.store.marker()).toBe(TWO);
      expect((await loaded(TWO, 'order:1'))[0]?.get('')).toBe('other');
    });

    it('that is sent again, because its answer was lost, changes nothing more', async () => {
      await world.store.save(null, ONE, first);
      await world.store.save(null, ONE, cellsOf({ 'order:2': { '': 'again' } }));
      expect(await loaded(ONE, 'order:2')).toEqual([fieldsOf({ '': '{"n":2}' })]);
    });

    it('of many hashes, or of many fields of one, is one step', async () => {
      const hashes = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`order:${i}`, { '': String(i) }]));
      const fields = Object.fromEntries(Array.from({ length: 9_001 }, (_, i) => [`r\t${i}`, String(i)]));
      await world.store.save(null, ONE, cellsOf({ ...hashes, 'order:big': fields }));
      expect(await loaded(ONE, ...Object.keys(hashes))).toEqual(Object.values(hashes).map(fieldsOf));
      expect(await loaded(ONE, 'order:big')).toEqual([fieldsOf(fields)]);
      const gone = Object.fromEntries(Object.keys(fields).map((field) => [field, null]));
      await world.store.save(ONE, TWO, cellsOf({ 'order:big': { ...gone, 'r\t7': 'stays' } }));
      expect(await loaded(TWO, 'order:big')).toEqual([fieldsOf({ 'r\t7': 'stays' })]);
    });

    it('keeps names and values apart, however odd', async () => {
      const cells = ODD.flatMap((hash, h) =>
        ODD.map((field, f): Cell => ({ hash, field, value: `${h}.${f} ${field}` })),
      );
      await world.store.save(null, ONE, cells);
      const expected = ODD.map((_, h) => new Map(ODD.map((field, f) => [field, `${h}.${f} ${field}`])));
      expect(await loaded(ONE, ...ODD)).toEqual(expected);
      expect(await scanned(ONE)).toEqual(new Map(ODD.map((hash, h) => [hash, expected[h]])));
      expect(await scannedFields(ONE, ODD[6] ?? '')).toEqual(expected[6]);
      expect(await world.store.loadFields(ONE, ODD[6] ?? '', ODD)).toEqual([...(expected[6]?.values() ?? [])]);
      await world.store.save(ONE, TWO, [...ODD.map((hash): Cell => ({ hash, field: ODD[6] ?? '', value: null }))]);
      expect((await loaded(TWO, ...ODD)).map(({ size }) => size)).toEqual(ODD.map(() => ODD.length - 1));
      await world.store.save(TWO, 'three', [{ hash: 'order:1', field: 'v', value: '\ud800' }]);
      expect(await world.store.loadFields('three', 'order:1', ['v'])).toEqual(['\ud800']);
    });

    it('into the hash of the marker is a fault', async () => {
      const cells = cellsOf({ '~marker': { at: TWO } });
      const saving = async (): Promise<void> => world.store.save(null, ONE, cells);
      await expect(saving()).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' });
    });
  });

  describe('a read of much', () => {
    const shape = (text: string | null | undefined): string => `${text?.[0]} x ${text?.length}`;
    const long = Array.from({ length: 4 }, (_, i) => String(i).repeat(2_200_000));

    it('of hashes is answered in parts, each of them in order and with at least one', async () => {
      const hashes = Object.fromEntries(long.map((value, i) => [`order:${i}`, { [`f${i}`]: value }]));
      for (const [i, [hash, fields]] of Object.entries(hashes).entries())
        await world.store.save(i === 0 ? null : String(i - 1), String(i), cellsOf({ [hash]: fields }));
      const asked = [...Object.keys(hashes), 'order:none'];
      const some = await world.store.load('3', asked);
      expect(some.length).toBe(2);
      const all = await loaded('3', ...asked);
      expect(all.map((fields) => shape([...fields.values()][0]))).toEqual([...long.map(shape), shape(undefined)]);
      const scan = await world.store.scan('3', null);
      expect(scan.hashes.length).toBeLessThan(4);
      expect((await scanned('3')).size).toBe(4);
    });

    it('of fields likewise', async () => {
      for (const [i, value] of long.entries())
        await world.store.save(i === 0 ? null : String(i - 1), String(i), cellsOf({ '~rows': { [`f${i}`]: value } }));
      const asked = [...long.keys(), 'none'].map((i) => `f${i}`);
      expect((await world.store.loadFields('3', '~rows', asked)).length).toBe(2);
      const all = await loadAll(asked, (some) => world.store.loadFields('3', '~rows', some));
      expect(all.map(shape)).toEqual([...long.map(shape), shape(null)]);
    });
  });

  describe('a stub', () => {
    const stubs = { 'order:1': '{"s":3}', 'order:2': '{"s":1}', '~rows': 'no aggregate' };

    it('stands for an aggregate that has no hash, and for nothing else', async () => {
      await world.store.save(null, ONE, cellsOf({ '~stubs': stubs, 'order:2': { '': 'back', r: '1' } }));
      expect(await loaded(ONE, 'order:1', 'order:2', 'order:3', '~rows', '~stubs')).toEqual([
        fieldsOf({ '': '{"s":3}' }),
        fieldsOf({ '': 'back', r: '1' }),
        fieldsOf({}),
        fieldsOf({}),
        fieldsOf(stubs),
      ]);
      expect(await world.store.loadFields(ONE, 'order:1', [''])).toEqual([null]);
    });

    it('is no aggregate to a scan', async () => {
      await world.store.save(null, ONE, cellsOf({ '~stubs': stubs, 'order:2': { '': 'back' } }));
      expect(await scanned(ONE)).toEqual(new Map([['order:2', fieldsOf({ '': 'back' })]]));
      expect(await scannedFields(ONE, '~stubs')).toEqual(fieldsOf(stubs));
    });
  });

  describe('a scan', () => {
    const many = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, i) => [`order:${i}`, { '': `{"n":${i}}`, 'rline\t1': `[${i}]` }]),
    );
    const others = {
      '~rows': { 'pay:7': 'order:1' },
      '~parked': { 'order:2': 'X' },
      '~queue:order:2': { '1': '{}' },
    };

    it('gives every aggregate whole, and nothing that is none', async () => {
      await world.store.save(null, ONE, cellsOf({ ...many, ...others }));
      expect(await scanned(ONE)).toEqual(
        new Map(Object.entries(many).map(([hash, fields]) => [hash, fieldsOf(fields)])),
      );
    });

    it('comes in parts of a bounded size', async () => {
      await world.store.save(null, ONE, cellsOf(many));
      const { hashes, next } = await world.store.scan(ONE, null);
      expect(hashes.length).toBeLessThan(3_000);
      expect(next).not.toBeNull();
    });

    it('gives what is there from its beginning to its end, as it was or as it is, though others come and go', async () => {
      await world.store.save(null, ONE, cellsOf(many));
      const first = await world.store.scan(ONE, null);
      const changes = Object.keys(many).map(
        (hash, i) => [hash, { '': i % 2 === 0 ? '{}' : null, 'rline\t1': null }] as const,
      );
      const fresh = Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`fresh:${i}`, { '': '{}' }]));
      await world.store.save(ONE, TWO, cellsOf({ ...Object.fromEntries(changes), ...fresh }));
      const found = new Set(first.hashes.map(([hash]) => hash));
      for (let from = first.next; from !== null;) {
        const scan: Awaited<ReturnType<StateStore['scan']>> = await world.store.scan(TWO, from);
        for (const [hash, fields] of scan.hashes) {
          found.add(hash);
          expect(fields).toEqual(fieldsOf({ '': '{}' }));
        }
        from = scan.next;
      }
      expect(Object.keys(many).filter((hash, i) => i % 2 === 0 && !found.has(hash))).toEqual([]);
    });

    it('of an empty store gives nothing', async () => {
      await world.store.save(null, ONE, []);
      expect(await scanned(ONE)).toEqual(new Map());
      expect(await scannedFields(ONE, '~rows')).toEqual(new Map());
    });

    it('of the fields of one hash gives all of them, in parts', async () => {
      const rows = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`pay:${i}`, `order:${i % 100}`]));
      await world.store.save(null, ONE, cellsOf({ '~rows': rows, '~parked': others['~parked'] }));
      expect((await world.store.scanFields(ONE, '~rows', null)).fields.size).toBeLessThan(5_000);
      expect(await scannedFields(ONE, '~rows')).toEqual(fieldsOf(rows));
    });

    it('is refused when the marker is not where it was left, or lost with everything', async () => {
      const rows = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`pay:${i}`, 'order:1']));
      await world.store.save(null, ONE, cellsOf({ ...many, '~rows': rows }));
      const { next } = await world.store.scan(ONE, null);
      const fields = await world.store.scanFields(ONE, '~rows', null);
      await world.other.save(ONE, TWO, []);
      await expect(world.store.scan(ONE, next)).rejects.toMatchObject(moved);
      await expect(world.store.scanFields(ONE, '~rows', fields.next)).rejects.toMatchObject(moved);
      await world.lose();
      await expect(world.store.scan(TWO, null)).rejects.toMatchObject(moved);
      await expect(world.store.scanFields(TWO, '~rows', null)).rejects.toMatchObject(moved);
    });
  });

  describe('a read', () => {
    it('is refused when another member has moved the marker', async () => {
      await world.store.save(null, ONE, cellsOf({ 'order:1': { '': '{}' } }));
      await world.other.save(ONE, TWO, []);
      await expect(world.store.load(ONE, ['order:1'])).rejects.toMatchObject(moved);
      await expect(world.store.loadFields(ONE, '~rows', ['pay:7'])).rejects.toMatchObject(moved);
    });

    it('is refused, not answered with nothing, when everything was lost', async () => {
      await world.store.save(null, ONE, cellsOf({ 'order:1': { '': '{}' }, '~parked': { 'order:1': 'ROW_INVALID' } }));
      await world.lose();
      expect(await world.store.marker()).toBeNull();
      await expect(world.store.load(ONE, ['order:1'])).rejects.toMatchObject(moved);
      await expect(world.store.save(ONE, TWO, [])).rejects.toMatchObject(moved);
    });

    it('of nothing asks nothing', async () => {
      expect(await world.store.load(ONE, []).catch(() => [])).toEqual([]);
    });
  });

  restorePromises(() => world);
}
