/** Records whose keys come from the legacy system: a row may well be called `constructor` or `__proto__`. Pure. */

/** The record's own value, never one of `Object.prototype`; no stored value is a function. */
export function own<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  const value = record[key];
  if (typeof value !== 'function' && key !== '__proto__') return value;
  return Object.hasOwn(record, key) ? value : undefined;
}

/** The same of a record in a record, such as a row by table and key. */
export function ownIn<V>(
  records: Readonly<Record<string, Readonly<Record<string, V>>>> | undefined,
  name: string,
  key: string,
): V | undefined {
  const record = records && own(records, name);
  return record && own(record, key);
}

/**
 * A copy that is private to the caller. Without a prototype, so that every key is an ordinary one, and because the engine then
 * makes a hash table at once instead of a new hidden class for every row key that it has never seen.
 */
export function copyOf<V>(record: Readonly<Record<string, V>> | undefined): Record<string, V> {
  const copy = Object.create(null) as Record<string, V>;
  // Faster than `for in`, which asks a hash table for each key whether it is still there.
  if (record !== undefined) for (const key of Object.keys(record)) copy[key] = record[key] as V;
  return copy;
}

/** A field that is put into a private record as a literal has it, whatever its name. */
export function put(record: object, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
  else (record as Record<string, unknown>)[name] = value;
}

/** The record without one of its optional fields. */
export const without = <T extends object, K extends keyof T>(record: T, name: K): Omit<T, K> =>
  Object.fromEntries(Object.entries(record).filter(([field]) => field !== name)) as Omit<T, K>;
