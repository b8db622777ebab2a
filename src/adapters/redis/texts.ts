/**
 * Names and values as Redis has them. UTF-8 has no halves of surrogate pairs: two texts that differ in nothing else would be one. They
 * stand as JSON behind a backslash, as do the texts that begin with one.
 */
const ESCAPE = '\\';

export const stored = (text: string): string =>
  text.isWellFormed() && !text.startsWith(ESCAPE) ? text : ESCAPE + JSON.stringify(text);

export const unstored = (text: string): string =>
  text.startsWith(ESCAPE) ? (JSON.parse(text.slice(1)) as string) : text;
