/**
 * JSON as text, exactly as `JSON.stringify` makes it, for what is written with every decision: names come again and again, and most texts
 * need no escape. Pure, but for the names that it remembers.
 */

/** Printable ASCII but the quote and the backslash. */
const ORDINARY = /^[ !#-[\]-~]*$/;

export const textJson = (text: string): string => (ORDINARY.test(text) ? `"${text}"` : JSON.stringify(text));

const NAMES_MAX = 10_000;
const NAME_LENGTH_MAX = 200;

/** A name as it stands by itself, as that of the first field of a record, and as that of a later one. */
interface Name {
  readonly json: string;
  readonly first: string;
  readonly next: string;
}

const names = new Map<string, Name>();

/** Of a text that rules have given to something: a table, a column, a fact. */
export const nameJson = (name: string): string => nameOf(name).json;

function nameOf(name: string): Name {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size >= NAMES_MAX) names.clear();
  const json = textJson(name);
  // Joined, each is one text to the engine, and not one put together from others whenever it is used.
  const made = { json, first: ['{', json, ':'].join(''), next: [',', json, ':'].join('') };
  if (name.length <= NAME_LENGTH_MAX) names.set(name, made);
  return made;
}

/** Of a value that JSON has; as in a list, what is undefined is null. */
export function valueJson(value: unknown): string {
  if (typeof value === 'string') return textJson(value);
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  return value === undefined ? 'null' : JSON.stringify(value);
}

/** Of a record; what is undefined is left out. @param only these of its fields, in this order; absent: all. */
export function recordJson(record: object, only?: readonly string[]): string {
  const fields = record as Readonly<Record<string, unknown>>;
  let json = '';
  if (only === undefined) for (const name in fields) json = withField(json, name, fieldJson(fields[name]));
  else for (const name of only) if (Object.hasOwn(fields, name)) json = withField(json, name, fieldJson(fields[name]));
  return json === '' ? '{}' : `${json}}`;
}

const fieldJson = (value: unknown): string | undefined => (value === undefined ? undefined : valueJson(value));

/** @param json of the fields in front of it; '': it is the first one. @param text its value as JSON; undefined: it is left out. */
export function withField(json: string, name: string, text: string | undefined): string {
  if (text === undefined) return json;
  const known = nameOf(name);
  return json + (json === '' ? known.first : known.next) + text;
}

/** Ends of lines to some readers of texts, and none to JSON. */
const SEPARATORS = /[\u2028\u2029]/g;

/** On one line, whoever reads it. */
export const lineJson = (value: unknown): string =>
  JSON.stringify(value).replace(SEPARATORS, (separator) => `\\u${separator.charCodeAt(0).toString(16)}`);

/** What JSON has in braces. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
