/** `dragoman parked` over a pipeline in memory: what is shown of what waits, and many that are taken up again. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { checkWords } from '../../../../src/cli/operator/aggregate-command.js';
import type { Desk } from '../../../../src/cli/operator/desk.js';
import { ADVICE } from '../../../../src/cli/parked/advice.js';
import { type Listed, listed } from '../../../../src/cli/parked/list.js';
import { type ParkedRetryOptions, retryMany } from '../../../../src/cli/parked/retry.js';
import { showParked } from '../../../../src/cli/parked/show.js';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import { LOOKUP_AGGREGATE } from '../../../../src/domain/tables/feed.js';
import { ownsId, WHOLE } from '../../../../src/domain/shard.js';
import { REFUSAL_CODES } from '../../../../src/domain/refusal.js';
import type { TaskSettings } from '../../../../src/pipeline/task.js';
import { written } from '../../../support/command.js';
import { isStreamedRow } from '../../../support/recorded/histories.js';
import { edited, envelopeOf, readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { lookingRules } from '../../../support/sources/looking-rules.js';
import { dividedStores, type RigShard } from '../state/stored-rig.js';

const records = readRecording('postgres/01-lifecycle');
const isHeader = (record: RecordedRecord): boolean => record.topic === 'legacy.oms.ord_hdr' && isStreamedRow(record);
/** The last change of each order's header, so that what came before is published. */
const lastOf = new Map(records.filter(isHeader).map((record) => [record.key, record] as const));
const bad = new Map(
  [...lastOf.values()]
    .filter((record) => envelopeOf(record).op === 'u')
    .map((record) => [record, edited(record, ({ after }) => (after!.sts_cd = '77'))]),
);
const poisoned = records.map((record) => bad.get(record) ?? record);

let rules: LoadedRules;
let sound: Rig;
beforeAll(async () => {
  rules = await retailerRules();
  sound = new Rig(records, { rules });
  await sound.live();
});

/** Rules that know the code 77, as any known one. */
function knowing(rig: Rig): TaskSettings {
  const table = rules.rules.tables.get('oms.ord_hdr')!;
  const { sts_cd: column } = table.columns;
  if (column?.type.kind !== 'code') throw new Error('sts_cd is a code');
  const codes = { ...column.type.codes, '77': Object.values(column.type.codes)[0]! };
  const columns = { ...table.columns, sts_cd: { ...column, type: { ...column.type, codes } } };
  return {
    ...rig.settings('knowing'),
    rules: { ...rules.rules, tables: new Map([...rules.rules.tables, ['oms.ord_hdr', { ...table, columns }]]) },
  };
}

/** Rules that call the order a sale. */
function renamed(rig: Rig): TaskSettings {
  const settings = knowing(rig);
  const firstNames = new Map([...settings.rules.firstNames, ['sale', 'order'] as const]);
  const order = { ...settings.rules.aggregates.get('order')!, called: 'sale' };
  return { ...settings, rules: { ...settings.rules, firstNames, aggregates: new Map([['order', order]]) } };
}

async function parked(): Promise<Rig> {
  const rig = new Rig(poisoned, { rules });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(Object.keys(rig.parked())).toHaveLength(bad.size);
  expect(bad.size).toBeGreaterThan(10);
  return rig;
}

const deskOf = (rig: Rig, settings = rig.settings()): Desk & { readonly sent: string[] } => {
  const sent: string[] = [];
  return {
    sent,
    pipeline: 'orders',
    shards: [{ shard: WHOLE, task: 'orders', store: rig.store }],
    settings: () => Promise.resolve(settings),
    send: async (command) => {
      sent.push(command.kind);
      rig.command(command);
      await rig.live(rig.ports(), settings);
    },
  };
};
const OPTIONS: ParkedRetryOptions = { code: 'CODE_UNKNOWN', reason: 'it is known', wait: 1, max: 100, rate: 1_000 };
const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);

describe('parked list', () => {
  it('gives the oldest first, with what is at stake', async () => {
    const rig = await parked();
    const all = await listed(deskOf(rig), {}, Date.now());
    expect(ids(all).sort()).toEqual(
      Object.keys(rig.parked())
        .map((text) => text.slice('order:'.length))
        .sort(),
    );
    expect(all.map(({ sinceMs }) => sinceMs)).toEqual(all.map(({ sinceMs }) => sinceMs).sort((a, b) => a - b));
    expect(all[0]).toMatchObject({ aggregate: 'order', code: 'CODE_UNKNOWN', waiting: expect.any(Number) as number });
    const open = rig.states().get(`order:${all[0]?.id ?? ''}`)!.fired;
    const importances = rules.rules.aggregates
      .get('order')!
      .facts.filter(({ definition }) => definition.kind === 'row' || !(definition.name in open));
    expect(importances.map(({ definition }) => definition.importance)).toContain(all[0]?.severity);
  });

  it('filters by code, aggregate, severity and age', async () => {
    const rig = await parked();
    const desk = deskOf(rig);
    const all = await listed(desk, {}, Date.now());
    const [oldest] = all;
    const count = async (filter: Parameters<typeof listed>[1], nowMs = oldest!.sinceMs + 1_000) =>
      (await listed(desk, filter, nowMs)).length;
    expect(await count({ code: 'CODE_UNKNOWN', aggregate: 'order' })).toBe(all.length);
    expect(await count({ code: 'RULE_THREW' })).toBe(0);
    expect(await count({ aggregate: 'return' })).toBe(0);
    expect(await count({ severity: oldest!.severity })).toBe(
      all.filter(({ severity }) => severity === oldest!.severity).length,
    );
    expect(await count({ olderThan: 1 })).toBe(all.filter(({ sinceMs }) => sinceMs === oldest!.sinceMs).length);
    expect(await count({ olderThan: 2 })).toBe(0);
  });
});

