/** The promise to other teams: name, major version, topic, prose, and the schema of the business fields. */
import type { z } from 'zod';
import type { JsonObject } from './fact.js';
import type { PromiseOptions } from './contracts/promise.js';
import type { OriginHeader } from './origins/origin.js';

export interface ContractOptions<S extends z.ZodObject> extends PromiseOptions {
  readonly topic: string;
  /** Name of the field that holds the business key: `orderId`. The record's key has its value. */
  readonly key: string;
  /** Team that answers for it. */
  readonly owner: string;
  /** What has happened when this event is there. */
  readonly meaning: string;
  /** What a consumer may rely on, and what not. */
  readonly certainty: string;
  /** When it is *not* sent although one might expect it. */
  readonly notSentWhen: string;
  /** Business fields; the metadata of every event is added to them. */
  readonly data: S;
  readonly example: z.input<S>;
  /** A business time out of the event's fields (ISO-8601); by default the commit time of the source transaction. */
  readonly occurredAt?: (data: z.output<S>) => string;
  /** What its events say of the origin of the change, in headers (docs/annotations.md). Absent: nothing. */
  readonly origin?: readonly OriginHeader[];
}

/** A contract without the type of its fields. */
export interface ContractDefinition extends Omit<ContractOptions<z.ZodObject>, 'occurredAt'> {
  readonly name: string;
  readonly majorVersion: number;
  readonly occurredAt: ((data: JsonObject) => string) | null;
}

declare const FIELDS: unique symbol;

export interface Contract<S extends z.ZodObject> extends ContractDefinition {
  readonly [FIELDS]?: S;
}

/** Declares a contract. An incompatible change is another major version, and so another contract beside this one. */
export const contract = <S extends z.ZodObject>(
  name: string,
  majorVersion: number,
  options: ContractOptions<S>,
): Contract<S> => ({
  ...options,
  name,
  majorVersion,
  occurredAt: (options.occurredAt ?? null) as ContractDefinition['occurredAt'],
});

/** Fields that every event has; a contract's own fields, its key and names of a context are others. */
export const METADATA_FIELDS = [
  'eventId',
  'eventType',
  'schemaVersion',
  'occurredAt',
  'sequence',
  'correlationId',
  'causationId',
  'sourceSystem',
] as const;

export const isMetadata = (name: string): boolean => (METADATA_FIELDS as readonly string[]).includes(name);

/** The name of a field that is no contract's own: of its key, or of a context. */
export const FIELD = /^[a-z][A-Za-z0-9]*$/;
