/**
 * A row of which nothing is known, not even whether it is there: its change could not be read, and an operator gave it up. It is kept
 * among the rows of its table under a key that no row has, and counts until a change or a snapshot tells of the row itself. Pure.
 */

/** `/` and `%` inside a key are escaped as `%2F` and `%25`, so no key begins with this. */
const UNREAD = '%3F/';

/** Key under which the doubt about the row `key` is kept. */
export const unreadKey = (key: string): string => UNREAD + key;

/** The row that a key of {@link unreadKey} is about; null for the key of a row. */
export const unreadRow = (key: string): string | null => (key.startsWith(UNREAD) ? key.slice(UNREAD.length) : null);
