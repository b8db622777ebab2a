/** The check of the source over a store in memory and a database that is a list of rows. */
import { describe, expect, it } from 'vitest';
import type { Position } from '../../../../src/domain/source/position.js';
import { WHOLE } from '../../../../src/domain/shard.js';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import type { Cell } from '../../../../src/pipeline/ports.js';
import { ColumnLists, rowText } from '../../../../src/pipeline/state/column-lists.js';
import { COLUMNS, STUBS } from '../../../../src/pipeline/state/cells.js';
import type { Again, Candidate, Chunk } from '../../../../src/reconcile/ports.js';
import { SourceCheck } from '../../../../src/reconcile/source/check.js';
import type { Followed } from '../../../../src/reconcile/source/ports.js';
import { planOf } from '../../../../src/reconcile/source/tables.js';
import { aggregate, legacy, lookup, many, one, table, via } from '../../../../src/rules/index.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { ListedRows, type Rows } from '../../../support/reconciliation/listed-rows.js';

const country = table('oms.country', {
  key: ['cd'],
  columns: { cd: legacy.text({ trim: true }), name: legacy.text() },
});
const header = table('oms.hdr', {
  key: ['no'],
  columns: { no: legacy.bigint(), sts: legacy.code({ '10': 'new', '20': 'ready' }), who: legacy.text().personal() },
});
const line = table('oms.line', {
  key: ['no', 'kind'],
  columns: { no: legacy.bigint(), kind: legacy.text(), qty: legacy.integer().nullable() },
});
const release = table('oms.rel', { key: ['id'], columns: { id: legacy.bigint(), no: legacy.bigint() } });

const order = aggregate(
  'order',
  {
    header: one(header, (row) => row.no),
    lines: many(line, (row) => row.no),
    releases: many(release, (row) => row.no),
  },
  { lookups: { countries: lookup(country) } },
);
const rules = compileRuleSet({ aggregates: [order], facts: [], publications: [] });

const KEYS = { 'oms.hdr': ['no'], 'oms.line': ['no', 'kind'], 'oms.rel': ['id'], 'oms.country': ['cd'] };
const COLUMNS_OF = {
  'oms.hdr': ['no', 'sts', 'who', 'undeclared'],
  'oms.line': ['no', 'kind', 'qty'],
  'oms.rel': ['id', 'no'],
  'oms.country': ['cd', 'name'],
  'oms.shp': ['id', 'no'],
  'oms.parcel': ['id', 'shp'],
  'oms.content': ['id', 'parcel'],
};
const listed = (rows: Record<string, Rows>, keys: Record<string, readonly string[]> = KEYS): ListedRows =>
  new ListedRows(rows, keys, COLUMNS_OF);

const MARKER = JSON.stringify({ v: 2, cluster: 'c', commit: 1, timeMs: 0, state: [1] });
const lists = new ColumnLists();
const MEMORY = '{"sequences":{},"at":{}}';
const cell = (hash: string, field: string, value: string): Cell => ({ hash, field, value });
const stored = (id: string, name: string, key: string, row: Parameters<typeof rowText>[0]): Cell =>
  cell(`order:${id}`, `r${name}\t${key}`, rowText(row, lists));

