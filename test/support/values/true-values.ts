/**
 * What a column must come to, from the text that the database itself gives for it (`row_to_json`, `::text`, the binlog): other
 * arithmetic than the decoder's, from another form of the same value.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ColumnType } from '../../../src/domain/tables/column-type.js';

/** JSON of the database with every number as its digits. */
export type TrueForm = string | boolean | null | readonly TrueForm[] | { readonly [name: string]: TrueForm };

/** The declared value of a column, or `refused`. Null stays null. */
export function trueValue(type: ColumnType, form: TrueForm): unknown {
  if (form === null) return null;
  if (isArray(form)) return form.map((part) => element(type, part));
  if (type.kind === 'json') return jsonForm(form);
  if (typeof form === 'object') return form;
  if (typeof form === 'boolean') return form;
  return scalar(type, form);
}

const isArray = (form: TrueForm): form is readonly TrueForm[] => Array.isArray(form);

const element = (type: ColumnType, form: TrueForm): unknown =>
  type.kind === 'array' ? trueValue(type.element, form) : jsonForm(form);

/** Numbers of a document: as texts on both sides. */
export const jsonForm = (form: unknown): unknown => {
  if (typeof form === 'number') return String(form);
  if (typeof form === 'string') return /^-?\d+\.\d+$/.test(form) && form.length < 16 ? String(Number(form)) : form;
  if (Array.isArray(form)) return form.map(jsonForm);
  if (typeof form !== 'object' || form === null) return form;
  return Object.fromEntries(Object.entries(form).map(([name, part]) => [name, jsonForm(part)]));
};

function scalar(type: ColumnType, text: string): unknown {
  if (isTooLong(text)) return text;
  const digits = 'unit' in type && type.unit === 'millis' ? 3 : 'unit' in type && type.unit === 'nanos' ? 9 : 6;
  const { kind } = type;
  if (kind === 'integer' || kind === 'float') return Number.isFinite(Number(text)) ? Number(text) : text;
  if (kind === 'decimal') return decimal(text.replace(/[$,]/g, ''), type.scale);
  if (kind === 'text') return type.trim ? text.replace(/ +$/, '') : text;
  if (kind === 'boolean') return text === '1' || text === 'true';
  if (kind === 'bytes') return text.replace(/^\\x/, '');
  if (kind === 'date') return day(text);
  if (kind === 'timestamp' || kind === 'instant') return moment(text, digits);
  if (kind === 'time') return fraction(text, digits);
  if (kind === 'zonedTime') return zonedTime(text);
  if (kind === 'interval') return interval(text, type.unit);
  return kind === 'point' ? point(text) : text;
}

/** Rounds nothing: the text has at most `scale` digits, or it is refused. */
function decimal(text: string, scale: number): string {
  const [whole = '', digits = ''] = text.split('.');
  if (!/^-?\d+$/.test(whole) || digits.slice(scale).replace(/0/g, '') !== '') return 'refused';
  const padded = digits.padEnd(scale, '0').slice(0, scale);
  const unsigned = /[1-9]/.test(whole + padded) ? whole : whole.replace('-', '');
  return scale === 0 ? unsigned : `${unsigned}.${padded}`;
}

/** `0044-03-15 BC`: the year before 1 is 0. */
function day(text: string): string {
  if (text.endsWith('infinity')) return text;
  const [, year = '', rest = '', era] = /^(\d+)(-\d\d-\d\d)( BC)?$/.exec(text) ?? [];
  if (era !== undefined) return `-${String(Number(year) - 1).padStart(6, '0')}${rest}`;
  return (year.length > 4 ? `+${year.padStart(6, '0')}` : year) + rest;
}

/** `2024-02-29 10:11:12.5+00`, with T or blank, with or without offset 0, with BC; the binlog has seconds since 1970. */
function moment(text: string, digits: number): string {
  if (text.endsWith('infinity')) return text;
  const [, epoch, micros] = /^(\d+)\.(\d{6})$/.exec(text) ?? [];
  if (epoch !== undefined) return `${new Date(Number(epoch) * 1_000).toISOString().slice(0, -5)}.${micros ?? ''}Z`;
  const [, date = '', clock = '', era = ''] = /^(\S+?)[ T]([\d:.]+)(?:\+00(?::00)?)?( BC)?$/.exec(text) ?? [];
  return `${day(date + era)}T${fraction(clock, digits)}Z`;
}

const fraction = (clock: string, digits: number): string => {
  const [seconds = '', part = ''] = clock.split('.');
  return `${seconds}.${part.padEnd(digits, '0')}`;
};

/** `10:11:12.123456+02`, `00:00:00-15:59`. */
function zonedTime(text: string): string {
  const [, hours, minutes, rest = '', sign, offsetHours, offsetMinutes = '0'] =
    /^(\d\d):(\d\d):([\d.]+)([+-])(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1);
  const minute = (Number(hours) * 60 + Number(minutes) - offset + 2880) % 1440;
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}:${fraction(rest, 6)}Z`;
}

/** `1 year 2 mons 3 days 04:05:06.789`, `-1 years -2 mons +3 days -04:05:06`. The connector's year has 365.25 days. */
function interval(text: string, unit: 'micros' | 'iso'): string {
  const part = (name: string): number => Number(new RegExp(`([+-]?\\d+) ${name}`).exec(text)?.[1] ?? 0);
  const [years, months, days] = [part('year'), part('mon'), part('day')];
  const [, minus = '', hours = '0', minutes = '0', seconds = '0', micros = ''] =
    /(-?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(text) ?? [];
  if (unit === 'iso') {
    const signed = (digits: string): string => (Number(digits) === 0 ? '0' : `${minus}${Number(digits)}`);
    const second = `${Number(seconds)}${micros === '' ? '' : `.${micros}`}`;
    return `P${years}Y${months}M${days}DT${signed(hours)}H${signed(minutes)}M${Number(second) === 0 ? '0' : minus + second}S`;
  }
  const clock = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1e6 + Number(micros.padEnd(6, '0'));
  const monthDays = (years * 12 + months) * 30.4375 + days;
  return String(Math.round(monthDays * 86_400) * 1e6 + (minus === '' ? clock : -clock));
}

function point(text: string): unknown {
  const [x, y] = text.slice(1, -1).split(',').map(Number);
  return { x, y };
}

/** Truth files keep long texts as `len=.. md5=..`, and say of long numbers how long they are. */
export const isTooLong = (form: TrueForm): boolean =>
  typeof form === 'string' && /^(len=\d+ md5=|\d+ characters of)/.test(form);

export function isSame(value: unknown, truth: unknown): boolean {
  if (typeof truth !== 'string') return isDeepStrictEqual(value, truth);
  const [, md5, length] = /^len=\d+ md5=(\w+)|^(\d+) characters of JSON$/.exec(truth) ?? [];
  if (md5 !== undefined && typeof value === 'string') {
    return [value, `\\x${value}`].some((text) => createHash('md5').update(text).digest('hex') === md5);
  }
  return length === undefined ? value === truth : jsonText(value).length === Number(length);
}

/** As PostgreSQL prints it; digits are numbers. */
function jsonText(value: unknown, isInside = false): string {
  if (Array.isArray(value)) return `[${value.map((part) => jsonText(part, true)).join(', ')}]`;
  if (typeof value === 'string') return isInside && !/^\d+$/.test(value) ? JSON.stringify(value) : value;
  return JSON.stringify(value).replaceAll('":"', '": "');
}
