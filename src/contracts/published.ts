/**
 * A contract as other teams get it: a promise in words, and the schema of the value on the wire. Plain JSON, made out of the rules by
 * `dragoman contracts export` and read back by the gate, by a registry and by consumers. This file holds shapes only.
 */
import type { Json, JsonSchema } from '../rules/contracts/json-schema.js';
import type { Authority, Carries, Stability } from '../rules/contracts/promise.js';

export type { Json, JsonSchema, JsonType } from '../rules/contracts/json-schema.js';
export { type Authority, CARRIES, type Carries, STABILITIES, type Stability } from '../rules/contracts/promise.js';

/** Name of the shape, with its version: a later one that is not understood has another. */
export const PUBLISHED_SCHEMA = 'dragoman.contract@1';

export interface PublishedContract {
  readonly schema: typeof PUBLISHED_SCHEMA;
  readonly name: string;
  /** Major version. */
  readonly version: number;
  /** `type` of CloudEvents, with the prefix of the config: `OrderAccepted.v1`, `com.example.OrderAccepted.v1`. */
  readonly type: string;
  readonly topic: string;
  /** Field that holds the business key; the record's key has its value. */
  readonly key: string;
  /** Team that answers for it. */
  readonly owner: string;
  readonly meaning: string;
  readonly certainty: string;
  readonly notSentWhen: string;
  readonly carries: Carries;
  readonly stability: Stability;
  /** `YYYY-MM-DD`: from this day on (UTC) it may not be sent any more. */
  readonly sunset: string | null;
  /** `Name.v2`: the contract that takes its place. */
  readonly replacedBy: string | null;
  /** How events name their registered schema: by its GUID in a header, or by its id in front of the value, which is no JSON then. Absent: they do not. */
  readonly registry?: 'header' | 'prefix';
  /** `OrderReady.v1`: the contract whose events these correct. Absent: none. */
  readonly corrects?: string;
  /** `OrderReadyCorrected.v1`: the contract of the events that correct these. Absent: nobody corrects them. */
  readonly correctedBy?: string;
  /** How often it comes. */
  readonly cardinality: Cardinality;
  /** Fields by which a consumer compares what it holds with the owner; the key is one of them. */
  readonly reconciledBy: readonly string[];
  /** The key, the context and all fields of the contract in its order, also inside of objects and lists: `lines[].sku`. */
  readonly fields: Readonly<Record<string, PublishedField>>;
  /** Findings that do not count for this contract: code -> reason. */
  readonly waived: Readonly<Record<string, string>>;
  /** JSON Schema draft-07 of the whole value: metadata, context, key and business fields. Open: a consumer reads over what it does not know. */
  readonly value: JsonSchema;
  /** A whole value. */
  readonly example: Readonly<Record<string, Json>>;
}

export interface PublishedField {
  readonly meaning?: string;
  readonly authority: Authority;
  /** `personal`, `secret` or one of the rules' own; null: none. */
  readonly class: string | null;
}

/** For one aggregate: `once` in its life; `each-row`: once for each row of a member; `each-time` that it happens. */
export interface Cardinality {
  readonly aggregate: string;
  readonly comes: 'once' | 'each-row' | 'each-time';
  /** What the rows are called; null unless `each-row`. */
  readonly of: string | null;
}
