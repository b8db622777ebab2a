/**
 * The type of a column by its wire values alone: of the forms that a connector writes, the first into which every value converts, by the
 * conversion that the pipeline uses. A number shows no unit and a text no meaning, so what is left open is asked. Pure.
 */
import type { ColumnType } from '../domain/tables/table.js';
import { converterOf } from '../decode/types/converter.js';
import { type Convert, INEXACT, INVALID, type WireValue } from '../decode/types/conversion.js';
import { isDay, isMoney, isTemporal } from './column-names.js';

export interface GuessedType {
  readonly type: ColumnType;
  /** What the values are: `texts with 2 digits after the point`. */
  readonly evidence: string;
  readonly questions: readonly string[];
}

type Form = 'boolean' | 'number' | 'text' | 'list' | 'object';

interface Candidate {
  readonly type: ColumnType;
  /** Judges the values, more strictly than the declared type does. */
  readonly convert: Convert;
  readonly evidence: string;
  readonly questions?: readonly string[];
}

const ZONE_ASKED =
  'In which time zone did the clock of the legacy system hang? Nothing in the values tells; UTC is a guess.';
const PLAUSIBLE = { from: '1990-01-01', to: '2100-12-31' } as const;

const timestamps = (unit: 'nanos' | 'micros' | 'millis'): Candidate => ({
  type: { kind: 'timestamp', unit, zone: 'UTC' },
  convert: plausible(unit),
  evidence: `numbers that are ${unit === 'nanos' ? 'nanoseconds' : unit === 'micros' ? 'microseconds' : 'milliseconds'} of 1990 to 2100`,
  questions: [ZONE_ASKED],
});

/** Of those years, or "for ever". */
function plausible(unit: 'nanos' | 'micros' | 'millis'): Convert {
  const near = converterOf({ kind: 'timestamp', unit, zone: 'UTC', ...PLAUSIBLE });
  const far = converterOf({ kind: 'timestamp', unit, zone: 'UTC', from: '9999-12-31' });
  return (value) => {
    const converted = near(value);
    return isFitting(converted) ? converted : far(value);
  };
}

const fitting = (type: ColumnType, evidence: string, questions?: readonly string[]): Candidate => ({
  type,
  convert: converterOf(type),
  evidence,
  ...(questions === undefined ? {} : { questions }),
});

/** By the name too, where numbers of that size could as well be anything else. */
const numbers = (name: string): Candidate[] => [
  timestamps('micros'),
  timestamps('millis'),
  ...(isTemporal(name) ? [timestamps('nanos')] : []),
  ...(isDay(name)
    ? [
        {
          ...fitting({ kind: 'date', ...PLAUSIBLE }, 'numbers that are days of 1990 to 2100'),
          type: { kind: 'date' } as const,
        },
      ]
    : []),
  fitting({ kind: 'integer' }, 'whole numbers'),
  fitting({ kind: 'bigint' }, 'whole numbers, some beyond 53 bits'),
  isMoney(name)
    ? fitting({ kind: 'decimal', scale: 2, lossy: true }, 'numbers with a fraction, and a name of money', [
        'Does the connector write decimals as doubles (decimal.handling.mode=double)? Then digits may be lost already: set it to string. Which scale has the column?',
      ])
    : fitting({ kind: 'float' }, 'numbers with a fraction', [
        'Is it a double in the database, or a decimal that the connector writes as one (decimal.handling.mode=double)?',
      ]),
];

