/** Points and geometries as the database prints them. Pure. */
import type { ColumnValue } from '../../domain/tables/table.js';
import { type Conversion, INVALID } from '../types/conversion.js';

const POINT = /^\(([^,]+),([^,]+)\)$/;

/** `(1.5,2.5)` -> its coordinates; null when it is none. */
export function pointOf(text: string): object | null {
  const parts = POINT.exec(text);
  return parts === null ? null : { x: Number(parts[1]), y: Number(parts[2]) };
}

const HEX = /^(?:[0-9a-f]{2}){5,}$/;
/** Of the type in extended well-known binary (PostGIS): the reference system stands behind it. */
const HAS_SRID = 0x20;

/** Well-known binary in hexadecimal, extended or not; of MySQL with `SRID;` before it. */
export function geometryOf(text: string): Conversion {
  const semicolon = text.indexOf(';');
  const wkb = text.slice(semicolon + 1).toLowerCase();
  if (!HEX.test(wkb)) return INVALID;
  if (semicolon !== -1) return { wkb, srid: Number(text.slice(0, semicolon)) || null };
  return { wkb, srid: sridIn(wkb) };
}

const isLittle = (wkb: string): boolean => wkb.startsWith('01');
/** Two digits of the byte of the type that holds the flags. */
const flagsAt = (wkb: string): number => (isLittle(wkb) ? 8 : 2);

const hasSrid = (wkb: string): boolean =>
  (Number.parseInt(wkb.slice(flagsAt(wkb), flagsAt(wkb) + 2), 16) & HAS_SRID) !== 0;

function sridIn(wkb: string): number | null {
  if (!hasSrid(wkb)) return null;
  const bytes = wkb.slice(10, 18).match(/../g) ?? [];
  return Number.parseInt((isLittle(wkb) ? bytes.reverse() : bytes).join(''), 16) || null;
}

/** Without the reference system, which connectors leave in or take out, and in the same words: so that equal geometries are equal. */
export function bareGeometry(value: ColumnValue): ColumnValue {
  if (typeof value !== 'object' || value === null || !('wkb' in value)) return value;
  const { wkb, srid = null } = value as { readonly wkb: string; readonly srid?: number | null };
  if (!HEX.test(wkb)) return value;
  const known = srid === 0 || srid === null ? sridIn(wkb) : srid;
  if (!hasSrid(wkb)) return { wkb, srid: known };
  const at = flagsAt(wkb);
  const flags = (Number.parseInt(wkb.slice(at, at + 2), 16) & ~HAS_SRID).toString(16).padStart(2, '0');
  return { wkb: `${wkb.slice(0, at)}${flags}${wkb.slice(at + 2, 10)}${wkb.slice(18)}`, srid: known };
}
