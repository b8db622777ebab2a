/**
 * What whoever wrote a source transaction said about it, inside of it: with PostgreSQL `pg_logical_emit_message(true, prefix, content)`, which
 * Debezium writes into a topic of its own. One that no rule declares does not exist (G7): from here on an annotation is the text of the
 * declaration that it fits, never what it says. Pure.
 */

/** One text, or one of several. */
export type OneOf = string | readonly string[];

/** @property content absent: whatever it says; texts: all of it is one of these; fields: it is a JSON object in which each of these has one of its values. */
export interface DeclaredAnnotation {
  readonly prefix: string;
  readonly content?: OneOf | Readonly<Record<string, OneOf>>;
}

/** In the place of a table, where END and the sequencer count rows. No table is called so. */
export const ANNOTATION_ROWS = 'logical messages';

/** Names a declaration: the same for the same. */
export function annotationText({ prefix, content }: DeclaredAnnotation): string {
  if (content === undefined) return JSON.stringify([prefix]);
  return JSON.stringify([prefix, isOneOf(content) ? listed(content) : fieldsOf(content)]);
}

/** The texts of all declarations that an annotation fits. @param content null: it is no text. */
export function annotationsIn(
  declared: readonly DeclaredAnnotation[],
  { prefix, content }: { readonly prefix: string; readonly content: string | null },
): string[] {
  return declared.filter((each) => each.prefix === prefix && fits(each.content, content)).map(annotationText);
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
  const said = objectIn(content);
  return said !== null && Object.entries(wanted).every(([name, values]) => hasField(said, name, listed(values)));
}

const hasField = (said: object, name: string, values: readonly string[]): boolean => {
  const value: unknown = Object.hasOwn(said, name) ? (said as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' && values.includes(value);
};

function objectIn(content: string): object | null {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