async function storeOf(cells: readonly Cell[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  const all = [...lists.takeFresh()].map(([id, text]) => cell(COLUMNS, id, text));
  kept.push(...all);
  await store.save(null, MARKER, [...kept, ...cells]);
  return store;
}
/** Lists that were made once are stored in each. */
const kept: Cell[] = [];

interface World {
  readonly database: ListedRows;
  readonly cells: readonly Cell[];
  readonly followed?: () => ReadonlyMap<string, Followed>;
}

const PASSED: ReadonlyMap<string, Followed> = new Map([
  ['legacy', { position: '00000000000000000200' as Position, isAtEnd: true }],
]);

async function checkOf(
  { database, cells, followed = () => PASSED }: World,
  wanted: readonly string[] = [],
  of = rules,
) {
  const store = await storeOf(cells);
  let now = 0;
  const ports = {
    databases: [{ name: 'legacy', rows: database, schemas: {} }],
    shards: [{ shard: WHOLE, at: <T>(read: (of: MemoryStore, marker: string) => Promise<T>) => read(store, MARKER) }],
    followed: () => Promise.resolve(followed()),
    nowMs: () => now,
    sleep: (ms: number) => Promise.resolve((now += ms)),
  };
  const databases = [{ ...ports.databases[0]!, tables: await database.tables() }];
  const plan = planOf({ rules: of, databases, isComplete: true, wanted });
  return { check: new SourceCheck({ ports, plan, rules: of, qualifier: null }), now: () => now };
}

async function walked(
  check: SourceCheck,
  from = '',
): Promise<{ chunks: Chunk[]; candidates: Candidate[]; counts: Record<string, number> }> {
  const chunks: Chunk[] = [];
  for await (const chunk of check.chunks(from)) chunks.push(chunk);
  const counts: Record<string, number> = {};
  for (const chunk of chunks)
    for (const [word, count] of Object.entries(chunk.counts)) counts[word] = (counts[word] ?? 0) + count;
  return { chunks, candidates: chunks.flatMap(({ candidates }) => candidates), counts };
}

const signal = new AbortController().signal;
const found = (all: readonly Candidate[]): string[] =>
  all
    .map(
      ({ found: { class: is, aggregate: type, businessKey, subject } }) =>
        `${is} ${type}:${businessKey} ${subject.table} ${subject.row}`,
    )
    .sort();

const SAME: Record<string, Rows> = {
  'oms.hdr': [{ no: '1', sts: '10', who: 'Ann' }],
  'oms.line': [{ no: '1', kind: 'A', qty: '2' }],
  'oms.rel': [{ id: '7', no: '1' }],
  'oms.country': [{ cd: 'DE ', name: 'Germany' }],
};
const CELLS: readonly Cell[] = [
  cell('order:1', '', MEMORY),
  stored('1', 'oms.hdr', '1', { no: '1', sts: 'new', who: 'Ann' }),
  stored('1', 'oms.line', '1/A', { no: '1', kind: 'A', qty: 2 }),
  stored('1', 'oms.rel', '7', { id: '7', no: '1' }),
  cell('~rows', 'oms.rel:order:7', 'order:1'),
  cell('@lookup:oms.country/DE', '', MEMORY),
  cell('@lookup:oms.country/DE', 'roms.country\tDE', rowText({ cd: 'DE', name: 'Germany' }, lists)),
];

describe('the check of the source', () => {
  it('finds nothing where all is the same, a key with blanks at its end too', async () => {
    const { check } = await checkOf({ database: listed(SAME), cells: CELLS });
    const { candidates, counts, chunks } = await walked(check);
    expect([candidates, counts]).toEqual([[], {}]);
    expect(chunks.reduce((sum, { looked }) => sum + looked, 0)).toBe(4 + 1);
    expect(await check.size()).toBe(5);
  });

  it('finds what is missing, different and more, and of rows of lookup tables too', async () => {
    const database = listed({
      'oms.hdr': [
        { no: '1', sts: '20', who: 'Bob' },
        { no: '2', sts: '10', who: 'Cid' },
      ],
      'oms.line': [{ no: '1', kind: 'B', qty: null }],
      'oms.rel': [
        { id: '7', no: '1' },
        { id: '8', no: '1' },
      ],
      'oms.country': [{ cd: 'FR', name: 'France' }],
    });
    const { check } = await checkOf({ database, cells: CELLS });
    const { candidates } = await walked(check);
    expect(found(candidates)).toEqual([
      'different order:1 oms.hdr 1',
      'extra : oms.country DE',
      'extra order:1 oms.line 1/A',
      'missing : oms.country FR',
      'missing order:1 oms.line 1/B',
      'missing order:1 oms.rel 8',
      'missing order:2 oms.hdr 2',
    ]);
    const different = candidates.find(({ found: { class: is } }) => is === 'different')!.found;
    expect(different.evidence).toEqual({
      ours: '{"sts":"new","who":"[personal]"}',
      theirs: '{"sts":"ready","who":"[personal]"}',
      fields: ['sts', 'who'],
    });
    const again = await check.again(
      candidates.map((each) => each.found),
      signal,
    );
    expect(again).toEqual(candidates);
  });

  it('takes a row that names another aggregate than the index for different where it is known to be', async () => {
    const database = listed({ ...SAME, 'oms.rel': [{ id: '7', no: '3' }] });
    const { check } = await checkOf({ database, cells: CELLS });
    const { candidates } = await walked(check);
    expect(found(candidates)).toEqual(['different order:1 oms.rel 7']);
    expect(candidates[0]?.found.evidence.fields).toEqual(['no']);
  });

  it('compares nothing of what is parked, retired, of a snapshot that is not compared yet, unread, or unknown', async () => {
    const database = listed({
      'oms.hdr': ['1', '2', '3', '4', '5'].map((no) => ({ no, sts: '10', who: 'x' })),
      'oms.line': [
        { no: '4', kind: 'A', qty: '9' },
        { no: '5', kind: 'A', qty: '9' },
      ],
      'oms.rel': [],
      'oms.country': [],
    });
    const cells = [
      cell('order:1', '', '{"sequences":{},"at":{},"parked":{"code":"CODE_UNKNOWN","count":1}}'),
      stored('1', 'oms.rel', '9', { id: '9', no: '1' }),
      cell(STUBS, 'order:2', '[null,null,null,null]'),
      cell('order:3', '', '{"sequences":{},"at":{},"snapshots":{"legacy":{"stages":[["1"]]}}}'),
      cell('order:4', '', MEMORY),
      stored('4', 'oms.hdr', '4', { no: '4', sts: 'new' }),
      cell('order:4', 'roms.line\t%3F/4/A', rowText({}, lists)),
      cell('order:5', '', '{"sequences":{},"at":{},"forgotten":["oms.line"]}'),
      stored('5', 'oms.hdr', '5', { no: '5', sts: 'new', who: 'x' }),
    ];
    const { check } = await checkOf({ database, cells });
    const { candidates, counts } = await walked(check);
    expect(candidates).toEqual([]);
    expect(counts).toEqual({
      parked: 1,
      retired: 2,
      unsettled: 1,
      unread: 1,
      parkedAggregates: 1,
      unsettledAggregates: 1,
    });
  });

  it('says of each once more what it is by then', async () => {
    const database = listed({ ...SAME, 'oms.hdr': [{ no: '1', sts: '20', who: 'Ann' }] });
    const { check } = await checkOf({ database, cells: CELLS });
    const { candidates } = await walked(check);
    const refs = candidates.map((each) => each.found);
    const [first] = (await check.again(refs, signal)) as readonly Candidate[];
    expect(first?.seen).toBe(candidates[0]?.seen);
    database.lists['oms.hdr'] = [{ no: '1', sts: '20', who: 'Eve' }];
    const [changed] = (await check.again(refs, signal)) as readonly Candidate[];
    expect(changed?.seen).not.toBe(candidates[0]?.seen);
    database.lists['oms.hdr'] = [{ no: '1', sts: '10', who: 'Ann' }];
    expect(await check.again(refs, signal)).toEqual(['settled']);
    database.lists['oms.hdr'] = [];
    expect(((await check.again(refs, signal)) as readonly Candidate[])[0]?.found.class).toBe('extra');
    const gone: Again[] = ['unknown'];
    expect(
      await check.again([{ ...refs[0]!, subject: { source: 'legacy', table: 'oms.none', row: '1' } }], signal),
    ).toEqual(gone);
  });

  it('counts nothing that was committed after what is stored follows, until a source is quiet for a minute', async () => {
    const behind = new Map([['legacy', { position: '00000000000000000050' as Position, isAtEnd: true }]]);
    const database = listed({ ...SAME, 'oms.line': [] });
    const quiet = await checkOf({ database, cells: CELLS, followed: () => behind });
    const { candidates } = await walked(quiet.check);
    const refs = candidates.map((each) => each.found);
    expect(await quiet.check.again(refs, signal)).toEqual(candidates);
    expect([quiet.now() >= 60_000, quiet.now() < 70_000, quiet.check.notices()]).toEqual([
      true,
      true,
      [expect.stringContaining('legacy counts as settled')],
    ]);
    const asked = quiet.now();
    await quiet.check.again(refs, signal);
    expect(quiet.now()).toBe(asked);

    const late = new Map([['legacy', { position: '00000000000000000050' as Position, isAtEnd: false }]]);
    const busy = await checkOf({ database, cells: CELLS, followed: () => late });
    expect(await busy.check.again(refs, signal)).toEqual(['inFlight']);
  });

  it('goes on where it was, and from no position of other tables', async () => {
    const database = listed({
      ...SAME,
      'oms.hdr': Array.from({ length: 2_500 }, (_, i) => ({ no: String(10_000 + i), sts: '10', who: 'x' })),
    });
    const { check } = await checkOf({ database, cells: CELLS });
    const all = await walked(check);
    for (const [i, { position }] of all.chunks.entries()) {
      const rest = await walked(check, position);
      const wanted = all.chunks.slice(i + 1).flatMap(({ candidates }) => candidates);
      const ended = i === all.chunks.length - 1 ? all.chunks.slice(-1).flatMap(({ candidates }) => candidates) : wanted;
      expect(found(rest.candidates)).toEqual(found(ended));
    }
    const other = await checkOf({ database, cells: CELLS }, ['oms.rel']);
    await expect(walked(other.check, all.chunks[0]!.position)).rejects.toMatchObject({ code: 'RECONCILE_POSITION' });
    await expect(walked(check, 'x')).rejects.toMatchObject({ code: 'RECONCILE_POSITION' });
  });
});

describe('rows that are found via others', () => {
  const shipment = table('oms.shp', { key: ['id'], columns: { id: legacy.bigint(), no: legacy.bigint() } });
  const parcel = table('oms.parcel', { key: ['id'], columns: { id: legacy.bigint(), shp: legacy.bigint() } });
  const content = table('oms.content', { key: ['id'], columns: { id: legacy.bigint(), parcel: legacy.bigint() } });
  const shipped = compileRuleSet({
    aggregates: [
      aggregate('order', {
        header: one(header, (row) => row.no),
        shipments: many(shipment, (row) => row.no),
        parcels: many(parcel, via(shipment, (row) => row.shp)), // prettier-ignore
        contents: many(content, via(parcel, (row) => row.parcel)), // prettier-ignore
      }),
    ],
    facts: [],
    publications: [],
  });

  it('are compared where they are, with parents that are known or not', async () => {
    const database = listed(
      {
        'oms.hdr': [{ no: '1', sts: '10', who: 'Ann' }],
        'oms.shp': [{ id: '5', no: '1' }],
        'oms.parcel': [
          { id: '6', shp: '5' },
          { id: '66', shp: '55' },
        ],
        'oms.content': [
          { id: '8', parcel: '6' },
          { id: '9', parcel: '6' },
          { id: '88', parcel: '66' },
        ],
      },
      { 'oms.hdr': ['no'], 'oms.shp': ['id'], 'oms.parcel': ['id'], 'oms.content': ['id'] },
    );
    const holder = (id: string, name: string, key: string, row: Parameters<typeof rowText>[0]): Cell =>
      cell(`order?:${id}`, `r${name}\t${key}`, rowText(row, lists));
    const cells = [
      cell('order:1', '', MEMORY),
      stored('1', 'oms.hdr', '1', { no: '1', sts: 'new', who: 'Ann' }),
      stored('1', 'oms.shp', '5', { id: '5', no: '1' }),
      stored('1', 'oms.parcel', '6', { id: '6', shp: '5' }),
      stored('1', 'oms.content', '8', { id: '8', parcel: '6' }),
      cell('~rows', 'oms.shp:order:5', 'order:1'),
      cell('~rows', 'oms.parcel:order:6', 'order?:oms.shp/5'),
      cell('~rows', 'oms.content:order:8', 'order?:oms.parcel/6'),
      cell('~rows', 'oms.parcel:order:66', 'order?:oms.shp/55'),
      cell('order?:oms.shp/55', '', MEMORY),
      holder('oms.shp/55', 'oms.parcel', '66', { id: '66', shp: '55' }),
    ];
    const { check } = await checkOf({ database, cells }, [], shipped);
    const { candidates } = await walked(check);
    expect(found(candidates)).toEqual(['missing order:1 oms.content 9', 'missing order?:oms.shp/55 oms.content 88']);
    expect(
      await check.again(
        candidates.map((each) => each.found),
        signal,
      ),
    ).toEqual(candidates);
  });
});

describe('a database of another schema', () => {
  const planned = async (database: ListedRows, wanted: readonly string[] = [], isComplete = true) =>
    planOf({
      rules,
      databases: [{ name: 'legacy', rows: database, schemas: {}, tables: await database.tables() }],
      isComplete,
      wanted,
    });

  it('is refused with each table and column that is not there', async () => {
    const database = listed({}, { 'oms.hdr': ['no'], 'oms.line': ['no', 'kind'], 'oms.rel': ['id'] });
    await expect(planned(database)).rejects.toMatchObject({
      code: 'RECONCILE_SCHEMA',
      message: expect.stringContaining('oms.country is in no database') as unknown,
    });
    await expect(planned(database, ['oms.nothing'])).rejects.toMatchObject({ code: 'COMMAND_INVALID' });
    const { tables, left } = await planned(database, [], false);
    expect([[...tables.keys()], [...left.keys()]]).toEqual([['oms.hdr', 'oms.line', 'oms.rel'], ['oms.country']]);
  });

  it('leaves out a table that has no unique index, and says so', async () => {
    const { left } = await planned(listed({}, { ...KEYS, 'oms.rel': [] }));
    expect(left.get('oms.rel')).toContain('no unique index');
  });

  it('is refused when most rows of a table are not as they are declared', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ no: String(i), sts: 'unheard of', who: 'x' }));
    const { check } = await checkOf({ database: listed({ ...SAME, 'oms.hdr': rows }), cells: CELLS });
    await expect(walked(check)).rejects.toMatchObject({ code: 'RECONCILE_SCHEMA' });
  });
});
