/**
 * A schema registry by the API that Confluent's, Apicurio's (`/apis/ccompat/v7`), Karapace and Redpanda have in common: schemas by id for what is read,
 * subjects for what is published. One for a process.
 */
import { z } from 'zod';
import type { RegistryConfig } from '../../config/schema.js';
import type { RegisteredSchema } from '../../domain/registry/registered-schema.js';
import { DragomanError } from '../../errors.js';
import type { Schemas } from '../../pipeline/ports.js';
import { type Answer, RegistryHttp } from './http.js';

const reference = z.object({ subject: z.string(), version: z.number() });
const references = z.array(reference).nullish();
const schemaAnswer = z.object({ schema: z.string(), schemaType: z.string().nullish(), references });
const versionAnswer = schemaAnswer.extend({ id: z.number(), version: z.number(), guid: z.string().nullish() });
const errorAnswer = z.object({ error_code: z.number(), message: z.string() });
const verdictAnswer = z.object({
  is_compatible: z.boolean(),
  messages: z.array(z.unknown()).nullish(),
  /** Apicurio's. */
  reason: z.string().nullish(),
});

type Reference = z.output<typeof reference>;

/** A version of a subject. */
export interface Registered {
  readonly subject: string;
  readonly id: number;
  readonly version: number;
  /** Null: the registry gives none. */
  readonly guid: string | null;
  readonly text: string;
}

/** What a registry says of a schema that would be the next version of its subject. */
export interface Verdict {
  readonly isCompatible: boolean;
  /** In the registry's words; empty: it says no more. */
  readonly reasons: readonly string[];
}

/** No registry counts further. */
const ID_MAX = 2 ** 31 - 1;
const SCHEMAS_MAX = 1_000;
/** Of a subject, that are looked through. */
const VERSIONS_MAX = 100;
/** Schemas that one refers to, with those that these refer to. */
const REFERENCES_MAX = 200;

export class Registry implements Schemas {
  readonly #http: RegistryHttp;
  /** By id. What it says of an id holds for ever. */
  readonly #schemas = new Map<number, Promise<RegisteredSchema>>();

  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  get address(): string {
    return this.#http.address;
  }

  close(): void {
    this.#http.close();
  }

  schema(id: number): Promise<RegisteredSchema> {
    const known = this.#schemas.get(id);
    if (known !== undefined) return known;
    const [oldest] = this.#schemas.keys();
    if (this.#schemas.size >= SCHEMAS_MAX && oldest !== undefined) this.#schemas.delete(oldest);
    const asked = this.#read(id);
    this.#schemas.set(id, asked);
    asked.catch(() => this.#schemas.delete(id));
    return asked;
  }

  async #read(id: number): Promise<RegisteredSchema> {
    if (id > ID_MAX) throw this.#unknown(id);
    const path = `schemas/ids/${id}`;
    const answer = await this.#http.ask(path);
    if (isUnknown(answer)) throw this.#unknown(id);
    const { schema: text, schemaType, references: refers } = this.#parsed(path, answer, schemaAnswer);
    return { type: schemaType ?? 'AVRO', text, references: await this.#referred(refers ?? [], new Map()) };
  }

  /** Each behind those that it needs. @param known by subject and version, in the order in which they are needed. */
  async #referred(refers: readonly Reference[], known: Map<string, string>): Promise<readonly string[]> {
    for (const { subject, version } of refers) {
      const path = `subjects/${encodeURIComponent(subject)}/versions/${version}`;
      if (known.has(path)) continue;
      if (known.size >= REFERENCES_MAX)
        throw this.#refused(`a schema refers to more than ${REFERENCES_MAX} others, the last of them ${subject}`);
      known.set(path, '');
      const answer = await this.#http.ask(path);
      const { schema, references: further } = this.#parsed(path, answer, schemaAnswer);
      await this.#referred(further ?? [], known);
      known.delete(path);
      known.set(path, schema);
    }
    return [...known.values()];
  }

  /** Null: nothing is registered under it. */
  async latest(subject: string): Promise<Registered | null> {
    const path = `subjects/${encodeURIComponent(subject)}/versions/latest`;
    const answer = await this.#http.ask(path);
    if (isUnknown(answer)) return null;
    return this.#registered(subject, this.#parsed(path, answer, versionAnswer));
  }

  /** All of a subject, the newest first; none: nothing is registered under it. */
  async *versions(subject: string): AsyncIterable<Registered> {
    const path = `subjects/${encodeURIComponent(subject)}/versions`;
    const answer = await this.#http.ask(path);
    if (isUnknown(answer)) return;
    const numbers = this.#parsed(path, answer, z.array(z.number())).sort((a, b) => b - a);
    for (const number of numbers.slice(0, VERSIONS_MAX)) {
      const one = await this.#http.ask(`${path}/${number}`);
      if (!isUnknown(one)) yield this.#registered(subject, this.#parsed(path, one, versionAnswer));
    }
  }

  #registered(subject: string, { schema: text, id, version, guid }: z.output<typeof versionAnswer>): Registered {
    return { subject, id, version, guid: guid ?? null, text };
  }

