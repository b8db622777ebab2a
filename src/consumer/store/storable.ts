/** Texts of records as PostgreSQL takes them: without zero bytes, and short where they stand in an index. */
import { createHash } from 'node:crypto';

/** A row of an index has 2,704 bytes at most. */
const KEY_CHARS_MAX = 500;
const KEY_SHOWN_CHARS = 200;

export const storable = (text: string): string => text.replaceAll('\u0000', '\uFFFD');

/** Nearly always the key itself; else its beginning, and a digest of all of it. */
export function storableKey(key: string): string {
  const text = storable(key);
  if (text === key && key.length <= KEY_CHARS_MAX) return key;
  return `${text.slice(0, KEY_SHOWN_CHARS)}#${createHash('sha256').update(key).digest('hex')}`;
}
