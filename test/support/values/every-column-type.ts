/** A column of every type for `test/integration/column-types.test.ts`: how to make values in PostgreSQL, and how to declare them. */
import { type Column, legacy } from '../../../src/rules/index.js';

export interface Spec {
  readonly type: string;
  /** SQL of a random value; `r` is from 0 to 1. */
  readonly random: string;
  /** Extreme values, as literals. */
  readonly extremes?: readonly string[];
  /** As the connector `plain` sends it, and as `other` does. */
  readonly plain: Column<unknown>;
  readonly other?: Column<unknown>;
  /** SQL that gives the truth as text, or as JSON text for what has parts. */
  readonly truth?: string;
}

const instants = `timestamp '1980-01-02' + random() * (timestamp '2029-12-30' - timestamp '1980-01-02')`;
const amounts = (scale: number) => ({
  plain: legacy.decimal({ scale }),
  other: legacy.decimal({ scale, wire: 'bytes' }),
});
const times = (unit: 'millis' | 'micros', zone = 'UTC') => ({
  plain: legacy.timestamp({ unit, zone }),
  other: legacy.timestamp({ unit: 'nanos', zone }),
});
const clocks = (unit: 'millis' | 'micros') => ({
  plain: legacy.time({ unit, from: '00:00' }),
  other: legacy.time({ unit: 'nanos', from: '00:00' }),
});
const text = legacy.text();

