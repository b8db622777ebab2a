/** Reading and writing records whose keys come from the legacy system: a row may well be called `constructor`. Pure. */

/** The record's own value, never one of `Object.prototype`. */
export const own = <V>(record: Readonly<Record<string, V>>, key: string): V | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Sets an own value in a record that is still private to the caller. */
export function put<V>(record: Record<string, V>, key: string, value: V): void {
  if (key !== '__proto__') record[key] = value;
  else Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}
