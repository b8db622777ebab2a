/**
 * What a writer may write and a reader does not read: JSON Schema draft-07, as the rules of registries have it (an open object may hold
 * anything under a name that it does not know), but `format` counts, too. What cannot be compared counts as different. Pure.
 */
import type { Json, JsonSchema } from '../../../rules/contracts/json-schema.js';
import type { Compare, Difference, Kind, Pair } from './difference.js';
import { isForm, limitDifferences, valueDifferences } from './limits.js';
import { listDifferences } from './lists.js';
import { objectDifferences } from './objects.js';
import {
  alternatives,
  besidesOf,
  followed,
  isSilent,
  isWithinType,
  objectOf,
  omitted,
  type Plain,
  saysSame,
  type Schema,
  TooLarge,
  valuesOf,
} from './words.js';

/** Pairs of schemas that are looked at for one answer, and how deep: unions of unions are not followed for ever. */
export const COMPARISONS_MAX = 20_000;
export const DEPTH_MAX = 64;

export interface Compared {
  readonly writer: JsonSchema;
  readonly reader: JsonSchema;
}

export function differences({ writer, reader }: Compared): Difference[] {
  if (saysSame(writer, reader)) return [];
  try {
    return [...new Comparison({ writer, reader }).compare(writer, reader, '')];
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    return [notCompared(error, '')];
  }
}

const notCompared = ({ message }: TooLarge, path: string): Difference => ({
  ...{ kind: 'size', path, word: message, writer: undefined, reader: undefined },
});

/** Words that are not looked into: the reader's stand in the writer's as they are, or it may be more. */
const CONDITIONS = ['not', 'if', 'then', 'else', 'contains', 'dependencies', 'contentEncoding'] as const;

class Comparison {
  readonly #roots: Compared;
  readonly #isSameNamed: boolean;
  /** Pairs that are being looked at: what refers to itself says nothing new of itself. */
  readonly #open = new Map<object, Set<object>>();
  #comparisons = 0;
  #depth = 0;

  constructor(roots: Compared) {
    this.#roots = roots;
    this.#isSameNamed = saysSame(roots.writer.definitions, roots.reader.definitions);
  }

  /** What cannot be followed is told where it stands: what is beside it is compared. */
  readonly compare: Compare = (writer, reader, path) => {
    try {
      return this.#compared(writer, reader, path);
    } catch (error) {
      if (!(error instanceof TooLarge) || error.isEnd) throw error;
      return [notCompared(error, path)];
    }
  };

