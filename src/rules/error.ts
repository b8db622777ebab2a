/** Errors of rules: they come from a realm of their own (`adapters/files/rules-realm.ts`), where `instanceof` says nothing. */
export const isError = (value: unknown): value is Error =>
  Object.prototype.toString.call(value) === '[object Error]' || value instanceof Error;

/** A function of `dragoman/rules` was given what it does not take. Its text says what, never a value of a row. */
export class Misused extends TypeError {}

/** A rule used what depends on the machine, its clock or chance. The realm throws it: its text names what was used, never a value of a row. */
export class NotPure extends TypeError {
  override readonly name = 'NotPure';
  constructor(used: string) {
    super(`rules are pure and do not have ${used}`);
  }
}
