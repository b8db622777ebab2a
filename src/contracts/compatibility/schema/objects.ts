/**
 * Fields of objects. An object is *open* (it may have fields that its schema does not name, with any value), *closed* (it has no others), or
 * *partially open* (others fit a schema). `additionalProperties: {}` is as open as its absence: a registry may see that otherwise. Pure.
 */
import { type JsonSchema, patternOf } from '../../../rules/contracts/json-schema.js';
import { below, type Compare, type Difference, type Kind, type Pair } from './difference.js';
import { isSilent, objectOf, type Plain, saysSame, type Schema } from './words.js';

export function objectDifferences(pair: Pair, compare: Compare): Difference[] {
  const { writer, reader } = pair;
  if (!isAboutFields(reader)) return [];
  const [written, read] = [writer.properties ?? {}, reader.properties ?? {}];
  return [
    ...Object.entries(read).flatMap(([name, schema]) => namedByReader(pair, { name, schema }, compare)),
    ...requiredOnly(pair),
    ...Object.entries(written).flatMap(([name, schema]) =>
      Object.hasOwn(read, name) ? [] : notNamedByReader(pair, { name, schema }, compare),
    ),
    ...others(pair, compare),
    ...names(pair, compare),
  ];
}

const isAboutFields = ({ type, properties, required, additionalProperties, patternProperties, propertyNames }: Plain) =>
  (type === undefined || type === 'object') &&
  [properties, required, additionalProperties, patternProperties, propertyNames].some((word) => word !== undefined);

interface Field {
  readonly name: string;
  readonly schema: Schema;
}

function namedByReader({ writer, reader, path }: Pair, { name, schema }: Field, compare: Compare): Difference[] {
  const at = below(path, name);
  const isNeeded = reader.required?.includes(name) === true;
  const hasDefault = objectOf(schema).default !== undefined;
  const written = own(writer.properties, name);
  const difference = (kind: Kind, minds?: Difference['minds']): Difference => ({
    ...{ kind, path: at, writer: undefined, reader: shown(schema) },
    ...(minds === undefined ? {} : { minds }),
  });
  const isMissing = isNeeded && writer.required?.includes(name) !== true;
  if (written !== undefined) {
    const missing = isMissing ? [difference('missing', hasDefault ? 'validators' : undefined)] : [];
    return [...missing, ...compare(written, schema, at)];
  }
  const rest = restOf(writer, name);
  if (isMissing && (!hasDefault || rest === true)) return [difference('absent')];
  if (rest === true) return [difference('unnamed', isSilent(schema) ? 'nobody' : 'strict')];
  const absent = isMissing ? [difference('absent', 'validators')] : [];
  return rest === false ? absent : [...absent, ...compare(rest, schema, at)];
}

/** What is needed without being described. */
const requiredOnly = ({ writer, reader, path }: Pair): Difference[] =>
  (reader.required ?? [])
    .filter((name) => own(reader.properties, name) === undefined && writer.required?.includes(name) !== true)
    .map((name) => ({
      kind: own(writer.properties, name) === undefined ? 'absent' : 'missing',
      path: below(path, name),
      writer: undefined,
      reader: 'anything',
    }));

function notNamedByReader({ reader, path }: Pair, { name, schema }: Field, compare: Compare): readonly Difference[] {
  const at = below(path, name);
  const rest = restOf(reader, name);
  if (rest === true || schema === false) return [];
  return rest === false
    ? [{ kind: 'extra', path: at, writer: shown(schema), reader: undefined }]
    : compare(schema, rest, at);
}

/** What neither of them names. */
function others({ writer, reader, path }: Pair, compare: Compare): readonly Difference[] {
  const [written, read] = [contentOf(writer), contentOf(reader)];
  if (read === true || written === false) return patterned({ writer, reader, path }, compare);
  if (read === false || written === true)
    return [{ kind: 'content', path, writer: contentShown(written), reader: contentShown(read) }];
  return [...compare(written, read, below(path, '*')), ...patterned({ writer, reader, path }, compare)];
}

/** By their pattern, as a text. */
function patterned({ writer, reader, path }: Pair, compare: Compare): Difference[] {
  return Object.entries(reader.patternProperties ?? {}).flatMap(([pattern, schema]) => {
    const written = own(writer.patternProperties, pattern) ?? contentOf(writer);
    return written === false ? [] : compare(written, schema, below(path, `/${pattern}/`));
  });
}

/** A closed object has the names that it names, and no others. */
function names({ writer, reader, path }: Pair, compare: Compare): readonly Difference[] {
  if (reader.propertyNames === undefined || saysSame(writer.propertyNames, reader.propertyNames)) return [];
  const isClosed = contentOf(writer) === false && writer.patternProperties === undefined;
  const own = isClosed ? { enum: Object.keys(writer.properties ?? {}) } : {};
  const named: JsonSchema = { type: 'string', allOf: [own, objectOf(writer.propertyNames ?? true)] };
  return compare(named, { type: 'string', ...objectOf(reader.propertyNames) }, below(path, '*'));
}

/** `true`: any value; false: none. */
function contentOf({ additionalProperties = true }: Plain): Schema {
  return isSilent(additionalProperties) ? true : additionalProperties;
}

/** What may stand under a name that is not named. */
function restOf(schema: Plain, name: string): Schema {
  const fitting = Object.entries(schema.patternProperties ?? {}).filter(([pattern]) => isMatching(pattern, name));
  if (fitting.length === 0) return contentOf(schema);
  const [first, ...more] = fitting.map(([, each]) => each);
  if (first === undefined || more.length === 0) return first ?? true;
  return { allOf: [first, ...more] as JsonSchema[] };
}

const isMatching = (pattern: string, name: string): boolean => patternOf(pattern)?.test(name) === true;

const own = <V>(all: Readonly<Record<string, V>> | undefined, name: string): V | undefined =>
  all !== undefined && Object.hasOwn(all, name) ? all[name] : undefined;

const contentShown = (content: Schema): string =>
  content === true ? 'open' : content === false ? 'closed' : 'open to fields of one schema';

/** A field in a few words. */
function shown(schema: Schema): string {
  const { type, enum: values, format, anyOf } = objectOf(schema);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (type === undefined) return anyOf === undefined ? 'anything' : anyOf.map(shown).join(' | ');
  const name = typeof type === 'string' ? type : type.join(' | ');
  return format === undefined ? name : `${name}, ${format}`;
}
