/**
 * The building blocks of the schema: every key carries a description and, where needed, a secret flag, in zod's own registry,
 * so that parsing, docs/configuration.md, `config print` and redaction all read the same place. Units are the end of the name.
 */
import { z } from 'zod';
import { urlProblem } from './server-url.js';

/** `whole`: the value is never shown. `url`: only the password inside the URL is hidden. */
export type Secret = 'whole' | 'url';

export interface KeyMeta {
  readonly description: string;
  readonly secret?: Secret;
  /** Default in words, for keys whose default depends on another key. */
  readonly defaultText?: string;
}

/** Description and secret flag of each key, by schema. */
export const keyMeta = z.registry<KeyMeta>();

/** Attaches what people need to know about a key. */
export function key<T extends z.ZodType>(schema: T, description: string, more: Omit<KeyMeta, 'description'> = {}): T {
  keyMeta.add(schema, { description, ...more });
  return schema;
}

/** A whole number with limits, both inclusive. */
export const whole = (min: number, max: number): z.ZodNumber => z.int().min(min).max(max);

/** A text that may be left out. */
export const optionalText = (): z.ZodDefault<z.ZodNullable<z.ZodString>> => z.string().min(1).nullable().default(null);

/** `host:port`; IPv6 addresses in brackets. */
export const hostPort = (): z.ZodString =>
  z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/,]+):\d{1,5}$/, 'expected host:port')
    .refine(
      (text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= PORT_MAX,
      `expected a port of at most ${PORT_MAX}`,
    );

/** The address of a server. @param hint what else can be done about a login that is not encoded. */
export const serverUrl = (schemes: readonly string[], hint = ''): z.ZodString =>
  z.string().superRefine((url, context) => {
    const problem = urlProblem(url, schemes);
    if (problem === null) return;
    context.addIssue({ code: 'custom', message: problem.startsWith('expected') ? problem : problem + hint });
  });

const PORT_MAX = 65_535;

export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;
export const MEBIBYTE = 1024 * 1024;
