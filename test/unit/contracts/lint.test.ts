/** What a schema cannot say of a contract: each finding, what is near it and none, and its waiver. */
import { describe, expect, it } from 'vitest';
import { lintContract } from '../../../src/contracts/lint/lint.js';
import { type Ground, LINTS } from '../../../src/contracts/lint/problem.js';
import { EVENT_BYTES_MAX, FIELDS_MAX } from '../../../src/contracts/lint/wire.js';
import type { JsonSchema } from '../../../src/rules/contracts/json-schema.js';
import { type Promised, published } from '../../support/contracts/promised.js';

const text: JsonSchema = { type: 'string' };

const GROUND: Ground = {
  contracts: [],
  columns: [
    { table: 'oms.ord_hdr', column: 'ord_no', codes: null },
    { table: 'oms.ord_hdr', column: 'sku', codes: null },
    { table: 'oms.ord_hdr', column: 'warehouse_code', codes: null },
    { table: 'oms.ord_hdr', column: 'sts_cd', codes: { '10': 'entered', '90': 'cancelled' } },
    { table: 'oms.ord_hdr', column: 'colour', codes: { red: 'red', blue: 'blue' } },
  ],
  extensions: () => [],
  today: '2026-11-30',
};

const found = (promised: Promised, ground: Partial<Ground> = {}) => {
  const contract = published(promised);
  return lintContract(contract, { ...GROUND, contracts: [contract], ...ground })
    .filter(({ waived }) => waived === null)
    .map(({ code, path }) => `${code} ${path}`.trim());
};

describe('the lint finds', () => {
  it.each<[string, Promised, string]>([
    ['Updated', { name: 'OrderUpdated' }, 'NAME_SAYS_NOTHING'],
    ['Changed within', { name: 'OrderChangedByCustomer' }, 'NAME_SAYS_NOTHING'],
    ['Modified', { name: 'AddressModified' }, 'NAME_SAYS_NOTHING'],
    ['a status', { name: 'StatusSet' }, 'NAME_SAYS_NOTHING'],
    ['the name of a column', { properties: { ord_no: text } }, 'LEGACY_NAME_ON_WIRE ord_no'],
    ['the name of a column, dressed up', { properties: { ordNo: text } }, 'LEGACY_NAME_ON_WIRE ordNo'],
    [
      'it in a list',
      { properties: { lines: { type: 'array', items: { type: 'object', properties: { ordNo: text } } } } },
      'LEGACY_NAME_ON_WIRE lines[].ordNo',
    ],
    ['codes', { properties: { state: { ...text, enum: ['10', '90'] } } }, 'LEGACY_CODE_ON_WIRE state'],
    [
      'codes as numbers, or null',
      { properties: { state: { anyOf: [{ enum: [10] }, { type: 'null' }] } } },
      'LEGACY_CODE_ON_WIRE state',
    ],
    [
      'a code in a list',
      { properties: { states: { type: 'array', items: { const: '90' } } } },
      'LEGACY_CODE_ON_WIRE states',
    ],
    [
      'metadata that is gone',
      { value: { type: 'object', properties: {}, required: [] } } as Promised,
      'METADATA_MISSING eventId',
    ],
    ['a large example', { example: { note: 'x'.repeat(EVENT_BYTES_MAX) } }, 'EVENT_OVER_BUDGET'],
    [
      'too many fields',
      { properties: Object.fromEntries(Array.from({ length: FIELDS_MAX }, (_, n) => [`f${n}`, text])) },
      'EVENT_OVER_BUDGET',
    ],
    ['no words', { certainty: ' ' }, 'PROSE_MISSING certainty'],
    ['no owner', { owner: '' }, 'PROSE_MISSING owner'],
    ['the same words twice', { certainty: 'The order IS accepted!' }, 'PROSE_SAME certainty'],
    ['a sunset that is over', { stability: 'deprecated', sunset: '2026-11-30' }, 'SUNSET_PAST sunset'],
    ['an end without a day', { stability: 'deprecated' }, 'SUNSET_MISSING sunset'],
  ])('%s', (_, promised, expected) => {
    expect(found(promised)).toContain(expected);
  });

  it.each(['origin-use-case', 'originUseCase', 'data', 'x'.repeat(21), ''])('the header ce_%s', (name) => {
    expect(found({}, { extensions: () => [name] })).toEqual(['HEADER_NAME_INVALID']);
  });

  it('the meaning of another event, but not of another major', () => {
    const [other, major] = [published({ name: 'OrderTaken' }), published({ version: 2 })];
    expect(found({}, { contracts: [published(), other] })).toEqual(['PROSE_SAME meaning']);
    expect(found({}, { contracts: [published(), major] })).toEqual([]);
  });
});

describe('the lint lets through', () => {
  it.each<[string, Promised]>([
    ['a plain contract', {}],
    ['a name that has the letters only', { name: 'UnchangedStatusquoKept' }],
    ['a word that the business has too', { properties: { sku: text } }],
    ['whole words joined', { properties: { warehouseCode: text } }],
    ['meanings', { properties: { state: { ...text, enum: ['entered', 'cancelled'] } } }],
    ['codes that say what they mean', { properties: { colour: { ...text, enum: ['red', 'blue'] } } }],
    ['a column as the key', { key: 'ordNo', properties: {} }],
    ['the last day before the sunset', { stability: 'deprecated', sunset: '2026-12-01' }],
    ['headers of CloudEvents', {}],
  ])('%s', (_, promised) => {
    expect(found(promised, { extensions: () => ['originusecase', 'deprecationmigration'] })).toEqual([]);
  });
});

describe('a waiver', () => {
  it.each(['LEGACY_NAME_ON_WIRE', 'LEGACY_NAME_ON_WIRE ordNo'])('of %s says why', (code) => {
    const contract = published({ properties: { ordNo: text }, waived: { [code]: 'Printed on every parcel.' } });
    expect(lintContract(contract, GROUND)).toMatchObject([{ waived: 'Printed on every parcel.' }]);
  });

  it('of another place does not count', () => {
    expect(found({ properties: { ordNo: text }, waived: { 'LEGACY_NAME_ON_WIRE total': 'x' } })).toEqual([
      'LEGACY_NAME_ON_WIRE ordNo',
    ]);
  });
});

it('every code says what to do', () => {
  for (const fix of Object.values(LINTS)) expect(fix).toMatch(/\.$/);
});
