/** What a consumer reads by: an exported contract, or one out of rules. Unknown fields are read over; everything declared is checked. */
import { z } from 'zod';
import { PUBLISHED_SCHEMA, type JsonSchema, type PublishedContract } from '../../contracts/published.js';
import { DragomanError } from '../../errors.js';
import type { Contract, ContractDefinition } from '../../rules/contract.js';
import { DRAFT_07, fieldSchema } from '../../rules/contracts/field-schema.js';
import type { Issue } from '../../rules/values/issue-words.js';
import type { Fields } from './content.js';
import { checkOf } from './json-schema.js';

/** In every event. */
export interface EventMetadata {
  readonly eventId: string;
  readonly eventType: string;
  readonly schemaVersion: number;
  /** ISO-8601, UTC. */
  readonly occurredAt: string;
  readonly sequence: number;
  readonly correlationId: string;
  readonly causationId: string;
  readonly sourceSystem: string;
}

/** A contract as it was exported, with the type of its values. */
export interface ExportedContract<T> {
  readonly published: PublishedContract;
  /** Only for types. */
  readonly valueType?: T;
}

export type AnyContract = ExportedContract<unknown> | ContractDefinition;

/** The value of an event under a contract. */
export type ValueOf<C> =
  C extends ExportedContract<infer T> ? T : C extends Contract<infer S> ? EventMetadata & z.output<S> : never;

/** A contract, ready to read by. */
export interface ReadContract {
  readonly name: string;
  readonly version: number;
  /** Field with the business key. */
  readonly key: string;
  /** `YYYY-MM-DD`; null: not said. */
  readonly sunset: string | null;
  /** What does not fit; none: it fits, and has what {@link EventMetadata} names. */
  readonly issuesOf: (fields: Fields) => readonly Issue[];
  /** False: it has a class, so its values are shown nowhere. */
  readonly mayShow: (path: readonly PropertyKey[]) => boolean;
}

/**
 * @param json what `contract.json` of an export holds.
 * @throws DragomanError CONSUMER_INVALID
 */
export function exported<T = EventMetadata & Fields>(json: unknown): ExportedContract<T> {
  const { schema } = (json ?? {}) as { readonly schema?: unknown };
  if (schema === PUBLISHED_SCHEMA) return { published: json as PublishedContract };
  throw new DragomanError(
    'CONSUMER_INVALID',
    `What was given to exported(...) is no exported contract: "schema" is ${schema === undefined ? 'absent' : JSON.stringify(schema)}, expected ${PUBLISHED_SCHEMA}. Give it the parsed contract.json.`,
  );
}

/** @throws DragomanError CONSUMER_INVALID */
export const readContract = (contract: AnyContract): ReadContract =>
  'published' in contract ? ofExport(contract.published) : ofRules(contract);

function ofExport({ name, version, key, sunset, value, fields }: PublishedContract): ReadContract {
  const checks = [metadata({ name, version, key }), ofJsonSchema(name, () => value)];
  return {
    ...{ name, version, key, sunset },
    issuesOf: issuesBy(checks),
    mayShow: mayShowBy(fields),
  };
}

/** By the schema of what is published: what its fields are made of may be something else. */
function ofRules(contract: ContractDefinition): ReadContract {
  const { name, majorVersion: version, key, data, sunset = null, fields = {} } = contract;
  const schema = (): JsonSchema => ({ $schema: DRAFT_07, ...fieldSchema(data) });
  return {
    ...{ name, version, key, sunset },
    issuesOf: issuesBy([metadata({ name, version, key }), ofJsonSchema(name, schema)]),
    mayShow: mayShowBy(fields),
  };
}

/** @throws DragomanError CONSUMER_INVALID */
function ofJsonSchema(name: string, schema: () => JsonSchema): z.ZodType {
  try {
    return checkOf(schema());
  } catch (cause) {
    const text = `The schema of contract ${name} cannot be used to check events: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new DragomanError('CONSUMER_INVALID', text, { cause });
  }
}

const metadata = ({ name, version, key }: Pick<ReadContract, 'name' | 'version' | 'key'>): z.ZodType =>
  z.looseObject({
    eventId: z.guid(),
    eventType: z.literal(name),
    schemaVersion: z.literal(version),
    occurredAt: z.iso.datetime({ offset: true }),
    sequence: z.int().min(1),
    [key]: z.string().min(1),
  });

const issuesBy =
  (checks: readonly z.ZodType[]) =>
  (fields: Fields): readonly Issue[] => {
    for (const check of checks) {
      const { error } = check.safeParse(fields);
      if (error !== undefined) return error.issues.flatMap(withoutUnions);
    }
    return [];
  };

/** Of "this or null" what is wrong with "this": nobody looks for the null. */
function withoutUnions(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const isNull = ([first]: readonly Issue[]): boolean => first?.code === 'invalid_type' && first.expected === 'null';
  const branches = issue.errors.filter((branch) => !isNull(branch));
  const [only] = branches;
  if (only === undefined || branches.length > 1) return [issue];
  return only.flatMap((inner) => withoutUnions({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** @param fields by path, as contracts name them: `lines[].sku`, `prices.*`. What is in a field with a class has it too. */
function mayShowBy(fields: Readonly<Record<string, { readonly class?: string | null }>>): ReadContract['mayShow'] {
  const classed = Object.entries(fields).flatMap(([name, { class: called }]) =>
    called == null ? [] : [name.match(/\[\]|[^.[\]]+/g) ?? []],
  );
  const isOf = (path: readonly PropertyKey[]) => (part: string, at: number) =>
    part === '*' || part === (typeof path[at] === 'number' ? '[]' : path[at]);
  return (path) => !classed.some((parts) => parts.every(isOf(path)));
}
