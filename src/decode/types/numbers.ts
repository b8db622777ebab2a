/**
 * Numbers. What must not lose a digit becomes a text; a `decimal` has exactly the declared number of digits after the point, or
 * is refused: digits are neither cut nor rounded, except where the definition says `lossy`.
 */
import type { ColumnType, DecimalOptions } from '../../domain/tables/column-type.js';
import { scaledText } from '../../domain/tables/scaled-text.js';
import { decodeBase64 } from './bytes.js';
import { type Conversion, type Convert, INEXACT, INVALID, type WireValue } from './conversion.js';

export const convertInteger: Convert = (value) => (Number.isSafeInteger(value) ? (value as number) : INVALID);

const DIGITS = /^(0|-?[1-9]\d*)$/;

export const convertBigint: Convert = (value) => {
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return INVALID;
    return Number.isSafeInteger(value) ? String(value) : INEXACT;
  }
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' && DIGITS.test(value) ? value : INVALID;
};

/** MySQL's `bigint unsigned` above 2^63 - 1 comes as a negative number when `bigint.unsigned.handling.mode` is `long`. */
export const convertUnsigned: Convert = (value) => {
  const converted = convertBigint(value);
  return typeof converted === 'string' && converted.startsWith('-') ? INVALID : converted;
};

/** PostgreSQL's widest numeric has 131,072 digits before the point and 16,383 after it. */
const DIGITS_MAX = 150_000;

export function decimalConverter({ scale, wire, lossy }: DecimalOptions): Convert {
  const fromText: (text: string) => Conversion =
    wire === 'bytes' ? (text) => fromBytes(text, scale, scale) : (text) => fromDigits(text, scale);
  return (value) => {
    if (typeof value === 'string') return fromText(value);
    if (typeof value === 'object') return fromStruct(value, scale);
    if (lossy === true && (typeof value === 'number' || typeof value === 'bigint')) return rounded(value, scale);
    return INVALID;
  };
}

const PLAIN = /^-?\d+(\.\d+)?$/;

/** Debezium writes the digits of the column's own scale, so the text nearly always is the value. */
function fromDigits(text: string, scale: number): Conversion {
  if (!PLAIN.test(text)) return fromExponent(text, scale);
  const point = text.indexOf('.');
  const digits = point === -1 ? 0 : text.length - point - 1;
  if (digits === scale) return text.startsWith('-') ? unsignedZero(text) : text;
  if (digits < scale) return `${unsignedZero(text)}${point === -1 ? '.' : ''}${'0'.repeat(scale - digits)}`;
  return endsInZeros(text, digits - scale) ? unsignedZero(text.slice(0, scale - digits).replace(/\.$/, '')) : INVALID;
}

const unsignedZero = (text: string): string => (/^-[0.]+$/.test(text) ? text.slice(1) : text);

function endsInZeros(text: string, count: number): boolean {
  for (let i = text.length - count; i < text.length; i += 1) if (text.charCodeAt(i) !== 48) return false;
  return true;
}

const EXPONENT = /^(-?)(\d+)(?:\.(\d*))?[eE]([+-]?\d+)$/;

/** `1.25E+3`, as Java prints extreme scales. */
function fromExponent(text: string, scale: number): Conversion {
  const parts = EXPONENT.exec(text);
  if (parts === null) return INVALID;
  const [, sign = '', whole = '', fraction = '', exponent = ''] = parts;
  return fromUnscaled(BigInt(`${sign}${whole}${fraction}`), fraction.length - Number(exponent), scale);
}

/** Two's complement, big-endian, in base64: `decimal.handling.mode=precise`. */
function fromBytes(text: string, wireScale: number, scale: number): Conversion {
  const bytes = decodeBase64(text);
  if (bytes === null || bytes.length === 0 || bytes.length > DIGITS_MAX) return INVALID;
  return fromUnscaled(twosComplement(bytes), wireScale, scale);
}

function twosComplement(bytes: Uint8Array): bigint {
  let hex = '0x';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  const magnitude = BigInt(hex);
  return (bytes[0] ?? 0) < 128 ? magnitude : magnitude - (1n << BigInt(bytes.length * 8));
}

/** `io.debezium.data.VariableScaleDecimal`, `{scale, value}`: it says its scale itself. */
function fromStruct(value: WireValue, scale: number): Conversion {
  if (value === null || Array.isArray(value)) return INVALID;
  const { scale: wireScale, value: bytes } = value as { scale?: unknown; value?: unknown };
  return typeof bytes === 'string' && Number.isSafeInteger(wireScale)
    ? fromBytes(bytes, wireScale as number, scale)
    : INVALID;
}

/** `unscaled` / 10^`wireScale` with exactly `scale` digits; refused when that would take a digit that is not zero. */
function fromUnscaled(unscaled: bigint, wireScale: number, scale: number): Conversion {
  if (!(Math.abs(wireScale) <= DIGITS_MAX)) return INVALID;
  if (wireScale <= scale) return scaledText(unscaled * 10n ** BigInt(scale - wireScale), scale);
  const divisor = 10n ** BigInt(wireScale - scale);
  return unscaled % divisor === 0n ? scaledText(unscaled / divisor, scale) : INVALID;
}

/** The shortest digits that name the same double, rounded half away from zero. */
function rounded(value: number | bigint, scale: number): Conversion {
  if (typeof value === 'number' && !Number.isFinite(value)) return INVALID;
  const text = String(value);
  const parts = EXPONENT.exec(text.includes('e') ? text : `${text}e0`);
  if (parts === null) return INVALID;
  const [, sign = '', whole = '', fraction = '', exponent = ''] = parts;
  const unscaled = BigInt(`${whole}${fraction}`);
  const wireScale = fraction.length - Number(exponent);
  if (wireScale <= scale) return fromUnscaled(sign === '' ? unscaled : -unscaled, wireScale, scale);
  const divisor = 10n ** BigInt(wireScale - scale);
  const nearest = (unscaled * 2n + divisor) / (divisor * 2n);
  return scaledText(sign === '' ? nearest : -nearest, scale);
}

const NON_FINITE: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity']);

/** A double as JSON has it. What JSON has no number for comes as text, and is one of three texts where that is declared. */
export function floatConverter({ nonFinite }: Extract<ColumnType, { kind: 'float' }>): Convert {
  return (value) => {
    if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : INVALID;
    if (typeof value === 'bigint') return Number(value);
    return nonFinite === true && NON_FINITE.has(value) ? (value as string) : INVALID;
  };
}