  /** Idempotent. @param text of JSON Schema. @throws DragomanError SCHEMA_INCOMPATIBLE */
  async register(subject: string, text: string): Promise<void> {
    const path = `subjects/${encodeURIComponent(subject)}/versions`;
    const answer = await this.#http.ask(path, { schema: text, schemaType: 'JSON' });
    if (answer.status < 400) return;
    const said = errorAnswer.safeParse(answer.body).data?.message ?? `it answers ${answer.status}`;
    if (answer.status !== 409) throw this.#refused(`it does not take the schema of ${subject}: ${said}`);
    throw new DragomanError(
      'SCHEMA_INCOMPATIBLE',
      `The schema registry at ${this.address} refuses the schema of ${subject} as not compatible with those before it. It says: ${said}. Nothing was ` +
        `registered under it. An incompatible change is another major version of the contract (docs/registry.md).`,
      { details: { subject } },
    );
  }

  /** Asked of the newest version; there is one. */
  async verdict(subject: string, text: string): Promise<Verdict> {
    const path = `compatibility/subjects/${encodeURIComponent(subject)}/versions/latest?verbose=true`;
    const answer = await this.#http.ask(path, { schema: text, schemaType: 'JSON' });
    const { is_compatible: isCompatible, messages, reason } = this.#parsed(path, answer, verdictAnswer);
    const said = messages ?? (reason == null ? [] : [reason]);
    return { isCompatible, reasons: said.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))) };
  }

  /** Asks something that any registry answers. */
  async look(): Promise<number> {
    return this.#parsed('subjects', await this.#http.ask('subjects'), z.array(z.string())).length;
  }

  #parsed<T>(path: string, { status, body }: Answer, form: z.ZodType<T>): T {
    const parsed = form.safeParse(body);
    if (status < 400 && parsed.success) return parsed.data;
    const said = errorAnswer.safeParse(body).data?.message;
    throw this.#refused(
      `its answer to ${path} (${status}) is not that of a schema registry${said === undefined ? '' : `: ${said}`}. Look at registry.url`,
    );
  }

  #refused(why: string): DragomanError {
    return new DragomanError('REGISTRY_REFUSED', `The schema registry at ${this.address}: ${why}.`);
  }

  #unknown(id: number): DragomanError {
    return new DragomanError(
      'SCHEMA_UNKNOWN',
      `The schema registry at ${this.address} has no schema ${id}, which records carry. Either another registry wrote them (compare registry.url with the ` +
        `registry of the connector's converters, and whether both count the same ids: docs/registry.md), or the schema was deleted: it has to be ` +
        `restored under this id. Nothing that carries it is skipped.`,
      { details: { id } },
    );
  }
}

/** 40401, 40402, 40403: it is a registry, and does not have the subject, version or schema. */
const isUnknown = ({ status, body }: Answer): boolean =>
  status === 404 && Math.floor((errorAnswer.safeParse(body).data?.error_code ?? 0) / 100) === 404;

/** Null: none is configured. @throws DragomanError CONFIG_INVALID */
export const registryOf = ({ url, ...settings }: RegistryConfig): Registry | null =>
  url === null ? null : new Registry(new RegistryHttp({ ...settings, url }));
