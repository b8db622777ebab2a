/** What a schema says of single values: which, how large, of which form. Pure. */
import { type Json, type JsonType, patternOf } from '../../../rules/contracts/json-schema.js';
import type { Difference, Kind, Pair } from './difference.js';
import { besidesOf, isOfType, type Plain, saysSame, valuesOf } from './words.js';

type Limited = Readonly<Partial<Record<Word, number>>>;
type Word = 'minLength' | 'maxLength' | 'minItems' | 'maxItems' | 'minProperties' | 'maxProperties';

/** Of a writer that may write more than some values. */
export const limitDifferences = (pair: Pair): Difference[] => [
  ...numbers(pair),
  ...(['minLength', 'minItems', 'minProperties'] as const).flatMap((word) =>
    sized(pair, word, (written, read) => written >= read),
  ),
  ...(['maxLength', 'maxItems', 'maxProperties'] as const).flatMap((word) =>
    sized(pair, word, (written, read) => written <= read),
  ),
  ...steps(pair),
  ...unique(pair),
  ...forms(pair, 'pattern', ['pattern', 'otherPattern']),
  ...forms(pair, 'format', ['format', 'otherFormat']),
];

const differs = ({ path }: Pair, kind: Kind, word: string, writer?: Json, reader?: Json): Difference => ({
  ...{ kind, path, word, writer, reader },
});

function sized(pair: Pair, word: Word, isWithin: (written: number, read: number) => boolean): Difference[] {
  const [written, read] = [(pair.writer as Limited)[word], (pair.reader as Limited)[word]];
  if (read === undefined || (word.startsWith('min') && read <= 0)) return [];
  return written !== undefined && isWithin(written, read) ? [] : [differs(pair, 'limit', word, written, read)];
}

interface Bound {
  readonly at: number;
  readonly isOpen: boolean;
}

/** Of the upper end with all signs changed, so that both ends are one question. */
function boundOf(schema: Plain, sign: 1 | -1): Bound | undefined {
  const [closed, open] =
    sign === 1 ? [schema.minimum, schema.exclusiveMinimum] : [schema.maximum, schema.exclusiveMaximum];
  const bounds: Bound[] = [
    ...(closed === undefined ? [] : [{ at: sign * closed, isOpen: false }]),
    ...(open === undefined ? [] : [{ at: sign * open, isOpen: true }]),
  ].map((bound) => (schema.type === 'integer' ? whole(bound) : bound));
  return bounds.reduce<Bound | undefined>(
    (tightest, bound) => (tightest === undefined || isAsTight(bound, tightest) ? bound : tightest),
    undefined,
  );
}

const whole = ({ at, isOpen }: Bound): Bound => ({
  at: isOpen ? Math.floor(at) + 1 : Math.ceil(at),
  isOpen: false,
});

const isAsTight = (a: Bound, b: Bound): boolean => a.at > b.at || (a.at === b.at && (a.isOpen || !b.isOpen));

function numbers(pair: Pair): Difference[] {
  const { writer, reader } = pair;
  const kind = writer.type === 'integer' && reader.type === 'number' ? { ...reader, type: 'integer' as const } : reader;
  return ([1, -1] as const).flatMap((sign) => {
    const [written, read] = [boundOf(writer, sign), boundOf(kind, sign)];
    if (read === undefined || (written !== undefined && isAsTight(written, read))) return [];
    const word = sign === 1 ? 'minimum' : 'maximum';
    return [differs(pair, 'limit', word, boundShown(writer, sign), boundShown(reader, sign))];
  });
}

function boundShown(schema: Plain, sign: 1 | -1): Json | undefined {
  const [closed, open] =
    sign === 1 ? [schema.minimum, schema.exclusiveMinimum] : [schema.maximum, schema.exclusiveMaximum];
  return closed ?? (open === undefined ? undefined : `${sign === 1 ? 'over' : 'under'} ${open}`);
}

