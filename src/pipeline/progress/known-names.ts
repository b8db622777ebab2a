/**
 * Names of the rules in the form in which the progress remembers them:
 *
 *   known = aggregates.facts.contracts.tables.gone     each entry a hash of the name (4 characters) and one of its form (2); gone: the name
 *
 * See decision 0010.
 */
import { hash } from './hash.js';

export const KINDS = ['aggregate', 'fact', 'contract', 'table'] as const;
export type Kind = (typeof KINDS)[number];

export interface RuleName {
  readonly kind: Kind;
  /** What is known: `order`, `OrderReady`, `OrderReady.v1`, `order/public.ord_hdr`, `lookup/public.country`; by first names. */
  readonly name: string;
  /** As people read and write it now. */
  readonly called: string;
  /** What it means besides its name. */
  readonly form: string;
}

const NAME_CHARS = 4;
const ENTRY_CHARS = 6;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function digits(value: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i += 1) text += DIGITS[(value >>> (6 * i)) & 63] ?? '';
  return text;
}

/** All 32 bits count, also in the few that are kept. */
const folded = (text: string): number => {
  const value = hash(text);
  return value ^ (value >>> 13) ^ (value >>> 22);
};

export const nameHash = (name: string): string => digits(folded(name), NAME_CHARS);
export const entryOf = ({ name, form }: Pick<RuleName, 'name' | 'form'>): string =>
  nameHash(name) + digits(folded(form), ENTRY_CHARS - NAME_CHARS);
export const hashIn = (entry: string): string => entry.slice(0, NAME_CHARS);

export interface Known {
  /** Entries, by kind. */
  readonly entries: Readonly<Record<Kind, ReadonlySet<string>>>;
  /** Hashes of names that are gone for good, as a person said. */
  readonly gone: ReadonlySet<string>;
}

export function knownIn(text: string): Known {
  const parts = text.split('.');
  const entries = (part = ''): ReadonlySet<string> => new Set(part.match(/.{6}/g) ?? []);
  const [aggregate, fact, contract, table] = parts.map(entries);
  const none = entries();
  return {
    entries: {
      ...{ aggregate: aggregate ?? none, fact: fact ?? none },
      ...{ contract: contract ?? none, table: table ?? none },
    },
    gone: new Set(parts[KINDS.length]?.match(/.{4}/g) ?? []),
  };
}

export const textOf = ({ entries, gone }: Known): string =>
  [...KINDS.map((kind) => entries[kind]), gone].map((each) => [...each].sort().join('')).join('.');

/** What a refusal calls a name of which it knows no more. */
export const NAMELESS = 'hash:';
export const acceptedHash = (name: string): string =>
  name.startsWith(NAMELESS) ? name.slice(NAMELESS.length) : nameHash(name);
