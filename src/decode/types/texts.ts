/** Texts, and short texts with a meaning: codes, flags, enums, sets, UUIDs. Blanks at the end of a code never matter, as in `char(n)`. */
import type { CodeMeanings, ColumnType } from '../../domain/tables/column-type.js';
import { physicalValue } from '../../domain/tables/physical-table.js';
import { type Conversion, type Convert, INVALID, UNKNOWN_CODE, type WireValue } from './conversion.js';

export const convertText: Convert = (value) => (typeof value === 'string' ? value : INVALID);

/** `char(n)`: PostgreSQL sends its blanks, MySQL and MariaDB do not. */
export const convertTrimmed: Convert = (value) => {
  if (typeof value !== 'string') return INVALID;
  let end = value.length;
  while (end > 0 && value.charCodeAt(end - 1) === 32) end -= 1;
  return end === value.length ? value : value.slice(0, end);
};

/** A number, or a boolean: MySQL's `tinyint(1)` is 0 or 1 in snapshot rows and may be true or false in later ones. */
export const convertBoolean: Convert = (value) =>
  typeof value === 'boolean' ? value : value === 1 ? true : value === 0 ? false : INVALID;

export function codeConverter(meanings: CodeMeanings): Convert {
  const meaningOf = meaningIn(meanings);
  return (value) => (typeof value === 'string' ? meaningOf(value) : numericCode(value, meaningOf));
}

const numericCode = (value: WireValue, meaningOf: (code: string) => Conversion): Conversion =>
  typeof value === 'number' || typeof value === 'bigint' ? meaningOf(String(value)) : INVALID;

/** MySQL's `set`: a text such as `a,c`. */
export function setConverter(meanings: CodeMeanings): Convert {
  const meaningOf = meaningIn(meanings);
  return (value) => {
    if (typeof value !== 'string') return INVALID;
    const members: (string | boolean)[] = [];
    for (const code of value === '' ? [] : value.split(',')) {
      const meaning = meaningOf(code);
      if (meaning === UNKNOWN_CODE) return UNKNOWN_CODE;
      members.push(meaning);
    }
    return members;
  };
}

/** The code as it came, else without the blanks at its end, else what all other codes mean. */
function meaningIn({ codes, other }: CodeMeanings): (code: string) => string | boolean | typeof UNKNOWN_CODE {
  const exact = new Map(Object.entries(codes));
  const trimmed = new Map(Object.entries(codes).map(([code, meaning]) => [code.trimEnd(), meaning]));
  return (code) => exact.get(code) ?? trimmed.get(code.trimEnd()) ?? other ?? UNKNOWN_CODE;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const convertUuid: Convert = (value) =>
  typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : INVALID;

/** The name of the row's table, which the decoder takes from its source block. */
export function physicalTableConverter(type: Extract<ColumnType, { kind: 'physicalTable' }>): Convert {
  const valueOf = physicalValue(type);
  return (value) => (typeof value === 'string' ? (valueOf(value) ?? INVALID) : INVALID);
}
