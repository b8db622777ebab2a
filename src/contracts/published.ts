/**
 * A contract as other teams get it: a promise in words, and the schema of the value on the wire. Plain JSON, made out of the rules by
 * `dragoman contracts export` and read back by the gate, by a registry and by consumers. This file holds shapes only.
 */

/** Name of the shape, with its version: a later one that is not understood has another. */
export const PUBLISHED_SCHEMA = 'dragoman.contract@1';

export interface PublishedContract {
  readonly schema: typeof PUBLISHED_SCHEMA;
  readonly name: string;
  /** Major version. */
  readonly version: number;
  /** `type` of CloudEvents without the prefix that the config of a pipeline may set: `OrderAccepted.v1`. */
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
  /** How often it comes; one for each kind of fact that is published under it. */
  readonly cardinality: readonly Cardinality[];
  /** Fields by which a consumer compares what it holds with the owner; the key is one of them. */
  readonly reconciledBy: readonly string[];
  /** All business fields in the order of the contract, also inside of objects and lists: `lines[].sku`. */
  readonly fields: Readonly<Record<string, PublishedField>>;
  /** Findings that do not count for this contract: code -> reason. */
  readonly waived: Readonly<Record<string, string>>;
  /** JSON Schema draft-07 of the whole value: metadata, context, key and business fields. Open: a consumer reads over what it does not know. */
  readonly value: JsonSchema;
  /** A whole value. */
  readonly example: Readonly<Record<string, Json>>;
}

/** Whether a consumer has to ask for what it needs (`notification`), or finds it in the event (`state`). */
export const CARRIES = ['notification', 'state'] as const;
export type Carries = (typeof CARRIES)[number];

export const STABILITIES = ['experimental', 'stable', 'deprecated'] as const;
export type Stability = (typeof STABILITIES)[number];

export interface PublishedField {
  readonly meaning?: string;
  readonly authority: Authority;
  /** `personal`, `secret` or one of the rules' own; null: none. */
  readonly class: string | null;
}

/** Who decides the value: the owner of the contract, or another context whose value is passed on. */
export type Authority = 'own' | { readonly borrowedFrom: string };

/** For one aggregate: `once` in its life; `each-row`: once for each row of a member; `each-time` that it happens. */
export interface Cardinality {
  readonly aggregate: string;
  readonly comes: 'once' | 'each-row' | 'each-time';
  /** What the rows are called; null unless `each-row`. */
  readonly of: string | null;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The part of JSON Schema draft-07 that contracts are written in. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly type?: JsonType | readonly JsonType[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly additionalItems?: JsonSchema | boolean;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
}

export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object';
