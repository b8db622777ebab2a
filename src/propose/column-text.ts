/** One column as rules declare it: `legacy.decimal({ scale: 2 }).nullable()`; and what stands for it in a contract and in a test. Pure. */
import type { ObservedColumn } from '../observed/form.js';
import type { CodeMeanings, ColumnType } from '../domain/tables/column-type.js';
import { property, quoted } from './names.js';
import { type Around, object } from './text.js';

export function columnText(
  column: Pick<ObservedColumn, 'type' | 'nullable' | 'optional' | 'sensitivity'>,
  around: Around,
): string {
  const { type, nullable, optional, sensitivity } = column;
  const after = `${nullable ? '.nullable()' : ''}${optional ? '.optional()' : ''}${sensitivity === 'public' ? '' : `.${sensitivity}()`}`;
  return `${typeText(type, { ...around, after: after + around.after })}${after}`;
}

type Writers = {
  readonly [K in ColumnType['kind']]: (type: Extract<ColumnType, { kind: K }>, around: Around) => string;
};

const WRITERS: Writers = {
  text: ({ trim }) => (trim ? '{ trim: true }' : ''),
  integer: () => '',
  bigint: ({ unsigned }) => (unsigned === true ? '{ unsigned: true }' : ''),
  decimal: ({ scale, wire, lossy }) => options({ scale, wire, lossy }),
  float: ({ nonFinite }) => options({ nonFinite }),
  boolean: () => '',
  code: codesText,
  set: codesText,
  date: ({ unit, zeroDate }) => options({ unit, zeroDate }),
  timestamp: ({ unit, zone, zeroDate }) => options({ unit, zone, zeroDate }),
  instant: ({ zeroDate }) => options({ zeroDate }),
  time: ({ unit }) => options({ unit }),
  zonedTime: () => '',
  interval: ({ unit }) => options({ unit }),
  year: () => '',
  uuid: () => '',
  json: () => '',
  bytes: ({ wire }) => options({ wire }),
  bits: ({ length }) => options({ length }),
  array: ({ element, nullable }, around) => `${typeText(element, around)}${nullable ? '.nullable()' : ''}`,
  hstore: () => '',
  physicalTable: ({ tables }) => `[${Object.keys(tables).map(quoted).join(', ')}]`,
  point: () => '',
  geometry: () => '',
};

function typeText(type: ColumnType, around: Around): string {
  const write = WRITERS[type.kind] as (type: ColumnType, around: Around) => string;
  const before = `${around.before}legacy.${type.kind}(`;
  return `legacy.${type.kind}(${write(type, { ...around, before, after: `)${around.after}` })})`;
}

function options(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${typeof value === 'string' ? quoted(value) : String(value)}`],
  );
  return given.length === 0 ? '' : `{ ${given.join(', ')} }`;
}

function codesText({ codes }: CodeMeanings, around: Around): string {
  return object(
    Object.entries(codes).map(
      ([code, meaning]) => `${property(code)}: ${typeof meaning === 'string' ? quoted(meaning) : String(meaning)}`,
    ),
    around,
  );
}

/** Kinds whose values a contract can hold as they are. */
const PUBLISHED: Readonly<Partial<Record<ColumnType['kind'], string>>> = {
  text: 'z.string()',
  integer: 'z.int()',
  bigint: 'z.string().regex(/^-?\\d+$/)',
  float: 'z.number()',
  boolean: 'z.boolean()',
  date: 'z.string()',
  timestamp: 'z.string()',
  instant: 'z.string()',
  time: 'z.string()',
  year: 'z.int()',
  uuid: 'z.string()',
};

/** Its field in a contract; null: it has none at first. */
export function fieldText({ type, nullable, optional }: ObservedColumn): string | null {
  const text =
    type.kind === 'decimal' ? decimalField(type.scale) : type.kind === 'code' ? codeField(type) : PUBLISHED[type.kind];
  if (text === undefined || (type.kind === 'float' && type.nonFinite === true)) return null;
  if (!nullable && !optional) return text;
  // A chain of three calls, one of them with a pattern, stands on lines of its own.
  return text.includes('.regex(')
    ? `${text.replaceAll(/\.(?=string\(|regex\()/g, BROKEN)}${BROKEN}nullable()`
    : `${text}.nullable()`;
}

const BROKEN = '\n      .';

const decimalField = (scale: number): string => `z.string().regex(/^-?\\d+${scale === 0 ? '' : `\\.\\d{${scale}}`}$/)`;

function codeField({ codes }: CodeMeanings): string {
  const meanings = [...new Set(Object.values(codes))];
  const texts = meanings.filter((meaning) => typeof meaning === 'string').map(quoted);
  return texts.length < meanings.length ? 'z.boolean()' : `z.enum([${texts.join(', ')}])`;
}

/** A value that the column may have, as rules see it: made up, never one that was observed. */
export function exampleText(type: ColumnType): string {
  const value = exampleOf(type);
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}

export function exampleOf(type: ColumnType): unknown {
  if (type.kind === 'code') return Object.values(type.codes)[0];
  if (type.kind === 'decimal') return type.scale === 0 ? '1' : `1.${'0'.repeat(type.scale)}`;
  if (type.kind === 'timestamp') return `2026-01-15T10:00:00.${'0'.repeat(DIGITS[type.unit])}Z`;
  if (type.kind === 'time') return `10:00:00.${'0'.repeat(DIGITS[type.unit])}`;
  if (type.kind === 'interval') return type.unit === 'micros' ? '1000000' : 'P0Y0M0DT0H0M1S';
  return type.kind === 'bits' ? '0'.repeat(type.length) : EXAMPLES[type.kind];
}

const DIGITS = { millis: 3, micros: 6, nanos: 9, iso: 6 } as const;

const EXAMPLES: Readonly<Partial<Record<ColumnType['kind'], unknown>>> = {
  text: 'text',
  integer: 1,
  bigint: '1',
  float: 1.5,
  boolean: true,
  set: [],
  date: '2026-01-15',
  instant: '2026-01-15T10:00:00.000000Z',
  zonedTime: '10:00:00.000000Z',
  year: 2026,
  uuid: '00000000-0000-4000-8000-000000000001',
  json: {},
  bytes: '00',
  array: [],
  hstore: {},
  point: { x: 1, y: 1 },
  geometry: { wkb: '00', srid: null },
};
