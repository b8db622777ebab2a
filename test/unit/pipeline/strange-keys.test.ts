/** Keys of rows, aggregates, occurrences and lookups come from the legacy database: whatever they are called, each is a key like any other. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { keyText } from '../../../src/domain/tables/table.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, contract, legacy, lookup, many, one, publish, ruleSet, table } from '../../../src/rules/index.js';
import { commandOf } from '../../support/pipeline/commands.js';
import { Rig } from '../../support/rig.js';
import { SMALL_SOURCE_MS, SmallSource, type WrittenRow } from '../../support/sources/ready-orders.js';
import { findingsIn } from '../cli/state/stored-rig.js';

const HOUR = 60 * 60 * 1_000;
const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  '',
  ' a ',
  '\t',
  'a\tb',
  'a:b',
  'order:1',
  'a"b',
  'a\\b',
  '\\t',
  'a\nb',
  '\u0000',
];
const MORE = [
  '~',
  '~rows',
  '@lookup',
  '%',
  '%3F/x',
  'a/b',
  'null',
  '0',
  '["x","y"]',
  '🚚',
  '\u2028',
  'x'.repeat(30_000),
];
const keys = [...KEYS, ...MORE];

const idOf = (key: string): string => keyText([key]);

const text = legacy.text;
const own = { replicaIdentity: 'default' } as const;
const hdr = table('oms.hdr', { key: ['id'], columns: { id: text(), sts: text(), note: text().personal() }, ...own });
const line = table('oms.line', { key: ['line_id'], columns: { line_id: text(), id: text() }, ...own });

const order = aggregate(
  'order',
  { header: one(hdr, (row) => row.id), lines: many(line, (row) => row.id) },
  {
    lookups: { headers: lookup(hdr) },
    retire: { when: { done: ({ header }) => header?.sts === 'DONE' }, after: '1 hour' },
  },
);
const ready = order.milestone('OrderReady', {
  importance: 'normal',
  when: { 'it is ready': ({ header }) => header?.sts === 'READY' },
  data: ({ header, headers }) => ({ note: headers.get(header?.id)?.note ?? 'not found' }),
});
const added = order.each('lines').inserted('LineAdded', {
  importance: 'low',
  data: (_, row) => ({ note: row.line_id }),
});
const prose = { topic: 'orders.out', key: 'orderId', owner: 'o', meaning: 'm', certainty: 'c', notSentWhen: 'n' };
const shape = { ...prose, data: z.object({ note: z.string() }), example: { note: 'x' } };
const rules = {
  rules: compileRuleSet(
    ruleSet({
      aggregates: [order],
      facts: [ready, added],
      publications: [
        publish(ready).as(contract('OrderReady', 1, shape), ({ data }) => data),
        publish(added).as(contract('LineAdded', 1, shape), ({ data }) => data),
      ],
    }),
  ),
  digest: 'd'.repeat(16),
};

const header = (id: string, sts: string, op: WrittenRow['op'] = 'c'): WrittenRow => ({
  ...{ table: 'hdr', op, key: id, row: { id, sts, note: id } },
});
const lineOf = (id: string, op: WrittenRow['op'] = 'c'): WrittenRow => ({
  ...{ table: 'line', op, key: id, row: { line_id: id, id } },
});

/** Each order is ready, with a line of the same key, is told of again, is finished, and is retired; then its line is told of again, and goes. */
function written(): SmallSource {
  const source = new SmallSource(String);
  for (const key of keys) source.transaction(header(key, 'READY'), lineOf(key));
  for (const key of keys) source.transaction(header(key, 'READY', 'u'), lineOf(key, 'u'));
  for (const key of keys) source.transaction(header(key, 'DONE', 'u'));
  source.later(2 * HOUR).transaction(header('other', 'OPEN'));
  for (const key of keys) source.transaction(lineOf(key, 'u')).transaction(lineOf(key, 'd'));
  return source;
}

/** @param parts lives, each of which finds an empty store. */
async function run(parts: number, cacheBytesMax: number): Promise<Rig> {
  const { records } = written();
  const rig = new Rig([], {
    rules,
    shapedBy: records,
    settings: { cacheBytesMax },
    nowMs: SMALL_SOURCE_MS + 100 * HOUR,
  });
  const size = Math.ceil(records.length / parts);
  for (let from = 0; from < records.length; from += size) {
    rig.play(records.slice(from, from + size));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(await findingsIn(rig)).toEqual([]);
    rig.store.clear();
  }
  return rig;
}

it('is decided once, remembered and retired, whoever reads it back', async () => {
  for (const rig of [await run(1, 64_000_000), await run(7, 1_000)]) {
    expect(rig.parked()).toEqual({});
    for (const key of keys) {
      expect(rig.eventsOf(idOf(key)).map(({ eventType, note }) => [eventType, note])).toEqual([
        ['OrderReady', key],
        ['LineAdded', key],
      ]);
      expect(rig.states().get(`order:${idOf(key)}`), key.slice(0, 20)).toMatchObject({ isStub: true, rows: {} });
    }
    expect([...(rig.stored().get('~stubs')?.keys() ?? [])].sort()).toEqual(
      keys.map((key) => `order:${idOf(key)}`).sort(),
    );
    expect(rig.stored().get('~rows')).toBeUndefined();
  }
});

it('can be forgotten, as far as a command may name it', async () => {
  const rig = await run(1, 64_000_000);
  const named = keys.filter((key) => key.length <= 500);
  for (const id of named) rig.command(commandOf({ kind: 'forget', arguments: { aggregate: 'order', id: idOf(id) } }));
  expect(await rig.live()).toEqual({ kind: 'drained' });
  for (const key of named) expect(rig.states().get(`order:${idOf(key)}`), key).toMatchObject({ isErased: true });
});