function steps(pair: Pair): Difference[] {
  const { writer, reader } = pair;
  if (reader.multipleOf === undefined) return [];
  const step = writer.multipleOf ?? (writer.type === 'integer' ? 1 : undefined);
  return step !== undefined && isWhole(step / reader.multipleOf)
    ? []
    : [differs(pair, 'limit', 'multipleOf', writer.multipleOf, reader.multipleOf)];
}

/** 0.3 is three times 0.1, though not to the last bit. */
const isWhole = (ratio: number): boolean => Math.abs(ratio - Math.round(ratio)) <= 1e-9 * Math.max(1, Math.abs(ratio));

const unique = (pair: Pair): Difference[] =>
  pair.reader.uniqueItems === true && pair.writer.uniqueItems !== true
    ? [differs(pair, 'limit', 'uniqueItems', pair.writer.uniqueItems, true)]
    : [];

function forms(pair: Pair, word: 'pattern' | 'format', [gone, other]: readonly [Kind, Kind]): Difference[] {
  const [written, read] = [pair.writer, pair.reader].map((schema) =>
    besidesOf(schema).flatMap((each) => each[word] ?? []),
  );
  if (read === undefined || written === undefined || read.every((each) => written.includes(each))) return [];
  return [differs(pair, written.length === 0 ? gone : other, word, alone(written), alone(read))];
}

const alone = (all: readonly string[]): Json | undefined => (all.length > 1 ? all : all[0]);

/** A value may have to have several of them. */
export const isForm = (word: string): boolean => word === 'pattern' || word === 'format';

/** Of a writer that writes some values only: those that the reader does not take. */
export function valueDifferences(pair: Pair, written: readonly Json[]): Difference[] {
  const { reader, path } = pair;
  const refused = written.filter((value) => !takes(pair, value));
  if (refused.length === 0) return [];
  const read = valuesOf(reader);
  if (read !== undefined) return [{ kind: 'values', path, writer: [...written], reader: [...read] }];
  const [first = null] = refused;
  return isOfType(first, reader.type ?? 'string')
    ? [{ kind: 'limit', path, word: 'enum', writer: [...written], reader: null }]
    : [{ kind: 'type', path, word: 'type', writer: [...written], reader: reader.type }];
}

/** Words that are not looked into. */
const OPAQUE = ['not', 'if', 'then', 'else'];

/** Whether one value fits, as far as single values go. */
function takes({ writer, reader: { besides = [], ...reader }, path }: Pair, value: Json): boolean {
  if (!besides.every((each) => takes({ writer, reader: each as Plain, path }, value))) return false;
  const { format } = writer;
  const read = valuesOf(reader);
  if (read !== undefined) return read.some((each) => saysSame(each, value));
  if (reader.type !== undefined && !isOfType(value, reader.type)) return false;
  const [mine, theirs] = [writer, reader] as readonly Readonly<Record<string, unknown>>[];
  if (OPAQUE.some((word) => theirs?.[word] !== undefined && !saysSame(mine?.[word], theirs[word]))) return false;
  if (typeof value === 'object') return Object.keys(reader).every((word) => word === 'type');
  const exact: Plain =
    typeof value === 'string'
      ? { type: 'string', ...lengthOf(value), ...formOf(reader, value), ...(format === undefined ? {} : { format }) }
      : {
          type: scalarType(value),
          minimum: Number(value),
          maximum: Number(value),
          multipleOf: Number(value) || (reader.multipleOf ?? 1),
        };
  return limitDifferences({ writer: exact, reader, path: '' }).length === 0;
}

/** In characters, as JSON Schema counts them. */
function lengthOf(text: string): Pick<Plain, 'minLength' | 'maxLength'> {
  const { length } = Array.from(text);
  return { minLength: length, maxLength: length };
}

const scalarType = (value: number | boolean): JsonType =>
  typeof value === 'boolean' ? 'boolean' : Number.isInteger(value) ? 'integer' : 'number';

/** The forms of the reader that the text has: a format is not looked into. */
const formOf = ({ pattern }: Plain, value: string): Pick<Plain, 'pattern'> =>
  pattern !== undefined && patternOf(pattern)?.test(value) === true ? { pattern } : {};
