/**
 * Order that is the same on every machine. `localeCompare`, and all that depends on a language, follows the machine and is not there in
 * rules. Pure.
 */
import { Misused } from '../error.js';

/** As `sort` wants it: by code points, capital letters before small ones, digits before both. */
export function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  const [a, b] = [Array.from(left), Array.from(right)];
  const place = a.findIndex((character, i) => character !== b[i]);
  return place === -1 ? -1 : (a[place]?.codePointAt(0) ?? 0) - (b[place]?.codePointAt(0) ?? -1);
}

/**
 * As `sort` wants it: dates with dates, instants with instants. Within the years 0 to 9999, in one precision, `<` and `>` of the texts
 * do the same; this knows years outside of them (`-000043-03-15`, `+012000-01-01`), `infinity` and `-infinity`, and fractions of
 * different lengths.
 * @throws TypeError for what is neither
 */
export function compareTimes(left: string, right: string): number {
  const [a, b] = [partsOf(left), partsOf(right)];
  if (a.year !== b.year) return a.year < b.year ? -1 : 1;
  return a.rest === b.rest ? 0 : a.rest < b.rest ? -1 : 1;
}

const TIME = /^([+-]\d{6,9}|\d{4})(-\d\d-\d\d)(?:(T\d\d:\d\d:\d\d)(\.\d{1,9})?Z)?$/;

function partsOf(time: string): { readonly year: number; readonly rest: string } {
  if (time === 'infinity') return { year: Infinity, rest: '' };
  if (time === '-infinity') return { year: -Infinity, rest: '' };
  const [, year, day = '', clock = '', fraction = ''] = TIME.exec(time) ?? [];
  if (year === undefined) throw new Misused('compareTimes takes dates and instants as columns have them');
  return { year: Number(year), rest: `${day}${clock}${fraction.replace(/\.?0+$/, '')}` };
}
