/**
 * What whoever wrote a source transaction said about it, inside of it: with PostgreSQL `pg_logical_emit_message(true, prefix, content)`, which
 * Debezium writes into a topic of its own. One that no rule declares does not exist (G7): from here on an annotation is the text of the
 * declaration that it fits, and of what it says only the fields that an origin declares (`said.ts`). Pure.
 */
import { jsonObjectIn, type Said, type Says, saidIn } from './said.js';

/** One text, or one of several. */
export type OneOf = string | readonly string[];

/** @property content absent: whatever it says; texts: all of it is one of these; fields: it is a JSON object in which each of these has one of its values. */
export interface DeclaredAnnotation {
  readonly prefix: string;
  readonly content?: OneOf | Readonly<Record<string, OneOf>>;
}

/** One that tells the origin of its transaction, in fields of a JSON object. */
export interface TellingAnnotation {
  readonly prefix: string;
  readonly says: Says;
}

export type AskedAnnotation = DeclaredAnnotation | TellingAnnotation;

export const isTelling = (asked: AskedAnnotation): asked is TellingAnnotation => 'says' in asked;

/** In the place of a table, where END and the sequencer count rows. No table is called so. */
export const ANNOTATION_ROWS = 'logical messages';

/** Names a declaration: the same for the same. */
export function annotationText({ prefix, content }: DeclaredAnnotation): string {
  if (content === undefined) return JSON.stringify([prefix]);
  return JSON.stringify([prefix, isOneOf(content) ? listed(content) : fieldsOf(content)]);
}

/** What one said, with its prefix: no declaration is named like that. */
export const tellingText = (prefix: string, said: Said): string => JSON.stringify([prefix, null, said]);

/** The reverse of {@link tellingText}; null: it is the text of a declaration. */
export function toldIn(text: string): { readonly prefix: string; readonly said: Said } | null {
  const [prefix, , said] = JSON.parse(text) as [string, unknown?, Said?];
  return said === undefined ? null : { prefix, said };
}

/** The texts of all declarations that an annotation fits, and what it says to those that ask. @param content null: it is no text. */
export function annotationsIn(
  asked: readonly AskedAnnotation[],
  { prefix, content }: { readonly prefix: string; readonly content: string | null },
): string[] {
  return asked.flatMap((each) => {
    if (each.prefix !== prefix) return [];
    if (!isTelling(each)) return fits(each.content, content) ? [annotationText(each)] : [];
    const said = saidIn(each.says, content);
    return Object.keys(said).length === 0 ? [] : [tellingText(prefix, said)];
  });
}

/** Of one transaction, that say different things. With more nobody can say what its origin is. */
export const TELLINGS_MAX = 16;

/**
 * Of the annotations of one transaction as many as have to be kept, whatever their order was: a transaction may have any number. One telling more
 * than {@link TELLINGS_MAX} shows that there were too many.
 */
export function boundedAnnotations(all: ReadonlySet<string>): ReadonlySet<string> {
  if (all.size <= TELLINGS_MAX) return all;
  const tellings = [...all].filter((text) => toldIn(text) !== null).sort();
  const dropped = new Set(tellings.slice(TELLINGS_MAX + 1));
  return dropped.size === 0 ? all : new Set([...all].filter((text) => !dropped.has(text)));
}

const isOneOf = (content: NonNullable<DeclaredAnnotation['content']>): content is OneOf =>
  typeof content === 'string' || Array.isArray(content);

const listed = (values: OneOf): readonly string[] => (typeof values === 'string' ? [values] : values);

const fieldsOf = (fields: Readonly<Record<string, OneOf>>): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, listed(values)]));

function fits(wanted: DeclaredAnnotation['content'], content: string | null): boolean {
  if (wanted === undefined) return true;
  if (content === null) return false;
  if (isOneOf(wanted)) return listed(wanted).includes(content);
  const said = jsonObjectIn(content);
  return said !== null && Object.entries(wanted).every(([name, values]) => hasField(said, name, listed(values)));
}

const hasField = (said: Readonly<Record<string, unknown>>, name: string, values: readonly string[]): boolean => {
  const value = Object.hasOwn(said, name) ? said[name] : undefined;
  return typeof value === 'string' && values.includes(value);
};
