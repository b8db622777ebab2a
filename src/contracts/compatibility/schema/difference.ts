/**
 * What one schema may write and another does not read. One question answers both directions: of a change from old to new, *forward* asks
 * whether the old one reads what the new one writes, *backward* whether the new one reads what the old one wrote. Pure.
 */
import type { Json } from '../../../rules/contracts/json-schema.js';
import type { Plain, Schema } from './words.js';

export type Direction = 'forward' | 'backward';

/** What is wrong, by the side of the writer; with how a person calls it who looks at the change, forward and backward. */
export const KINDS = {
  type: { forward: 'TYPE_CHANGED', backward: 'TYPE_CHANGED' },
  null: { forward: 'NULL_ALLOWED', backward: 'NULL_FORBIDDEN' },
  values: { forward: 'VALUE_ADDED', backward: 'VALUE_REMOVED' },
  limit: { forward: 'LIMIT_LOOSENED', backward: 'LIMIT_TIGHTENED' },
  pattern: { forward: 'PATTERN_REMOVED', backward: 'PATTERN_ADDED' },
  otherPattern: { forward: 'PATTERN_CHANGED', backward: 'PATTERN_CHANGED' },
  format: { forward: 'FORMAT_REMOVED', backward: 'FORMAT_ADDED' },
  otherFormat: { forward: 'FORMAT_CHANGED', backward: 'FORMAT_CHANGED' },
  /** Both name it; the reader needs it, the writer may leave it out. */
  missing: { forward: 'FIELD_MADE_OPTIONAL', backward: 'FIELD_MADE_REQUIRED' },
  /** The reader needs it, the writer does not know it. */
  absent: { forward: 'FIELD_REMOVED', backward: 'REQUIRED_FIELD_ADDED' },
  /** The reader can do without it; the writer does not know it, but may write something under the name. */
  unnamed: { forward: 'FIELD_REMOVED', backward: 'FIELD_ADDED' },
  /** The reader refuses what it does not know. */
  extra: { forward: 'FIELD_ADDED_TO_CLOSED', backward: 'FIELD_REMOVED_FROM_CLOSED' },
  content: { forward: 'CONTENT_OPENED', backward: 'CONTENT_CLOSED' },
  branch: { forward: 'BRANCH_ADDED', backward: 'BRANCH_REMOVED' },
  unionKind: { forward: 'UNION_CHANGED', backward: 'UNION_CHANGED' },
  condition: { forward: 'CONDITION_CHANGED', backward: 'CONDITION_CHANGED' },
  size: { forward: 'NOT_COMPARED', backward: 'NOT_COMPARED' },
} as const satisfies Record<string, Record<Direction, string>>;

export type Kind = keyof typeof KINDS;
export type SchemaCode = (typeof KINDS)[Kind][Direction];

export interface Difference {
  readonly kind: Kind;
  /** `payment.method`, `lines[].sku`, `byCode.*`; empty: the whole value. */
  readonly path: string;
  /** Word of the schema in which they differ, where there is one: `maxLength`. */
  readonly word?: string;
  /** What each of them says there; undefined: nothing. */
  readonly writer: Json | undefined;
  readonly reader: Json | undefined;
  /**
   * Who minds: absent, everybody. `strict`: only who reads a name that an open writer does not know as standing for anything, as registries do;
   * whoever wrote by the schema of before did not use it. `validators`: who holds values against the schema; registries take a default of the reader
   * for a value, and validators do not fill it in. `nobody`: worth a note.
   */
  readonly minds?: 'strict' | 'validators' | 'nobody';
}

export const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** Two alternatives at one place. */
export interface Pair {
  readonly writer: Plain;
  readonly reader: Plain;
  readonly path: string;
}

/** Compares what stands deeper. */
export type Compare = (writer: Schema, reader: Schema, path: string) => readonly Difference[];
