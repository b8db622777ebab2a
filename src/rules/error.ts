/** Errors of rules: they come from a realm of their own (`adapters/files/rules-realm.ts`), where `instanceof` says nothing. */
export const isError = (value: unknown): value is Error =>
  Object.prototype.toString.call(value) === '[object Error]' || value instanceof Error;
