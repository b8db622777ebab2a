/**
 * Where a change comes from, as far as whoever made it said so: who, in which use case, by which system. Said in an annotation of its transaction
 * (`annotation.ts`) or in columns of its rows; only what the rules declare is kept (G7). What is not said, or not understood, is not known. Pure.
 */
import { isObject } from '../json-text.js';
import { traceparentIn } from './trace.js';

export const SAID_NAMES = ['user', 'useCase', 'system'] as const;
export type SaidName = (typeof SAID_NAMES)[number];

/** What else may be said: the trace of the legacy system (`trace.ts`). It is none of the origin's names, and rules do not see it. */
export const SAYS_NAMES = [...SAID_NAMES, 'traceparent'] as const;
export type SaysName = (typeof SAYS_NAMES)[number];

export const isSaidName = (name: unknown): name is SaidName => (SAID_NAMES as readonly unknown[]).includes(name);

/** By name, where it stands: a field of the annotation's JSON object, or a column. */
export type Says = Readonly<Partial<Record<SaysName, string>>>;

/** Absent: not said. */
export interface Said extends Says {
  /** Why some or all of what was said is not known. */
  readonly unread?: Unread;
}

/** `differs`: it was said twice, and not the same. */
export const UNREADS = [
  'no text',
  'no JSON object',
  'no text in a field',
  'no trace',
  'too long',
  'too many',
  'differs',
] as const;
export type Unread = (typeof UNREADS)[number];

/** Of one value: it is shown, and may stand in headers. A longer one is not known, because a part of it would be something else. */
export const SAID_CHARS_MAX = 200;
/** Of an annotation in which an origin is looked for. */
const CONTENT_CHARS_MAX = 10_000;

export const namesIn = (says: Says): SaidName[] => SAID_NAMES.filter((name) => says[name] !== undefined);

/** What the content of an annotation says. @param content null: it is no UTF-8. */
export function saidIn(says: Says, content: string | null): Said {
  if (content === null) return { unread: 'no text' };
  if (content.length > CONTENT_CHARS_MAX) return { unread: 'too long' };
  const object = jsonObjectIn(content);
  return object === null ? { unread: 'no JSON object' } : saidBy(says, object);
}

/** What fields of an object, or columns of a row, say: a text, or nothing where there is none, it is null, or empty. */
export function saidBy(says: Says, fields: Readonly<Record<string, unknown>>): Said {
  const said: { -readonly [Name in keyof Said]: Said[Name] } = {};
  for (const name of SAYS_NAMES) {
    const field = says[name];
    const value = field !== undefined && Object.hasOwn(fields, field) ? fields[field] : null;
    if (value === null || value === '') continue;
    if (typeof value !== 'string' || LONE_SURROGATE.test(value)) said.unread = 'no text in a field';
    else if (value.length > SAID_CHARS_MAX) said.unread = 'too long';
    else if (name !== 'traceparent') said[name] = value;
    else {
      const found = traceparentIn(value);
      if (found === null) said.unread = 'no trace';
      else said.traceparent = found;
    }
  }
  return said;
}

/** It has no UTF-8, and would become another text on its way. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Null: it is none. */
export function jsonObjectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
