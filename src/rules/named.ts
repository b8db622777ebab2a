/**
 * Names of aggregates and facts. Memory hangs on the first name that a thing ever had: states, what has happened, and through it the numbers of
 * occurrences, which stand in event ids. People read the name that it has now. See decision 0014.
 */
export interface Named {
  /** As it is called now. */
  readonly name: string;
  /** As it was called before, the oldest first. */
  readonly formerly: readonly string[];
}

/** A name of a change says nothing about the business: whoever reads one must compare rows again. Of facts and of contracts. */
export const CHANGE_NAME = {
  fits: (name: string): boolean => /(Updated|Changed|Modified)(?=[A-Z0-9]|$)|^Status(?=[A-Z0-9]|$)/.test(name),
  says: 'names a change, not what the business did',
  instead: 'Say in PascalCase what happened to the business: OrderReleasedToWarehouse.',
};

/** The name that never changes. */
export const firstName = ({ name, formerly }: Named): string => formerly[0] ?? name;

/** What compiled rules say of names. */
interface Names {
  readonly aggregates: ReadonlyMap<string, { readonly called: string }>;
  readonly firstNames: ReadonlyMap<string, string>;
}

/** What people call an aggregate that is remembered under this name; the name itself when no rule declares it. */
export const calledOf = ({ aggregates }: Pick<Names, 'aggregates'>, firstName: string): string =>
  aggregates.get(firstName)?.called ?? firstName;

/** Under which name the aggregate is remembered that a person calls so, or called so before. */
export const firstNameOf = ({ firstNames }: Pick<Names, 'firstNames'>, name: string): string =>
  firstNames.get(name) ?? name;
