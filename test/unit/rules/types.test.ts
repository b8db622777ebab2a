/** What TypeScript knows of a rule: checked by the compiler, so these tests need not run to fail. */
import { expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  aggregate,
  contract,
  legacy,
  lookup,
  many,
  one,
  publish,
  table,
  via,
  type RowOf,
  type ViewOf,
} from '../../../src/rules/index.js';

const columns = {
  id: legacy.bigint(),
  n: legacy.integer(),
  amount: legacy.decimal({ scale: 2 }),
  status: legacy.code({ A: 'active', X: false }),
  note: legacy.text().nullable().personal(),
  since: legacy.timestamp({ unit: 'micros', zone: 'UTC' }),
  ok: legacy.boolean().nullable(),
};
const sample = table('s.sample', { key: ['id'], columns });

it('gives each column the type of its values', () => {
  expectTypeOf<RowOf<typeof columns>>().toEqualTypeOf<{
    readonly id: string;
    readonly n: number;
    readonly amount: string;
    readonly status: 'active' | false;
    readonly note: string | null;
    readonly since: string;
    readonly ok: boolean | null;
  }>();
});

it('knows the key columns', () => {
  // @ts-expect-error -- a key column must be declared
  table('s.wrong', { key: ['missing'], columns });
});

it('shows one row or many', () => {
  const [head, all] = [one(sample, (row) => row.id), many(sample, (row) => [row.id, row.n])];
  expect([head.cardinality, all.cardinality]).toEqual(['one', 'many']);
  type View = ViewOf<{ head: typeof head; all: typeof all }>;
  expectTypeOf<View['head']>().toEqualTypeOf<RowOf<typeof columns> | undefined>();
  expectTypeOf<View['all']>().toEqualTypeOf<readonly RowOf<typeof columns>[]>();
});

it('carries the data of a fact into its publication', () => {
  const thing = aggregate(
    'thing',
    { all: many(sample, (row) => row.id) },
    {
      context: { plant: () => 'A', shelf: (o) => o.all[0]?.note ?? null },
    },
  );
  const added = thing.each('all').inserted('SampleAdded', {
    importance: 'low',
    data: (_, row) => ({ n: row.n, note: row.note }),
  });
  const prose = { topic: 't', key: 'k', owner: 'o', meaning: 'm', certainty: 'c', notSentWhen: 'n' };
  const addedV1 = contract('SampleAdded', 1, { ...prose, data: z.object({ n: z.int() }), example: { n: 1 } });
  publish(added).as(addedV1, ({ data, context }) => {
    expectTypeOf(data).toEqualTypeOf<{ n: number; note: string | null }>();
    expectTypeOf(context).toEqualTypeOf<Readonly<Record<'plant' | 'shelf', string | null>>>();
    return { n: data.n };
  });
  // @ts-expect-error -- the contract wants a number
  publish(added).as(addedV1, ({ data }) => ({ n: data.note }));
  // @ts-expect-error -- there is no such member
  thing.each('some');
});

it('knows the row that is found via another, and the parent', () => {
  const child = table('s.child', { key: ['no'], columns: { no: legacy.bigint(), parent: legacy.bigint() } });
  const children = many(
    child,
    via(sample, (row) => {
      expectTypeOf(row).toEqualTypeOf<{ readonly no: string; readonly parent: string }>();
      return row.parent;
    }),
  );
  expect(children.parent).toBe(sample);
  type View = ViewOf<{ children: typeof children }>;
  expectTypeOf<View['children']>().toEqualTypeOf<readonly { readonly no: string; readonly parent: string }[]>();
  const unfit = via(sample, (row: { readonly missing: string }) => row.missing);
  // @ts-expect-error -- the row has no such column
  many(child, unfit);
  // @ts-expect-error -- at most one row is found by the key of the aggregate, never via others
  one(child, unfit);
});

it('shows the rows of lookup tables, in milestones, in data and in conditions on rows', () => {
  const thing = aggregate(
    'thing',
    { all: many(sample, (row) => row.id) },
    {
      lookups: { samples: lookup(sample) },
      context: { shelf: (o) => o.samples.get('1')?.note ?? null },
    },
  );
  thing.milestone('Seen', {
    importance: 'low',
    when: { 'it is there': (o) => o.samples.get('1', null, undefined) !== undefined },
    data: (o) => {
      expectTypeOf(o.samples.get('1')).toEqualTypeOf<RowOf<typeof columns> | undefined>();
      expectTypeOf(o.all).toEqualTypeOf<readonly RowOf<typeof columns>[]>();
      return {};
    },
  });
  thing.each('all').became('Active', {
    importance: 'low',
    when: { 'it is active': (row, { samples }) => samples.get(row.id)?.status === 'active' },
    data: (o, row) => ({ amount: o.samples.get(row.id)?.amount ?? null }),
  });
  const plain = aggregate('plain', { all: many(sample, (row) => row.id) });
  plain.milestone('Seen', {
    importance: 'low',
    // @ts-expect-error -- the aggregate declares no lookups
    when: { 'it is there': (o) => o.samples !== undefined },
    data: () => ({}),
  });
});
