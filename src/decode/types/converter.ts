/** Declared type -> function that converts a wire value; one family of types for each file beside this one. */
import type { ColumnType } from '../../domain/tables/column-type.js';
import { bitsConverter, bytesConverter } from './bytes.js';
import { dateConverter, instantConverter, timestampConverter, yearConverter } from './calendar.js';
import { convertZonedTime, intervalConverter, timeConverter } from './clock.js';
import type { Convert } from './conversion.js';
import { convertBigint, convertInteger, convertUnsigned, decimalConverter, floatConverter } from './numbers.js';
import { arrayConverter, convertGeometry, convertHstore, convertJson, convertPoint } from './structured.js';
import {
  codeConverter,
  convertBoolean,
  convertText,
  convertTrimmed,
  convertUuid,
  physicalTableConverter,
  setConverter,
} from './texts.js';

type Makers = { readonly [K in ColumnType['kind']]: (type: Extract<ColumnType, { kind: K }>) => Convert };

const MAKERS: Makers = {
  text: ({ trim }) => (trim ? convertTrimmed : convertText),
  integer: () => convertInteger,
  bigint: ({ unsigned }) => (unsigned === true ? convertUnsigned : convertBigint),
  decimal: decimalConverter,
  float: floatConverter,
  boolean: () => convertBoolean,
  code: codeConverter,
  set: setConverter,
  date: dateConverter,
  timestamp: timestampConverter,
  instant: instantConverter,
  time: timeConverter,
  zonedTime: () => convertZonedTime,
  interval: intervalConverter,
  year: yearConverter,
  uuid: () => convertUuid,
  json: () => convertJson,
  bytes: bytesConverter,
  bits: bitsConverter,
  array: ({ element, nullable }) => arrayConverter(converterOf(element), nullable),
  hstore: () => convertHstore,
  point: () => convertPoint,
  geometry: () => convertGeometry,
  physicalTable: physicalTableConverter,
};

export const converterOf = (type: ColumnType): Convert => (MAKERS[type.kind] as (type: ColumnType) => Convert)(type);
