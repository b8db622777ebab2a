/**
 * JSON as text, exactly as `JSON.stringify` makes it, for what is written with every decision: names come again and again, and most texts
 * need no escape. Pure, but for the names that it remembers.
 */

/** Printable ASCII but the quote and the backslash. */
const ORDINARY = /^[ !#-[\]-~]*$/;

export const textJson = (text: string): string => (ORDINARY.test(text) ? `"${text}"` : JSON.stringify(text));

const NAMES_MAX = 10_000;
const NAME_LENGTH_MAX = 200;
const names = new Map<string, string>();

/** Of a text that rules have given to something: a table, a column, a fact. */
export function nameJson(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size >= NAMES_MAX) names.clear();
  const json = textJson(name);
  if (name.length > NAME_LENGTH_MAX) return json;
  names.set(name, json);
  return json;
}

/** Of a value that JSON has; as in a list, what is undefined is null. */
export function valueJson(value: unknown): string {
  if (typeof value === 'string') return textJson(value);
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return value === undefined ? 'null' : JSON.stringify(value);
}

/** Of a record; what is undefined is left out. @param only these of its fields, in this order; absent: all. */
export function recordJson(record: Readonly<Record<string, unknown>>, only?: readonly string[]): string {
  let json = '';
  if (only === undefined) for (const name in record) json += memberJson(name, record[name], json);
  else for (const name of only) if (Object.hasOwn(record, name)) json += memberJson(name, record[name], json);
  return `{${json}}`;
}

/** @param before what stands in front of it. */
const memberJson = (name: string, value: unknown, before: string): string =>
  value === undefined ? '' : `${before === '' ? '' : ','}${nameJson(name)}:${valueJson(value)}`;
