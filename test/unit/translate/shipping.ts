/** Orders whose parcels and their contents know the order only via shipments; notes know their line; warehouses are looked up. */
import { z } from 'zod';
import { compileRuleSet } from '../../../src/rules/compile.js';
import {
  aggregate,
  contract,
  legacy,
  lookup,
  many,
  one,
  publish,
  ruleSet,
  table,
  via,
  type Publication,
} from '../../../src/rules/index.js';

export const header = table('s.header', { key: ['ord'], columns: { ord: legacy.bigint(), open: legacy.boolean() } });
export const line = table('s.line', {
  key: ['ord', 'n'],
  columns: { ord: legacy.bigint(), n: legacy.integer() },
});
export const note = table('s.note', {
  key: ['id'],
  columns: { id: legacy.bigint(), ord: legacy.bigint(), n: legacy.integer() },
});
export const shipment = table('s.shipment', {
  key: ['shp'],
  columns: { shp: legacy.bigint(), ord: legacy.bigint(), whs: legacy.text().nullable() },
});
export const parcel = table('s.parcel', {
  key: ['prc'],
  columns: { prc: legacy.bigint(), shp: legacy.bigint() },
});
export const thing = table('s.thing', {
  key: ['id'],
  columns: { id: legacy.bigint(), prc: legacy.bigint(), heavy: legacy.boolean(), shp: legacy.bigint().nullable() },
});
export const warehouse = table('s.warehouse', {
  key: ['whs'],
  columns: { whs: legacy.text(), region: legacy.text(), open: legacy.boolean() },
});

export const order = aggregate(
  'order',
  {
    header: one(header, (row) => row.ord),
    lines: many(line, (row) => row.ord),
    notes: many(
      note,
      via(line, (row) => [row.ord, row.n]),
    ),
    // Before its parents: the order of members says nothing.
    things: many(
      thing,
      via(parcel, (row) => row.prc),
    ),
    parcels: many(
      parcel,
      via(shipment, (row) => row.shp),
    ),
    shipments: many(shipment, (row) => row.ord),
  },
  { lookups: { warehouses: lookup(warehouse) } },
);

const things = order.each('things');
export const packed = things.inserted('ThingPacked', { importance: 'low', data: (_, { id }) => ({ id }) });
export const unpacked = things.deleted('ThingUnpacked', { importance: 'low', data: (_, { id }) => ({ id }) });
export const heavy = things.became('ThingBecameHeavy', {
  importance: 'low',
  when: { 'it is heavy': (row) => row.heavy },
  data: (_, { id }) => ({ id }),
});
export const northern = order.milestone('OrderShippedFromNorth', {
  importance: 'normal',
  when: {
    'a shipment leaves a northern warehouse': (o) =>
      o.shipments.some((row) => o.warehouses.get(row.whs)?.region === 'north'),
  },
  data: (o) => ({ regions: o.shipments.map((row) => o.warehouses.get(row.whs)?.region ?? null) }),
});
export const dispatched = order.each('shipments').became('ShipmentLeftOpenWarehouse', {
  importance: 'low',
  when: { 'its warehouse is open': (row, { warehouses }) => warehouses.get(row.whs)?.open === true },
  data: (_, { shp }) => ({ id: shp }),
});

const prose = { owner: 'o', meaning: 'It is so.', certainty: 'Once.', notSentWhen: 'It is not so.' };
const contractOf = (name: string) =>
  contract(name, 1, {
    ...{ ...prose, topic: 'shipping', key: 'orderId' },
    data: z.object({ id: z.string() }),
    example: { id: '1' },
  });
const northernV1 = contract('OrderShippedFromNorth', 1, {
  ...{ ...prose, topic: 'shipping', key: 'orderId' },
  data: z.object({ regions: z.array(z.string().nullable()) }),
  example: { regions: ['north'] },
});

const publications: readonly Publication[] = [
  ...[packed, unpacked, heavy, dispatched].map((fact) => publish(fact).as(contractOf(fact.name), ({ data }) => data)),
  publish(northern).as(northernV1, ({ data }) => ({ regions: [...data.regions] })),
];

export const shippingRules = ruleSet({
  aggregates: [order],
  facts: [packed, unpacked, heavy, northern, dispatched],
  publications,
});
export const shipping = compileRuleSet(shippingRules);