describe('an aggregate that was renamed', () => {
  it('is shown by its name of now, and known by each that it had', async () => {
    const rig = await parked();
    const desk = deskOf(rig, renamed(rig));
    const all = await listed(desk, {}, Date.now());
    expect(new Set(all.map(({ aggregate }) => aggregate))).toEqual(new Set(['sale']));
    for (const aggregate of ['sale', 'order']) {
      expect(await listed(desk, { aggregate }, Date.now())).toEqual(all);
      const shown = await written(() => showParked({ aggregate, id: all[0]!.id }, desk, { max: 20 }));
      expect(shown.out.join('\n')).toContain(`severity ${all[0]!.severity}`);
    }
    const { code } = await written(() => retryMany(desk, { ...OPTIONS, aggregate: 'sale' }));
    expect(code).toBe(0);
    expect(rig.parked()).toEqual({});
    const told = rig.told.flatMap((event) => (event.kind === 'unparked' ? [event.aggregate] : []));
    expect(new Set(told)).toEqual(new Set(['sale']));
  });
});

describe('parked show', () => {
  it('says why, what waits, what would happen now, and what to do', async () => {
    const rig = await parked();
    const [{ id } = { id: '' }] = await listed(deskOf(rig), {}, Date.now());
    const { code, out } = await written(() => showParked({ aggregate: 'order', id }, deskOf(rig), { max: 20 }));
    expect(code).toBe(0);
    const text = out.join('\n');
    expect(text).toMatch(new RegExp(`^order ${id} is parked since 20.*Z: CODE_UNKNOWN, severity `));
    expect(text).toMatch(/oms\.ord_hdr\.sts_cd has the code "77"/);
    expect(text).toMatch(/ {2}legacy:\d+:\d+ \(transaction\) committed 20/);
    expect(text).toContain('then parked again: CODE_UNKNOWN');
    expect(text).toContain(`retry after: ${ADVICE.CODE_UNKNOWN.retry}`);
    expect(text).toContain('discard means: ');
    const sure = await written(() => showParked({ aggregate: 'order', id }, deskOf(rig, knowing(rig)), { max: 20 }));
    expect(sure.out.join('\n')).toContain('nothing waits any more');
  });

  it.each(['personal', 'payment'])('shows no %s value, and no more change sets than asked for', async (called) => {
    const rig = await parked();
    const table = rules.rules.tables.get('oms.ord_line')!;
    const sku = { ...table.columns.sku!, sensitivity: called };
    const guarded = { ...table, columns: { ...table.columns, sku } };
    const settings = { ...rig.settings(), rules: { ...rules.rules, tables: new Map([['oms.ord_line', guarded]]) } };
    const all = await listed(deskOf(rig), {}, Date.now());
    const texts: string[] = [];
    for (const { id, waiting } of all) {
      const desk = deskOf(rig, settings);
      const { out } = await written(() => showParked({ aggregate: 'order', id }, desk, { max: 1, json: true }));
      const shown = JSON.parse(out.join('')) as { waiting: unknown[]; more: number };
      expect([shown.waiting.length, shown.more]).toEqual([1, waiting - 1]);
      const whole = await written(() => showParked({ aggregate: 'order', id }, desk, { max: 100 }));
      texts.push(...out, ...whole.out);
    }
    const lines = texts.filter((text) => text.includes('"sku":'));
    expect(lines).not.toEqual([]);
    for (const line of lines)
      expect(
        line
          .split('"sku":')
          .slice(1)
          .every((rest) => rest.startsWith(`"[${called}]"`)),
      ).toBe(true);
    // Of a table without definition nothing is known to be public.
    expect(texts.filter((text) => /oms\.pay_txn \S+ \{"/.test(text))).toEqual([]);
  });

  it('of what is not parked is refused', async () => {
    const rig = await parked();
    await expect(showParked({ aggregate: 'order', id: '1' }, deskOf(rig), { max: 1 })).rejects.toThrow(/known/);
    await expect(showParked({ aggregate: 'order', id: '1' }, deskOf(sound), { max: 1 })).rejects.toMatchObject({
      code: 'COMMAND_REFUSED',
    });
  });

  it('knows what to do about every reason', () => {
    expect(Object.keys(ADVICE).sort()).toEqual([...REFUSAL_CODES].sort());
  });
});

describe('parked orders of several shards', () => {
  it('are one list, the oldest first, and each is looked at where it is', async () => {
    const rig = await parked();
    const shards = await dividedStores(rig, 3);
    const [one, several] = [deskOf(rig), { ...deskOf(rig), shards }];
    const all = await listed(several, {}, Date.now());
    const byAge = (list: readonly Listed[]) =>
      [...list].sort((a, b) => a.sinceMs - b.sinceMs || (a.id < b.id ? -1 : 1));
    expect(byAge(all)).toEqual(byAge(await listed(one, {}, Date.now())));
    for (const { shard } of shards) expect(all.some(({ id }) => ownsId(shard, id))).toBe(true);
    for (const { id } of all) {
      const show = async (desk: Desk) => written(() => showParked({ aggregate: 'order', id }, desk, { max: 20 }));
      expect(await show(several)).toEqual(await show(one));
    }
  });

  it('are told once also when each shard keeps them: rows of lookup tables', async () => {
    const rig = new Rig(poisoned, { rules: lookingRules(rules) });
    await rig.live();
    const shards = await dividedStores(rig, 3);
    const names = async (desk: Desk) =>
      (await listed(desk, {}, Date.now())).map(({ aggregate, id }) => `${aggregate} ${id}`);
    const all = await names({ ...deskOf(rig), shards });
    expect(all.sort()).toEqual((await names(deskOf(rig))).sort());
    expect(all.filter((name) => name.startsWith(LOOKUP_AGGREGATE)).length).toBeGreaterThan(3);
  });

  it('are not shown when one shard cannot be told', async () => {
    const rig = await parked();
    const [first, second] = (await dividedStores(rig, 2)) as [RigShard, RigShard];
    const desk = { ...deskOf(rig), shards: [first, { ...second, store: new MemoryStore() }] };
    await expect(listed(desk, {}, Date.now())).rejects.toMatchObject({
      code: 'COMMAND_REFUSED',
      message: expect.stringMatching(/^orders\.1: Redis holds nothing/) as string,
    });
  });
});

describe('parked retry of many', () => {
  it('takes them up one after the other, the oldest first, and publishes what a sound run would have', async () => {
    const rig = await parked();
    const desk = deskOf(rig, knowing(rig));
    const order = ids(await listed(desk, {}, Date.now()));
    const { code, out, err } = await written(() => retryMany(desk, OPTIONS));
    expect([code, desk.sent]).toEqual([0, order.map(() => 'unpark')]);
    expect(out.map((line) => line.split(' ')[2]?.replace(':', ''))).toEqual(order);
    expect(err).toContain(`${bad.size} applied, 0 parked again, 0 refused, 0 left`);
    expect(Object.keys(await rig.parkedInStore()).length).toBe(0);
    const audits = rig.journal().filter(({ outcome }) => outcome === 'command');
    expect(audits.map(({ command }) => command?.reason)).toEqual(order.map(() => 'it is known'));
  });

  it('takes no more than --max, and says how many are left', async () => {
    const rig = await parked();
    const { code, out } = await written(() => retryMany(deskOf(rig, knowing(rig)), { ...OPTIONS, max: 2, json: true }));
    const shown = JSON.parse(out.join('')) as object;
    expect([code, shown]).toEqual([
      0,
      expect.objectContaining({ dryRun: false, applied: 2, parkedAgain: 0, refused: 0, left: bad.size - 2 }) as object,
    ]);
    expect(Object.keys(await rig.parkedInStore()).length).toBe(bad.size - 2);
  });

  it('tried, sends nothing, and says what would become of each', async () => {
    const rig = await parked();
    const before = rig.journal().length;
    for (const [settings, result] of [
      [rig.settings(), 'parked again'],
      [knowing(rig), 'applied'],
    ] as const) {
      const desk = deskOf(rig, settings);
      const { code, out } = await written(() => retryMany(desk, { ...OPTIONS, dryRun: true }));
      expect([code, desk.sent]).toEqual([result === 'applied' ? 0 : 3, []]);
      expect(out.filter((line) => line.startsWith(`${result} order `))).toHaveLength(bad.size);
    }
    expect(rig.journal()).toHaveLength(before);
  });

  it('stops when ten in a row are parked again', async () => {
    const rig = await parked();
    const desk = deskOf(rig);
    const { code, err } = await written(() => retryMany(desk, OPTIONS));
    expect(code).toBe(3);
    expect(desk.sent).toHaveLength(10);
    expect(err).toContain('the cause is still there');
    expect(err).toContain(`0 applied, 10 parked again, 0 refused, ${bad.size - 10} left`);
  });

  it('needs a reason', () => {
    expect(() => checkWords({ wait: 1 })).toThrow(/--reason/);
  });
});
