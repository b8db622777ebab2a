/**
 * The values of one column against its declaration: what fits, what `convertRow` refuses, by wire type. Nothing is judged here
 * that decoding would judge in another way. Values of columns that are not declared, or not public, are never shown.
 */
import type { ColumnDefinition, TableDefinition } from '../../domain/tables/table.js';
import { convertRow, INEXACT, type WireValue } from '../columns.js';
import { REDACTED } from '../types/unavailable.js';
import { type DriftFinding, type DriftKind, finding } from './finding.js';
import type { Presence } from './forms.js';
import { type DriftPlace, Tally } from './place.js';

/** As the schema beside the row names it, else as JSON has it. */
export type WireType = string;

/** Different values kept to compare columns with one another. */
const SAMPLES_MAX = 50;
const EXAMPLE_LENGTH_MAX = 80;
/** Unknown codes told one by one. */
const CODES_MAX = 20;
const MORE_CODES = 'more';

export interface SeenValue {
  /** Type by the schema beside the row, if there is one. */
  readonly schema: WireType | undefined;
  /** As {@link convertRow} has it. */
  readonly isPartial: boolean;
  readonly place: DriftPlace;
}

interface Values {
  readonly fitting: Tally;
  readonly refused: Tally;
  example: string | null;
}

export class DriftColumn {
  readonly samples = new Set<string>();
  readonly #name: string;
  readonly #definition: ColumnDefinition | undefined;
  /** The table as if it had this column only. */
  readonly #alone: TableDefinition;
  readonly #byType = new Map<WireType, Values>();
  /** Where unknown codes have a meaning of their own: the column as if they had none. */
  readonly #strict: TableDefinition | null;
  readonly #codes = new Map<string, Tally>();
  readonly #others = new Map<string, Tally>();
  readonly #missing = new Tally();
  readonly #absent = new Tally();
  readonly #nulls = new Tally();
  readonly #redacted = new Tally();

  constructor(name: string, definition: ColumnDefinition | undefined) {
    this.#name = name;
    this.#definition = definition;
    this.#alone = { name, key: [], columns: definition === undefined ? {} : { [name]: definition } };
    const isOpen = definition !== undefined && 'other' in definition.type;
    this.#strict = isOpen ? { name, key: [], columns: { [name]: strict(definition) } } : null;
  }

