/** Texts of others, in words of ours: keys and complaints may be as long as a record. */

const LENGTH_MAX = 1_000;
const MORE = '...';

/** The beginning of a text that is too long to be repeated. */
export const shortened = (text: string): string =>
  text.length <= LENGTH_MAX ? text : `${text.slice(0, LENGTH_MAX - MORE.length)}${MORE}`;
