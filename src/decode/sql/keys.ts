/**
 * A part of a row's key as states have it -> the value that the database is asked by. Where that is not one value for sure (a local time of a zone
 * whose clocks change, a number that is not exact), a row cannot be asked for by it. Pure.
 */
import type { ColumnType } from '../../domain/tables/column-type.js';

/** Null: it is no such key. */
export type SqlKeyPart = (part: string) => string | null;

const asIs: SqlKeyPart = (part) => part;

/** `2026-11-21T10:11:12.123456Z`, as texts that both databases take. */
const MOMENT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:000)?Z$/;
const DAY = /^\d{4}-\d\d-\d\d$/;

const momentIn: SqlKeyPart = (part) => {
  const parts = MOMENT.exec(part);
  return parts === null ? null : `${parts[1] ?? ''} ${parts[2] ?? ''}`;
};

/** Of columns that a key may have (`rules/check/check-tables.ts`). */
const PARTS: Partial<Record<ColumnType['kind'], SqlKeyPart>> = {
  ...{ text: asIs, integer: asIs, bigint: asIs, decimal: asIs, uuid: asIs, time: asIs, year: asIs, bytes: asIs },
  ...{ date: (part: string) => (DAY.test(part) ? part : null), instant: momentIn, timestamp: momentIn },
};

/** Null: rows cannot be asked for by columns of this type. */
export const sqlKeyPart = (type: ColumnType): SqlKeyPart | null =>
  type.kind === 'timestamp' && type.zone !== 'UTC' ? null : (PARTS[type.kind] ?? null);
