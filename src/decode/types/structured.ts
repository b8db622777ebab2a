/** Values with parts: JSON, hstore, arrays, points and geometries. */
import { isObject } from '../../domain/json-text.js';
import { parse } from 'lossless-json';
import type { ColumnValue } from '../../domain/tables/table.js';
import { decodeBase64, hexOf } from './bytes.js';
import { type Conversion, type Convert, INVALID, type WireValue } from './conversion.js';

/** Deeper than any document of a business, and shallow enough for everything that walks through one. */
const JSON_DEPTH_MAX = 500;
/** Only a number this long, or with an exponent, can lose a digit in `JSON.parse`. */
const LONG_NUMBER = /[\d.]{16}|\d[eE]/;

/**
 * A text with JSON in it. A number that JavaScript cannot hold exactly becomes a text with its digits. Of a name that occurs
 * twice in an object the last value counts, as in `jsonb`.
 */
export const convertJson: Convert = (value) => {
  if (typeof value !== 'string') return INVALID;
  try {
    const document = LONG_NUMBER.test(value) ? parseLong(value) : (JSON.parse(value) as ColumnValue);
    return value.length > JSON_DEPTH_MAX && isDeep(document, JSON_DEPTH_MAX) ? INVALID : document;
  } catch {
    return INVALID;
  }
};

const parseLong = (text: string): ColumnValue =>
  parse(text, undefined, {
    parseNumber: exactNumber,
    onDuplicateKey: ({ newValue }) => newValue,
  }) as ColumnValue;

/** The number, when JavaScript writes the same one; otherwise its digits. */
function exactNumber(digits: string): number | string {
  const number = Number(digits);
  return Number.isFinite(number) && sameNumber(digits, String(number)) ? number : digits;
}

const sameNumber = (left: string, right: string): boolean => normalised(left) === normalised(right);

/** Significant digits and exponent: `1.50` and `15e-1` give `15e-1`. */
function normalised(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${sign}${significant}e${power}`;
}

function isDeep(value: ColumnValue, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depthMax === 0 || Object.values<ColumnValue>(value).some((part) => isDeep(part, depthMax - 1));
}

/** PostgreSQL's hstore: a JSON text (`hstore.handling.mode=json`) or an object (`map`) of texts and nulls. */
export const convertHstore: Convert = (value) => {
  const map: unknown = typeof value === 'string' ? convertJson(value) : value;
  if (!isObject(map)) return INVALID;
  return Object.values(map).every((part) => part === null || typeof part === 'string') ? (map as ColumnValue) : INVALID;
};

/** One-dimensional. The connector sends those of more dimensions as nulls, so nulls are refused unless declared. */
export const arrayConverter =
  (convert: Convert, isNullable: boolean): Convert =>
  (value) => {
    if (!Array.isArray(value)) return INVALID;
    const elements: ColumnValue[] = [];
    for (const element of value as readonly WireValue[]) {
      const converted: Conversion = element !== null ? convert(element) : isNullable ? null : INVALID;
      if (typeof converted === 'symbol') return converted;
      elements.push(converted);
    }
    return elements;
  };

/** PostgreSQL's `point`, MySQL's `POINT`. */
export const convertPoint: Convert = (value) => {
  if (!isObject(value)) return INVALID;
  const { x, y } = value;
  return Number.isFinite(x) && Number.isFinite(y) ? { x: x as number, y: y as number } : INVALID;
};

/** PostGIS and MySQL: well-known binary as hexadecimal text, and the reference system. */
export const convertGeometry: Convert = (value) => {
  if (!isObject(value)) return INVALID;
  const { wkb, srid = null } = value;
  const bytes = typeof wkb === 'string' ? decodeBase64(wkb) : null;
  if (bytes === null || (srid !== null && !Number.isSafeInteger(srid))) return INVALID;
  return { wkb: hexOf(bytes), srid: srid as number | null };
};
