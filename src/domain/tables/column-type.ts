/**
 * How the wire form of a legacy column becomes a value. Schemaless JSON shows neither unit nor scale nor encoding, so they are
 * declared here and checked against each value; what contradicts them is refused. `docs/column-types.md` has the whole table.
 */

/** First and last calendar day that is plausible, `2026-11-21`; outside the years 0 to 9999 `-000043-03-15`, `+012000-01-01`. */
export interface DayRange {
  readonly from?: string;
  readonly to?: string;
}

export interface CalendarOptions extends DayRange {
  /** PostgreSQL's `infinity` and `-infinity` are values, as these texts. Otherwise they are refused. */
  readonly infinity?: boolean;
  /** What epoch 0 means, which the connectors of MySQL and MariaDB write for `0000-00-00` in a NOT NULL column; 1970 when left out. */
  readonly zeroDate?: ZeroDate;
}

export type ZeroDate = 'null' | 'refuse';

/** `decimal.handling.mode`: `text` is `string`, `bytes` is `precise`. */
export interface DecimalOptions {
  readonly scale: number;
  readonly wire?: 'text' | 'bytes';
  /** Takes JSON numbers, whose digits the connector may have lost (`double`), and rounds them half away from zero. */
  readonly lossy?: boolean;
}

/** `time.precision.mode` and the column's precision decide it; `iso` is `isostring`. */
export type TimeUnit = 'millis' | 'micros' | 'nanos' | 'iso';

export interface TimestampOptions extends CalendarOptions {
  readonly unit: TimeUnit;
  /** Where the clock hung that the legacy system read: an IANA name. */
  readonly zone: string;
}

export interface DateOptions extends CalendarOptions {
  readonly unit?: 'days' | 'iso';
}

export interface TimeOptions {
  readonly unit: TimeUnit;
  /** Earliest plausible time of day besides midnight itself, `00:00:30`. */
  readonly from?: string;
}

export interface BytesOptions {
  /** `binary.handling.mode`; `base64` for `bytes` too. */
  readonly wire?: 'base64' | 'base64-url-safe' | 'hex';
}

type Codes = Readonly<Record<string, string | boolean>>;

/** What each code means, and what all others mean; without `other` an unknown code is refused. */
export interface CodeMeanings {
  readonly codes: Codes;
  readonly other?: string | boolean;
}

export type ColumnType =
  | { readonly kind: 'text'; readonly trim: boolean }
  | { readonly kind: 'integer' }
  | { readonly kind: 'bigint'; readonly unsigned?: boolean }
  | ({ readonly kind: 'decimal' } & DecimalOptions)
  | { readonly kind: 'float'; readonly nonFinite?: boolean }
  | { readonly kind: 'boolean' }
  | ({ readonly kind: 'code' } & CodeMeanings)
  | ({ readonly kind: 'set' } & CodeMeanings)
  | ({ readonly kind: 'date' } & DateOptions)
  | ({ readonly kind: 'timestamp' } & TimestampOptions)
  | ({ readonly kind: 'instant' } & CalendarOptions)
  | ({ readonly kind: 'time' } & TimeOptions)
  | { readonly kind: 'zonedTime' }
  | { readonly kind: 'interval'; readonly unit: 'micros' | 'iso' }
  | { readonly kind: 'year'; readonly zeroDate?: ZeroDate }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'json' }
  | ({ readonly kind: 'bytes' } & BytesOptions)
  | { readonly kind: 'bits'; readonly length: number }
  | { readonly kind: 'array'; readonly element: ColumnType; readonly nullable: boolean }
  | { readonly kind: 'hstore' }
  /** The physical tables that the table consists of, and what rules see of each; null: its name. */
  | { readonly kind: 'physicalTable'; readonly tables: Readonly<Record<string, string | null>> }
  | { readonly kind: 'point' }
  | { readonly kind: 'geometry' };