/** By column name. */
export const SPECS: Readonly<Record<string, Spec>> = {
  small: {
    type: 'smallint',
    random: '(random() * 65535 - 32768)::int2',
    extremes: ['-32768'],
    plain: legacy.integer(),
  },
  int: { type: 'integer', random: '(random() * 4e9 - 2e9)::int', extremes: ['2147483647'], plain: legacy.integer() },
  big: {
    type: 'bigint',
    random: '(random() * 1.8e19 - 9e18)::numeric::int8',
    extremes: ['-9223372036854775808', '9007199254740993'],
    plain: legacy.bigint(),
  },
  amount: {
    type: 'numeric(12,2)',
    random: '(random() * 2e10 - 1e10)::numeric(12,2)',
    extremes: ['-9999999999.99'],
    ...amounts(2),
  },
  whole: {
    type: 'numeric(38,0)',
    random: '(random() * 1e37)::numeric(38,0)',
    extremes: ['9'.repeat(38)],
    ...amounts(0),
  },
  free: { type: 'numeric', random: '(random() * 1e6)::numeric / 7', extremes: ['1e30', '-1e-20'], ...amounts(40) },
  money: {
    type: 'money',
    random: '(random() * 1e6)::numeric::money',
    extremes: ['-92233720368547758.08'],
    ...amounts(2),
  },
  real: {
    type: 'real',
    random: '(random() * 1e6)::int::real / 4',
    extremes: ["'NaN'"],
    plain: legacy.float({ nonFinite: true }),
  },
  double: {
    type: 'float8',
    random: 'random() * 1e9',
    extremes: ["'-Infinity'", '5e-324'],
    plain: legacy.float({ nonFinite: true }),
  },
  flag: { type: 'boolean', random: 'random() < 0.5', plain: legacy.boolean() },
  bit: { type: 'bit(1)', random: '(random() * 1)::int::bit(1)', plain: legacy.boolean() },
  bits: {
    type: 'bit(13)',
    random: '(random() * 8191)::int::bit(13)',
    extremes: ["b'0000000000000'"],
    plain: legacy.bits({ length: 13 }),
  },
  day: {
    type: 'date',
    random: `(${instants})::date`,
    extremes: ["'0001-01-01'", "'9999-12-31'"],
    plain: legacy.date(),
  },
  second: { type: 'timestamp(0)', random: instants, ...times('millis') },
  milli: { type: 'timestamp(3)', random: instants, ...times('millis') },
  micro: { type: 'timestamp(6)', random: instants, extremes: ["'2261-12-31 23:59:59.999999'"], ...times('micros') },
  berlin: {
    type: 'timestamp(6)',
    random: instants,
    ...times('micros', 'Europe/Berlin'),
    truth: "(berlin AT TIME ZONE 'Europe/Berlin')::text",
  },
  newfoundland: {
    type: 'timestamp(6)',
    random: instants,
    ...times('micros', 'America/St_Johns'),
    truth: "(newfoundland AT TIME ZONE 'America/St_Johns')::text",
  },
  instant: {
    type: 'timestamptz',
    random: `(${instants})::timestamptz`,
    extremes: ["'infinity'", "'0044-03-15 10:00+00 BC'", "'12000-01-01 00:00+00'"],
    plain: legacy.instant({ infinity: true, from: '-004712-01-01', to: '+012000-12-31' }),
  },
  clock: { type: 'time(3)', random: `(${instants})::time`, extremes: ["'24:00'"], ...clocks('millis') },
  fine: { type: 'time(6)', random: `(${instants})::time`, ...clocks('micros') },
  zoned: {
    type: 'timetz',
    random: `(${instants})::timestamptz::timetz`,
    extremes: ["'00:00:00-15:59'"],
    plain: legacy.zonedTime(),
  },
  span: {
    type: 'interval',
    random: `justify_interval(((random() * 2e8)::int - 1e8) * interval '0.5 s')`,
    extremes: ["'-1 year -2 mons +3 days -04:05:06'"],
    plain: legacy.interval({ unit: 'micros' }),
    other: legacy.interval({ unit: 'iso' }),
  },
  name: { type: 'varchar(40)', random: 'md5(random()::text)', extremes: ["'  grüße 𝄞 \" '"], plain: text },
  padded: {
    type: 'char(40)',
    random: 'md5(random()::text)',
    plain: legacy.text({ trim: true }),
    truth: 'padded::text',
  },
  uuid: { type: 'uuid', random: 'gen_random_uuid()', plain: legacy.uuid() },
  document: {
    type: 'jsonb',
    random: `jsonb_build_object('n', random(), 'big', 9007199254740993 + (random() * 1e6)::int, 'list', '[1, null, "x"]'::jsonb)`,
    plain: legacy.json(),
  },
  blob: {
    type: 'bytea',
    random: "decode(md5(random()::text), 'hex')",
    extremes: ["''"],
    plain: legacy.bytes(),
    other: legacy.bytes({ wire: 'hex' }),
  },
  point: { type: 'point', random: 'point(random() * 100, random() * 100)', plain: legacy.point() },
  address: { type: 'inet', random: "'10.0.0.0/24'::inet + (random() * 200)::int", plain: text },
  range: { type: 'int4range', random: 'int4range((random() * 100)::int, 200)', plain: text },
  xml: { type: 'xml', random: "('<a>' || random() || '</a>')::xml", plain: text },
  numbers: {
    type: 'int[]',
    random: 'array[(random() * 100)::int, NULL]',
    plain: legacy.array(legacy.integer().nullable()),
    truth: 'array_to_json(numbers)',
  },
  prices: {
    type: 'numeric(10,2)[]',
    random: 'array[random() * 100, 7]',
    plain: legacy.array(legacy.decimal({ scale: 2 })),
    other: legacy.array(legacy.decimal({ scale: 2, wire: 'bytes' })),
    truth: 'array_to_json(prices::text[])',
  },
  labels: {
    type: 'text[]',
    random: "array[md5(random()::text), NULL, '']",
    plain: legacy.array(text.nullable()),
    truth: 'array_to_json(labels)',
  },
  moments: {
    type: 'timestamptz[]',
    random: `array[(${instants})::timestamptz]`,
    plain: legacy.array(legacy.instant()),
    truth: 'array_to_json(moments::text[])',
  },
};

/** Big values, which an update of another column does not send again. */
export const APART: Readonly<
  Record<string, readonly [type: string, value: string, column: Column<unknown>, other?: Column<unknown>]>
> = {
  txt: ['text', "repeat('x', 9000)", text],
  bin: ['bytea', "decode(repeat('ff', 9000), 'hex')", legacy.bytes(), legacy.bytes({ wire: 'hex' })],
  doc: ['jsonb', "to_jsonb(repeat('x', 9000))", legacy.json()],
  txts: ['text[]', "array_fill('word'::text, array[2000])", legacy.array(text)],
  ints: ['int8[]', 'array_fill(7::int8, array[2000])', legacy.array(legacy.bigint())],
  uuids: ['uuid[]', 'array_fill(gen_random_uuid(), array[2000])', legacy.array(legacy.uuid())],
};