const JSON_TEXT = /^\s*[[{]/;

const texts = (): Candidate[] => [
  fitting({ kind: 'instant' }, 'instants with their zone'),
  fitting({ kind: 'date', unit: 'iso' }, 'days as texts (isostring)'),
  fitting({ kind: 'zonedTime' }, 'times of day as texts', [
    "Is it a time without zone (time.precision.mode=isostring)? Then declare legacy.time({ unit: 'iso' }).",
  ]),
  fitting({ kind: 'uuid' }, 'UUIDs'),
  fitting({ kind: 'interval', unit: 'iso' }, 'lengths of time'),
  { ...fitting({ kind: 'json' }, 'JSON documents'), convert: jsonOnly },
];

const convertJson = converterOf({ kind: 'json' });
const jsonOnly: Convert = (value) =>
  typeof value === 'string' && JSON_TEXT.test(value) ? convertJson(value) : INVALID;

const objects = (): Candidate[] => [
  fitting({ kind: 'point' }, 'points'),
  fitting({ kind: 'geometry' }, 'geometries'),
  fitting({ kind: 'hstore' }, 'texts by name (hstore)'),
];

/** What is left of the candidates after each value. */
export class TypeGuess {
  readonly #name: string;
  readonly #candidates = new Map<Form, Candidate[]>();
  readonly #counts = new Map<Form, number>();
  readonly #scales = new Map<number | null, number>();
  readonly #bits = { trailingBlanks: 0, wide: 0, structs: 0, base64: 0 };
  #isPadded = false;
  readonly #lengths = new Set<number>();
  #elements: TypeGuess | null = null;
  #nullElements = 0;
  #nonFinite = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** @param value neither null nor absent nor unavailable. */
  add(value: WireValue): void {
    if (typeof value === 'string' && NON_FINITE.has(value)) {
      this.#nonFinite += 1;
      return;
    }
    const form = formOf(value);
    this.#counts.set(form, (this.#counts.get(form) ?? 0) + 1);
    let left = this.#candidates.get(form);
    if (left === undefined) this.#candidates.set(form, (left = this.#candidatesOf(form)));
    const fits = left.filter(({ convert }) => isFitting(convert(value)));
    if (fits.length < left.length) this.#candidates.set(form, fits);
    if (form === 'text') this.#addText(value as string);
    else if (form === 'number') this.#bits.wide += Math.abs(Number(value)) > INT_MAX ? 1 : 0;
    else if (form === 'list') this.#addList(value as readonly WireValue[]);
    else if (form === 'object') this.#addObject(value as Readonly<Record<string, unknown>>);
  }

  /** @returns null when there was no value. */
  end(): GuessedType | null {
    const [most, ...others] = [...this.#counts].sort(([, a], [, b]) => b - a);
    if (this.#nonFinite > 0 && (most === undefined || most[0] === 'number'))
      return plain({ kind: 'float', nonFinite: true }, 'numbers, NaN and infinities');
    if (most === undefined) return null;
    const [form, count] = most;
    const guess = this.#ofForm(form, count);
    if (others.length === 0) return guess;
    const rest = others.map(([other, times]) => `${times} as ${other}`).join(', ');
    return {
      ...guess,
      questions: [...guess.questions, `${count} values come as ${form}, ${rest}: did the column change its type?`],
    };
  }

  #candidatesOf(form: Form): Candidate[] {
    if (form === 'number') return numbers(this.#name);
    if (form === 'text') return texts();
    return form === 'object' ? objects() : [];
  }

  #ofForm(form: Form, count: number): GuessedType {
    const decimal = this.#decimal(form, count);
    if (decimal !== null) return decimal;
    if (form === 'boolean') return plain({ kind: 'boolean' }, 'true and false');
    if (form === 'list') return this.#list();
    const [first] = this.#candidates.get(form) ?? [];
    if (first !== undefined) {
      const { type, evidence, questions = [] } = first;
      if (type.kind === 'integer' && this.#bits.wide > 0)
        return plain({ kind: 'bigint' }, 'whole numbers, some beyond 32 bits');
      return { type, evidence, questions };
    }
    if (form === 'text' && this.#isPadded && this.#bits.base64 === count)
      return { ...plain({ kind: 'text', trim: false }, 'texts'), questions: [BASE64_ASKED] };
    if (form === 'text')
      return this.#bits.trailingBlanks > 0 && this.#lengths.size === 1
        ? plain({ kind: 'text', trim: true }, 'texts of one length, with blanks at their end')
        : plain({ kind: 'text', trim: false }, 'texts');
    return {
      ...plain({ kind: 'json' }, 'values of more than one form'),
      questions: ['What is it? No type of docs/column-types.md has all of its values.'],
    };
  }

  /** As texts with one number of digits (`decimal.handling.mode=string`), or with their scale beside them. */
  #decimal(form: Form, count: number): GuessedType | null {
    const scales = [...this.#scales].flatMap(([scale]) => (scale === null ? [] : [scale]));
    const scale = Math.max(...scales);
    const isWhole = !this.#scales.has(null) && scales.length > 0 && scale > 0;
    if (form === 'object') {
      if (this.#bits.structs < count) return null;
      return {
        ...plain(
          { kind: 'decimal', scale: Math.max(scale, 0), wire: 'bytes' },
          `decimals with up to ${scale} digits after the point`,
        ),
        questions: ['Which scale has the column?'],
      };
    }
    if (form !== 'text' || !isWhole) return null;
    if (scales.length === 1) return plain({ kind: 'decimal', scale }, `texts with ${scale} digits after the point`);
    return {
      ...plain({ kind: 'decimal', scale }, `texts with up to ${scale} digits after the point`),
      questions: ['Which scale has the column? A value with more digits is refused.'],
    };
  }

  #list(): GuessedType {
    const element = this.#elements?.end() ?? null;
    const nullable = this.#nullElements > 0;
    if (element === null)
      return {
        ...plain({ kind: 'array', element: { kind: 'text', trim: false }, nullable }, 'lists without elements'),
        questions: ['Of what is it a list?'],
      };
    const { type, evidence, questions } = element;
    return { type: { kind: 'array', element: type, nullable }, evidence: `lists of ${evidence}`, questions };
  }

  #addText(text: string): void {
    if (text.endsWith(' ')) this.#bits.trailingBlanks += 1;
    if (this.#lengths.size < 2) this.#lengths.add(text.length);
    if (BASE64.test(text)) this.#bits.base64 += 1;
    this.#isPadded ||= text.endsWith('=');
    const decimal = DECIMAL.exec(text);
    this.#addScale(decimal === null ? null : (decimal[1]?.length ?? 0));
  }

  #addObject(value: Readonly<Record<string, unknown>>): void {
    if (typeof value.scale !== 'number' || typeof value.value !== 'string') return;
    this.#bits.structs += 1;
    this.#addScale(value.scale);
  }

  #addScale(scale: number | null): void {
    this.#scales.set(scale, (this.#scales.get(scale) ?? 0) + 1);
  }

  #addList(values: readonly WireValue[]): void {
    this.#elements ??= new TypeGuess(this.#name);
    for (const value of values) {
      if (value === null) this.#nullElements += 1;
      else this.#elements.add(value);
    }
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const BASE64_ASKED =
  'It looks like base64: bytes, or a decimal that the connector writes as bytes (decimal.handling.mode=precise)? Set that to string: without a ' +
  'schema beside the row nobody can see its scale.';
/** What JSON has no number for. */
const NON_FINITE: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity']);
const INT_MAX = 2 ** 31 - 1;
const DECIMAL = /^-?\d+(?:\.(\d+))?$/;

const plain = (type: ColumnType, evidence: string): GuessedType => ({ type, evidence, questions: [] });

const isFitting = (converted: ReturnType<Convert>): boolean => typeof converted !== 'symbol' || converted === INEXACT;

const FORMS: Readonly<Record<string, Form>> = {
  string: 'text',
  number: 'number',
  bigint: 'number',
  boolean: 'boolean',
};

function formOf(value: WireValue): Form {
  if (Array.isArray(value)) return 'list';
  return FORMS[typeof value] ?? 'object';
}

/** The unit is said, the zone is not. */
export const askedOf = ({ kind }: ColumnType): readonly string[] =>
  kind === 'timestamp'
    ? ['In which time zone did the clock of the legacy system hang? Nothing here says so; UTC is a guess.']
    : [];
