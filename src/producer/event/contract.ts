/** What a service publishes by: an exported contract, or one out of rules. What it would publish is checked as strictly as Dragoman checks its own. */
import { z } from 'zod';
import type { AnyContract } from '../../consumer/read/contract.js';
import type { JsonSchema, PublishedContract } from '../../contracts/published.js';
import { contractText } from '../../domain/integration-event.js';
import { DragomanError } from '../../errors.js';
import type { ContractDefinition } from '../../rules/contract.js';
import { stabilityOf } from '../../rules/contracts/promise.js';
import type { JsonObject } from '../../rules/fact.js';
import { type Issue, issueWords } from '../../rules/values/issue-words.js';
import { deprecationHeaders, eventTypeOf } from '../../translate/publish/event.js';

/** A contract, ready to publish by. */
export interface OwnContract {
  readonly name: string;
  readonly majorVersion: number;
  /** `OrderReady.v1`. */
  readonly text: string;
  readonly topic: string;
  /** Field that holds the business key. */
  readonly key: string;
  /** CloudEvents `type`. */
  readonly type: string;
  /** Headers that tell of its end, if it is on its way out. */
  readonly beside: Readonly<Record<string, string>>;
  /** Business time out of the fields; null: the contract does not say, or it was exported. */
  readonly occurredAt: ((fields: JsonObject) => string) | null;
  /** The fields as the contract has them. @throws DragomanError EVENT_INVALID */
  readonly fieldsOf: (fields: JsonObject) => JsonObject;
  /** @throws DragomanError EVENT_INVALID */
  readonly assertFits: (value: Readonly<Record<string, unknown>>) => void;
}

/** @param typePrefix of contracts out of rules; an export has it in its `type`. @throws DragomanError PRODUCER_INVALID */
export const ownContract = (contract: AnyContract, typePrefix: string): OwnContract =>
  'published' in contract ? ofExport(contract.published) : ofRules(contract, typePrefix);

function ofExport({ name, version, topic, key, type, value, ...promise }: PublishedContract): OwnContract {
  const text = contractText(name, version);
  const schema = schemaOf(text, value);
  const { stability, sunset, replacedBy } = promise;
  const ending = { ...(sunset === null ? {} : { sunset }), ...(replacedBy === null ? {} : { replacedBy }) };
  const prefix = type.slice(0, Math.max(0, type.length - text.length - 1));
  return {
    ...{ name, majorVersion: version, text, topic, key, type, occurredAt: null },
    beside: stability === 'deprecated' ? deprecationHeaders(ending, prefix) : {},
    fieldsOf: (fields) => fields,
    assertFits: (event) => assertFits(text, schema.safeParse(event)),
  };
}

function ofRules(contract: ContractDefinition, typePrefix: string): OwnContract {
  const { name, majorVersion, topic, key, data, occurredAt } = contract;
  const text = contractText(name, majorVersion);
  return {
    ...{ name, majorVersion, text, topic, key, occurredAt, type: eventTypeOf(name, majorVersion, typePrefix) },
    beside: stabilityOf(contract) === 'deprecated' ? deprecationHeaders(contract, typePrefix) : {},
    fieldsOf: (fields) => assertFits(text, data.safeParse(fields)) as JsonObject,
    assertFits: () => undefined,
  };
}

function assertFits<T>(contract: string, { error, data }: z.ZodSafeParseResult<T>): T | undefined {
  if (error === undefined) return data;
  throw new DragomanError(
    'EVENT_INVALID',
    `What would be published does not fit ${contract}: ${issueWords(error.issues)}${unknownNames(error.issues)}. Nothing was written.`,
  );
}

const NAMES_MAX = 5;

function unknownNames(issues: readonly Issue[]): string {
  const names = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  return names.length === 0 ? '' : ` (the contract does not declare ${names.slice(0, NAMES_MAX).join(', ')})`;
}

/** @throws DragomanError PRODUCER_INVALID */
function schemaOf(contract: string, schema: JsonSchema): z.ZodType {
  try {
    return z.fromJSONSchema(closed(schema) as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new DragomanError('PRODUCER_INVALID', `The schema of ${contract} cannot be used to check events: ${words}`, {
      cause,
    });
  }
}

/** Consumers read over what they do not know, so schemas are open; who publishes means what it writes, so a name that is not declared is a mistake. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  // Its parts tell of one object together.
  if ('allOf' in schema) return schema;
  const isOpen = 'properties' in schema && !('additionalProperties' in schema);
  const parts = withEach(schema, (part, word) =>
    LITERAL.has(word) ? part : BY_NAME.has(word) ? withEach(part as object, closed) : closed(part),
  );
  return { ...parts, ...(isOpen ? { additionalProperties: false } : {}) };
}

const withEach = (object: object, change: (part: unknown, name: string) => unknown): object =>
  Object.fromEntries(Object.entries(object).map(([name, part]) => [name, change(part, name)]));

/** What stands there is no schema. */
const LITERAL: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples', 'required', 'type']);
/** What stands there are schemas by names of fields, which may be words of JSON Schema as well. */
const BY_NAME: ReadonlySet<string> = new Set(['properties', '$defs']);
