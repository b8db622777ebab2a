/** A schema as it is compared: references followed, alternatives side by side, conjunctions in one. Pure. */
import type { Json, JsonSchema, JsonType } from '../../../rules/contracts/json-schema.js';

/** Also what a contract of before, or of somebody else, may be written in; `true` and `false` are schemas too. */
export type Schema = JsonSchema | boolean;

/** One alternative: at most one type, no reference, no union. Words that are not looked into stay as they are. */
export interface Plain extends Omit<JsonSchema, 'type' | 'anyOf' | 'oneOf' | '$ref'> {
  readonly type?: JsonType;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  /** What a conjunction has besides, and one schema cannot say with the rest. */
  readonly besides?: readonly JsonSchema[];
}

/** What a comparison cannot follow. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
  /** Nothing else can be looked at, either. */
  readonly isEnd: boolean;

  constructor(message: string, isEnd = false) {
    super(message);
    this.isEnd = isEnd;
  }
}

export const BRANCHES_MAX = 32;
const NESTED_MAX = 32;

/** What it says in one schema, and what besides. */
export const besidesOf = (schema: Plain): readonly JsonSchema[] => [schema, ...(schema.besides ?? [])];

const NEVER: JsonSchema = Object.freeze({ enum: [] });

export const objectOf = (schema: Schema): JsonSchema => (schema === true ? {} : schema === false ? NEVER : schema);

/** Words that say nothing of values. */
const ANNOTATIONS = new Set([
  ...['$schema', '$id', '$comment', 'title', 'description', 'default', 'example', 'examples', 'deprecated'],
  ...['definitions', '$defs', 'readOnly', 'writeOnly'],
]);

export const isSilent = (schema: Schema): boolean =>
  schema === true || Object.keys(objectOf(schema)).every((word) => ANNOTATIONS.has(word));

/** Whether two pieces of schema say the same, whatever they call or explain it. */
export function saysSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((each, index) => saysSame(each, b[index]))
    );
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every(
    (name) => Object.hasOwn(left, name) && Object.hasOwn(right, name) && saysSame(left[name], right[name]),
  );
}

/** All alternatives of which a value must fit one. @param root where references lead to. @throws TooLarge */
export function alternatives(schema: Schema, root: JsonSchema): readonly Plain[] {
  const all = spread(objectOf(schema), root, 0);
  if (all.length > BRANCHES_MAX) throw new TooLarge(`more than ${BRANCHES_MAX} alternatives`);
  return all;
}

function spread(schema: JsonSchema, root: JsonSchema, nested: number): Plain[] {
  if (nested > NESTED_MAX) throw new TooLarge(`more than ${NESTED_MAX} references or conjunctions in a row`);
  // Beside a reference draft-07 reads nothing else.
  const { allOf, ...own } = followed(schema, root);
  if (allOf !== undefined) {
    const whole = allOf.map((each) => followed(objectOf(each), root)).reduce(conjoined, own);
    return spread(whole, root, nested + 1);
  }
  const { anyOf, ...some } = own;
  const { oneOf, ...none } = some;
  const [branches, base] = anyOf === undefined ? [oneOf, none] : [anyOf, some];
  if (branches === undefined) return byType(base);
  if (branches.length > BRANCHES_MAX) throw new TooLarge(`more than ${BRANCHES_MAX} alternatives`);
  return branches.flatMap((branch) => spread(conjoined(base, followed(objectOf(branch), root)), root, nested + 1));
}

/** What a reference leads to. @throws TooLarge */
export function followed(schema: JsonSchema, root: JsonSchema, nested = 0): JsonSchema {
  if (nested > NESTED_MAX) throw new TooLarge(`more than ${NESTED_MAX} references in a row`);
  return schema.$ref === undefined ? schema : followed(referred(schema.$ref, root), root, nested + 1);
}

