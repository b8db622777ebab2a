/** What to declare of a column, and why: its type as it was seen or said, refined by its values and its name. Pure. */
import { nullMayBeUnavailable } from '../decode/types/unavailable.js';
import type { ColumnType } from '../domain/tables/table.js';
import { isCode, isShowable, PERSONAL_FORMS, type Suspicion, suspicionOf } from './column-names.js';
import type { ObservedColumn } from './form.js';
import type { GuessedType } from './guessed-type.js';
import type { ColumnValues } from './values.js';

export interface SeenColumn {
  /** Of its table. */
  readonly table: string;
  readonly name: string;
  readonly guess: GuessedType;
  readonly values: ColumnValues;
  readonly isInKey: boolean;
  /** What the source says; null: only its values do. */
  readonly saidNullable: boolean | null;
  /** Only some rows carry it, in words; null: all do. */
  readonly onlyIn: string | null;
  readonly leftOut: string | null;
}

export function observedColumn(seen: SeenColumn): ObservedColumn {
  const { name, values, isInKey, onlyIn, leftOut } = seen;
  const suspicion = suspicionAbout(seen);
  const { type, evidence, questions } = refined(seen, suspicion !== null);
  const nulls = nullability(seen);
  return {
    name,
    type,
    nullable: nulls.nullable,
    optional: onlyIn !== null && !isInKey,
    sensitivity: isInKey ? 'public' : (suspicion?.sensitivity ?? 'public'),
    evidence: [evidence, nulls.evidence, ...(onlyIn === null ? [] : [onlyIn]), ...said(suspicion, isInKey)],
    questions: [
      ...questions,
      ...(isInKey && suspicion !== null ? [KEY_ASKED] : []),
      ...(nulls.nullable && nullMayBeUnavailable(type) ? [NULL_ASKED] : []),
    ],
    leftOut:
      leftOut ?? (name === '__proto__' ? 'nothing can be kept under this name: give it another one in a view' : null),
    values: values.sample,
  };
}

const NULL_ASKED =
  'Does a rule need it? A null in an update may stand for a big value that was not sent, so it is refused, unless the table has REPLICA IDENTITY FULL.';

const KEY_ASKED =
  'Does it name a person? It is part of the key, and keys stand in topics, headers and logs: nothing can hide it there. Perhaps another column is as unique.';

const said = (suspicion: Suspicion | null, isInKey: boolean): readonly string[] =>
  suspicion === null || isInKey ? [] : [`looks ${suspicion.evidence}`];

function nullability({ values, isInKey, saidNullable }: SeenColumn): { nullable: boolean; evidence: string } {
  const { nulls, count } = values;
  const rows = nulls + count;
  if (isInKey) return { nullable: false, evidence: 'part of the key' };
  const found = `null in ${nulls} of ${counted(rows, 'row')}`;
  if (saidNullable === true) return { nullable: true, evidence: nulls > 0 ? found : neverSeen(rows) };
  if (nulls > 0) return { nullable: true, evidence: found };
  return { nullable: false, evidence: saidNullable === false ? 'NOT NULL' : `never null in ${counted(rows, 'row')}` };
}

const neverSeen = (rows: number): string =>
  rows === 0 ? 'may be null' : `may be null, was not in ${counted(rows, 'row')}`;

const VALUES_MIN = 5;
const SHARE_MIN = 0.9;

function suspicionAbout({ table, name, guess, values }: SeenColumn): Suspicion | null {
  const byName = suspicionOf(name, table);
  if (byName !== null || guess.type.kind !== 'text' || values.count < VALUES_MIN) return byName;
  const form = PERSONAL_FORMS.find(({ holds }) => values.shareOf(holds) >= SHARE_MIN);
  return form === undefined
    ? null
    : { sensitivity: 'personal', evidence: `personal: its values look like ${form.what}` };
}

/** Codes, where its values are few; never shown of what looks personal. */
function refined({ name, guess, values, isInKey }: SeenColumn, isSuspect: boolean): GuessedType {
  const { type } = guess;
  if (type.kind === 'code' || type.kind === 'set') return { ...guess, questions: [...guess.questions, MEANING_ASKED] };
  const codes = values.codes;
  if (isInKey || isSuspect || codes === null || !isFew(codes, values.count)) return guess;
  if (type.kind !== 'text' && !(type.kind === 'integer' && isCode(name))) return guess;
  const list = `${counted(codes.size, 'value')} in ${counted(values.count, 'row')}: ${frequencies(codes)}`;
  const flags = type.kind === 'text' ? flagsOf([...codes.keys()]) : null;
  if (flags !== null)
    return { type: { kind: 'code', codes: flags }, evidence: list, questions: ['Is this what the flag means?'] };
  if (!isCode(name)) return isShowable(name) ? { ...guess, evidence: `${guess.evidence}; ${list}` } : guess;
  return { type: codeType(codes), evidence: list, questions: [...guess.questions, MEANING_ASKED] };
}

const MEANING_ASKED =
  'What does each code mean, and which others are there? One that is not listed parks its aggregate; the option `other` takes the rest.';

const CODE_LENGTH_MAX = 20;
/** So often each value must come on average to be one of a list. */
const TIMES_MIN = 3;

const isFew = (codes: ReadonlyMap<string, number>, count: number): boolean =>
  codes.size > 0 &&
  codes.size * TIMES_MIN <= count &&
  [...codes.keys()].every(({ length }) => length <= CODE_LENGTH_MAX);

const codeType = (codes: ReadonlyMap<string, number>): ColumnType => ({
  kind: 'code',
  codes: Object.fromEntries([...codes.keys()].sort().map((code) => [code, code.trim() === '' ? 'blank' : code])),
});

const FLAGS: readonly Readonly<Record<string, boolean>>[] = [
  { N: false, Y: true },
  { N: false, J: true },
  { F: false, T: true },
  { n: false, y: true },
];

/** Both halves, also when only one was seen. */
const flagsOf = (codes: readonly string[]): Readonly<Record<string, boolean>> | null =>
  FLAGS.find((flags) => codes.every((code) => Object.hasOwn(flags, code))) ?? null;

const frequencies = (codes: ReadonlyMap<string, number>): string =>
  [...codes]
    .map(([code, times]) => `${code.trim() === '' ? 'blank' : code} (${times.toLocaleString('en')})`)
    .join(', ');

/** `1 row`, `12,031 rows`. */
export const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
