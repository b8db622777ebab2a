/** The scale of a decimal travels in the schema beside the record: a declared scale that is another never moves the point. */
import { describe, expect, it } from 'vitest';
import { convertRow } from '../../../src/decode/columns.js';
import { parseExactly, parseObject, SchemaPrefixes } from '../../../src/decode/envelope.js';
import { scalerOf } from '../../../src/decode/schema-scales.js';
import { legacy, table } from '../../../src/rules/index.js';

/** As Debezium and the JSON converter write it (reference: Connect `Decimal`, parameters are texts). */
const amountSchema = (scale: number) => ({
  type: 'bytes',
  name: 'org.apache.kafka.connect.data.Decimal',
  version: 1,
  optional: true,
  parameters: { scale: String(scale), 'connect.decimal.precision': '12' },
});
const schemaOf = (scale: number) => ({
  type: 'struct',
  fields: [
    { field: 'id', type: 'int64' },
    { field: 'amt', ...amountSchema(scale) },
    { field: 'all', type: 'array', items: amountSchema(scale) },
  ],
});
const text = (scale: number): string =>
  JSON.stringify({ schema: schemaOf(scale), payload: { id: 1, amt: 'BOI=', all: ['BOI=', null] } });
const priced = (scale: number) =>
  table('oms.t', {
    key: ['id'],
    columns: {
      id: legacy.bigint(),
      amt: legacy.decimal({ scale, wire: 'bytes' }),
      all: legacy.array(legacy.decimal({ scale }).nullable()),
    },
  });

describe('a decimal with its schema', () => {
  it.each([
    [2, 2, '12.50'],
    [2, 4, '12.5000'],
    [1, 2, '125.00'],
  ])('of scale %i, declared %i, is %s, the first time and when the schema is known', (scale, declared, value) => {
    const prefixes = new SchemaPrefixes();
    for (const row of [1, 2].map(() => parseObject(text(scale), prefixes)!)) {
      expect(convertRow(row, priced(declared))).toEqual({
        row: { id: '1', amt: value, all: [value, null] },
        refusal: null,
      });
    }
  });

  it('is refused when the declared scale cannot hold it', () => {
    const row = parseObject(text(3), new SchemaPrefixes())!;
    expect(convertRow(row, priced(2))).toMatchObject({ row: { id: '1', amt: '1.25' }, refusal: null });
    expect(convertRow(row, priced(1))).toMatchObject({ row: { id: '1' }, refusal: { code: 'ROW_INVALID' } });
  });

  it('has its scale after the exact parse too', () => {
    expect(parseExactly(text(4))).toEqual({
      id: 1,
      amt: { scale: 4, value: 'BOI=' },
      all: [{ scale: 4, value: 'BOI=' }, null],
    });
  });
});

it('values of a schema without decimals are left alone', () => {
  expect(scalerOf({ type: 'struct', fields: [{ field: 'id', type: 'int64' }] })).toBeNull();
  expect(scalerOf(null)).toBeNull();
});