  /** Wire types of its values, nulls left out. */
  get types(): readonly WireType[] {
    return [...this.#byType.keys()];
  }

  get isPublic(): boolean {
    return this.#definition?.sensitivity === 'public';
  }

  /** A number that has lost digits in parsing. */
  isInexact(value: WireValue): boolean {
    return this.#definition !== undefined && Number.isInteger(value) && !Number.isSafeInteger(value);
  }

  /** @param value undefined: the row does not carry the column. */
  add(value: WireValue, { schema, isPartial, place }: SeenValue): void {
    if (value === REDACTED) return this.#redacted.add(place);
    const converted = convertRow(value === undefined ? {} : { [this.#name]: value }, this.#alone, isPartial);
    const refusal = converted === INEXACT ? NOT_READ : converted.refusal;
    if (value === undefined) (refusal === null ? this.#absent : this.#missing).add(place);
    else if (value === null) {
      if (refusal !== null) this.#nulls.add(place);
    } else {
      this.#sample(value);
      if (refusal?.code === 'CODE_UNKNOWN') this.#code(this.#codes, value).add(place);
      else if (this.#isOther(value)) this.#code(this.#others, value).add(place);
      else this.#value(value, schema ?? jsonType(value), refusal !== null || !this.#unitFits(schema), place);
    }
  }

  /** @param presence of the column in the rows that were added. */
  findings(presence: Presence): DriftFinding[] {
    const column = this.#name;
    const found: DriftFinding[] = [];
    if (this.#missing.count > 0)
      found.push(finding('column-missing', this.#missing, `declared, and ${LACKING[presence]}`, { column }));
    if (this.#absent.count > 0)
      found.push(finding('column-absent', this.#absent, `optional, and ${LACKING[presence]}`, { column }));
    if (this.#nulls.count > 0)
      found.push(finding('null-refused', this.#nulls, 'null, and not declared nullable()', { column }));
    if (this.#definition !== undefined && this.#redacted.count > 0)
      found.push(
        finding('column-redacted', this.#redacted, 'redacted in the recording, so it was not compared', { column }),
      );
    return [
      ...found,
      ...this.#codeFindings('code-unknown', this.#codes, 'a code without meaning in the rules'),
      ...this.#codeFindings('code-other', this.#others, 'a code that the rules do not list, taken as their other'),
      ...this.#valueFindings(),
    ];
  }

  #codeFindings(kind: DriftKind, codes: ReadonlyMap<string, Tally>, text: string): DriftFinding[] {
    return [...codes].map(([code, seen]) =>
      finding(kind, seen, text, { column: this.#name, example: this.isPublic ? code : null }),
    );
  }

  #valueFindings(): DriftFinding[] {
    return [...this.#byType]
      .filter(([, { refused }]) => refused.count > 0)
      .map(([type, { fitting, refused, example }]) => {
        const declared = this.#definition?.type.kind ?? '';
        const parts = { column: this.#name, example: this.isPublic ? example : null };
        return fitting.count === 0
          ? finding('type-differs', refused, `comes as ${type}, none of it fits the declared ${declared}`, parts)
          : finding('value-refused', refused, `some values (${type}) do not fit the declared ${declared}`, parts);
      });
  }

  #value(value: WireValue, type: WireType, isRefused: boolean, place: DriftPlace): void {
    let values = this.#byType.get(type);
    if (!values) this.#byType.set(type, (values = { fitting: new Tally(), refused: new Tally(), example: null }));
    (isRefused ? values.refused : values.fitting).add(place);
    if (isRefused) values.example ??= shown(value);
  }

  /** Codes that may not be shown are counted together, and so are those beyond the first. */
  #code(codes: Map<string, Tally>, value: WireValue): Tally {
    const code = this.isPublic ? shown(value) : '';
    const name = codes.has(code) || codes.size < CODES_MAX ? code : MORE_CODES;
    let seen = codes.get(name);
    if (!seen) codes.set(name, (seen = new Tally()));
    return seen;
  }

  #isOther(value: WireValue): boolean {
    const converted = this.#strict === null ? null : convertRow({ [this.#name]: value }, this.#strict);
    return converted !== null && converted !== INEXACT && converted.refusal?.code === 'CODE_UNKNOWN';
  }

  /** A wrong unit is wrong by a factor of a thousand, and the number alone does not tell. */
  #unitFits(schema: WireType | undefined): boolean {
    const type = this.#definition?.type;
    const unit = schema === undefined ? undefined : UNITS[schema];
    return type === undefined || unit === undefined || !('unit' in type) || type.unit === unit;
  }

  #sample(value: WireValue): void {
    if (this.samples.size < SAMPLES_MAX) this.samples.add(shown(value));
  }
}

const LACKING: Readonly<Record<Presence, string>> = {
  never: 'no row carries it',
  vanished: 'newer rows do not carry it (renamed or dropped?)',
  appeared: 'older rows do not carry it',
  'snapshot-only': 'only snapshot rows carry it (generated, or dropped?)',
  always: 'some rows do not carry it',
};

const NOT_READ = { code: 'ROW_INVALID' } as const;

/** Units of times, by the names of their schemas. */
const UNITS: Readonly<Record<WireType, string>> = {
  'io.debezium.time.Timestamp': 'millis',
  'org.apache.kafka.connect.data.Timestamp': 'millis',
  'io.debezium.time.MicroTimestamp': 'micros',
  'io.debezium.time.NanoTimestamp': 'nanos',
  'io.debezium.time.Time': 'millis',
  'org.apache.kafka.connect.data.Time': 'millis',
  'io.debezium.time.MicroTime': 'micros',
  'io.debezium.time.NanoTime': 'nanos',
};

function strict(definition: ColumnDefinition): ColumnDefinition {
  const options = Object.entries(definition.type).filter(([option]) => option !== 'other');
  return { ...definition, type: Object.fromEntries(options) as unknown as ColumnDefinition['type'] };
}

const shown = (value: WireValue): string =>
  (typeof value === 'bigint' ? value.toString() : JSON.stringify(value)).slice(0, EXAMPLE_LENGTH_MAX);

function jsonType(value: WireValue): WireType {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'string' ? 'text' : typeof value === 'bigint' ? 'number' : typeof value;
}