function referred(reference: string, root: JsonSchema): JsonSchema {
  if (!reference.startsWith('#')) throw new TooLarge(`a reference to another document, ${reference}`);
  const parts = reference
    .slice(1)
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const found = parts.reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, part)
        ? (at as Record<string, unknown>)[part]
        : undefined,
    root,
  );
  if (typeof found === 'boolean') return objectOf(found);
  if (typeof found !== 'object' || found === null) throw new TooLarge(`a reference to nothing, ${reference}`);
  return found;
}

/** `type: ['string', 'null']` and `enum: ['a', null]` are alternatives, too. */
function byType({ type, ...rest }: JsonSchema): Plain[] {
  const types = type === undefined ? undefined : typeof type === 'string' ? [type] : type;
  const values = valuesOf(rest);
  const others = omitted(rest, ['const', 'enum']);
  if (types === undefined) {
    if (values?.includes(null) !== true || values.length === 1) return [rest];
    return [
      { ...others, enum: values.filter((value) => value !== null) },
      { ...others, enum: [null] },
    ];
  }
  if (types.length === 1) return types.map((each) => ({ ...rest, type: each }));
  return types.flatMap((each): Plain[] => {
    if (values === undefined) return [{ ...others, type: each }];
    const own = values.filter((value) => isOfType(value, each));
    return own.length === 0 ? [] : [{ ...others, type: each, enum: own }];
  });
}

export const omitted = <T extends object, N extends keyof T>(of: T, names: readonly N[]): Omit<T, N> =>
  Object.fromEntries(Object.entries(of).filter(([name]) => !names.includes(name as N))) as Omit<T, N>;

/** The only values there are; undefined: more than are named. */
export function valuesOf(schema: Pick<JsonSchema, 'const' | 'enum'>): readonly Json[] | undefined {
  if (schema.const !== undefined) return [schema.const];
  return schema.enum;
}

export function typeOfValue(value: Json): JsonType {
  if (value === null) return 'null';
  if (typeof value === 'object') return Array.isArray(value) ? 'array' : 'object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value === 'string' ? 'string' : 'boolean';
}

export const isOfType = (value: Json, type: JsonType): boolean => isWithinType(typeOfValue(value), type);

/** Each integer is a number. */
export const isWithinType = (type: JsonType, of: JsonType): boolean =>
  type === of || (type === 'integer' && of === 'number');

const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];

/** What fits both. What cannot be said in one schema stands in `besides`, and is compared as it is. */
function conjoined(a: JsonSchema, b: JsonSchema): JsonSchema {
  const whole: Record<string, unknown> = { ...a };
  const left: Record<string, unknown> = {};
  for (const [word, said] of Object.entries(b as Readonly<Record<string, unknown>>)) {
    if (said === undefined) continue;
    const before = whole[word];
    const both = before === undefined || saysSame(before, said) ? said : bothOf(word, before, said);
    if (both === undefined) left[word] = said;
    else whole[word] = both;
  }
  if (Object.keys(left).length === 0) return whole;
  const besides = [...((whole['besides'] as JsonSchema[] | undefined) ?? []), left];
  return { ...whole, besides } as JsonSchema;
}

function bothOf(word: string, a: unknown, b: unknown): unknown {
  if (ANNOTATIONS.has(word)) return a;
  if (LOWER.includes(word)) return Math.max(a as number, b as number);
  if (UPPER.includes(word)) return Math.min(a as number, b as number);
  if (word === 'required') return [...new Set([...(a as string[]), ...(b as string[])])];
  if (word === 'enum') return (a as Json[]).filter((value) => (b as Json[]).some((each) => saysSame(each, value)));
  if (word === 'properties') return bothProperties(a as Properties, b as Properties);
  return undefined;
}

type Properties = Readonly<Record<string, JsonSchema>>;

const bothProperties = (a: Properties, b: Properties): Properties => ({
  ...a,
  ...Object.fromEntries(
    Object.entries(b).map(([name, schema]) => {
      const before = Object.hasOwn(a, name) ? a[name] : undefined;
      return [name, before === undefined || saysSame(before, schema) ? schema : { allOf: [before, schema] }];
    }),
  ),
});