  #compared(writer: Schema, reader: Schema, path: string): readonly Difference[] {
    if (saysSame(writer, reader) && !this.#isReferring(writer)) return NONE;
    if (isSilent(reader)) return NONE;
    const [from, to] = [followed(objectOf(writer), this.#roots.writer), followed(objectOf(reader), this.#roots.reader)];
    const open = this.#open.get(from) ?? new Set();
    if (open.has(to)) return NONE;
    this.#count();
    this.#open.set(from, open.add(to));
    this.#depth += 1;
    try {
      return this.#alternatives(from, to, path);
    } finally {
      this.#depth -= 1;
      open.delete(to);
    }
  }

  /** Words of its references may mean something else. */
  #isReferring(schema: Schema): boolean {
    return (this.#isSameNamed ? REFERS_ELSEWHERE : REFERS).test(JSON.stringify(schema));
  }

  #count(): void {
    this.#comparisons += 1;
    if (this.#comparisons > COMPARISONS_MAX) throw new TooLarge(`more than ${COMPARISONS_MAX} comparisons`, true);
    if (this.#depth > DEPTH_MAX) throw new TooLarge(`deeper than ${DEPTH_MAX}`);
  }

  #alternatives(writer: JsonSchema, reader: JsonSchema, path: string): readonly Difference[] {
    const written = alternatives(writer, this.#roots.writer);
    const read = alternatives(reader, this.#roots.reader);
    const [first, alone] = [written[0], read[0]];
    if (written.length === 1 && read.length === 1 && first !== undefined && alone !== undefined)
      return this.#plain(first, alone, path);
    const found = written.flatMap((each) => this.#nearest(each, read, { path, isOnly: isOnly(written) }));
    if (found.length > 0 || writer.anyOf === undefined || reader.oneOf === undefined) return found;
    return [{ kind: 'unionKind', path, writer: 'anyOf', reader: 'oneOf' }];
  }

  /** What no alternative of the reader takes, told by the one that is meant. */
  #nearest(writer: Plain, read: readonly Plain[], { path, isOnly: isAlone }: At): readonly Difference[] {
    const answers = read.map((reader) => ({ reader, found: this.#plain(writer, reader, path) }));
    const isTaken = (one: Plain): boolean => read.some((reader) => this.#plain(one, reader, path).length === 0);
    if (answers.some(({ found }) => found.length === 0)) return NONE;
    if (read.length > 1 && isAll(singles(writer), isTaken)) return NONE;
    if (isNull(writer)) return [{ kind: 'null', path, writer: null, reader: undefined }];
    const alike = answers.filter(({ reader, found }) => !isNull(reader) && !found.some(isOtherKind(path)));
    const tolerable = alike.find(({ found }) => found.every(({ minds }) => minds !== undefined));
    const [meant] = alike;
    if (tolerable !== undefined) return tolerable.found;
    if (meant !== undefined && alike.length === 1) return meant.found;
    const others = answers.filter(({ reader }) => !isNull(reader));
    if (isAlone && others.length === 1) return others[0]?.found ?? NONE;
    return [{ kind: 'branch', path, writer: shown(writer), reader: others.map(({ reader }) => shown(reader)) }];
  }

  #plain(writer: Plain, reader: Plain, path: string): readonly Difference[] {
    this.#count();
    const written = valuesOf(writer);
    if (
      written !== undefined &&
      (valuesOf(reader) !== undefined || written.every((value) => typeof value !== 'object' || value === null))
    )
      return valueDifferences({ writer, reader, path }, written);
    if (reader.type !== undefined && (writer.type === undefined || !isWithinType(writer.type, reader.type)))
      return [{ kind: 'type', path, word: 'type', writer: writer.type, reader: reader.type }];
    const values = valuesOf(reader);
    if (values !== undefined) return [{ kind: 'values', path, word: 'enum', writer: undefined, reader: [...values] }];
    return [
      ...limitDifferences({ writer, reader, path }),
      ...CONDITIONS.flatMap((word) => conditionDifferences(word, { writer, reader, path })),
      ...besideDifferences({ writer, reader, path }),
      ...objectDifferences({ writer, reader, path }, this.compare),
      ...listDifferences({ writer, reader, path }, this.compare),
    ];
  }
}

const NONE: readonly Difference[] = Object.freeze([]);

const REFERS = /"\$ref":/;
const REFERS_ELSEWHERE = /"\$ref":(?!"#\/definitions\/)/;

interface At {
  readonly path: string;
  /** Beside null there is no other alternative. */
  readonly isOnly: boolean;
}

const isOnly = (all: readonly Plain[]): boolean => all.filter((each) => !isNull(each)).length === 1;

const isNull = (schema: Plain): boolean =>
  schema.type === 'null' || valuesOf(schema)?.every((value) => value === null) === true;

const OTHER_KINDS: readonly Kind[] = ['type', 'values'];

/** Another type, or another value of the field by which alternatives are told apart. */
const isOtherKind =
  (path: string) =>
  ({ kind, path: at }: Difference): boolean =>
    kind === 'type' ? at === path : OTHER_KINDS.includes(kind);

function conditionDifferences(word: (typeof CONDITIONS)[number], { writer, reader, path }: Pair): Difference[] {
  const [written, read] = [writer, reader].map((schema) => (schema as Record<string, unknown>)[word]);
  if (read === undefined || saysSame(written, read)) return [];
  return [{ kind: 'condition', path, word, writer: written as Json | undefined, reader: read as Json }];
}

/** Of a conjunction, what one schema cannot say with the rest: each word of the reader's stands somewhere in the writer's, in whatever order. */
function besideDifferences({ writer, reader, path }: Pair): Difference[] {
  const written = besidesOf(writer) as readonly Record<string, unknown>[];
  const lacking = (reader.besides ?? [])
    .flatMap((each) => Object.entries(each))
    .filter(([word, said]) => !isForm(word) && !written.some((each) => saysSame(each[word], said)));
  return lacking.length === 0
    ? []
    : [{ kind: 'condition', path, word: 'allOf', writer: toJson(writer.besides), reader: toJson(reader.besides) }];
}

const toJson = (besides: Plain['besides']): Json | undefined => besides as Json | undefined;

/** One alternative for each value; none: there are more than are named. */
const singles = (schema: Plain): Plain[] =>
  (valuesOf(schema) ?? (schema.type === 'boolean' ? [true, false] : [])).map((value) => ({
    ...omitted(schema, ['const', 'enum']),
    enum: [value],
  }));

const isAll = <T>(all: readonly T[], holds: (one: T) => boolean): boolean => all.length > 0 && all.every(holds);

/** An alternative in a few words of JSON. */
function shown(schema: Plain): Json {
  const values = valuesOf(schema);
  if (values !== undefined) return [...values];
  if (schema.properties !== undefined) return `object of ${Object.keys(schema.properties).join(', ')}`;
  return schema.type ?? 'anything';
}
