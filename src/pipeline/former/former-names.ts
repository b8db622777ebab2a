/**
 * Names of the rules as the version before remembered them, a hash of each (4 characters) and one of its form (2):
 *
 *   known = aggregates.facts.contracts.tables.gone     gone: hashes of names without their forms
 *
 * A hash gives no name back: words come from the rules and from the newest decisions.
 */
import { z } from 'zod';
import type { Sink } from '../ports.js';
import { type Kind, KINDS, type KnownNames, type RuleName } from '../progress/known-names.js';
import { hash } from './hash.js';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function digits(value: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i += 1) text += DIGITS[(value >>> (6 * i)) & 63] ?? '';
  return text;
}

const folded = (text: string): number => {
  const value = hash(text);
  return value ^ (value >>> 13) ^ (value >>> 22);
};

const nameHash = (name: string): string => digits(folded(name), 4);
const formHash = (form: string): string => digits(folded(form), 2);

/** What a name is called of which nothing but the hash is left, and a form. No form of the rules looks like it, so it is another one. */
const hashed = (hash: string): string => `hash:${hash}`;

/** @param words names that decisions had. */
export function plainNames(known: string, names: readonly RuleName[], words: ReadonlySet<string>): KnownNames {
  const parts = known.split('.');
  const called = new Map([...words, ...names.map(({ name }) => name)].map((name) => [nameHash(name), name]));
  const word = (hash: string): string => called.get(hash) ?? hashed(hash);
  const formsOf = (kind: Kind, entries: string): Record<string, string> => {
    const forms = new Map(names.filter((each) => each.kind === kind).map(({ name, form }) => [name, form]));
    return Object.fromEntries(
      (entries.match(/.{6}/g) ?? []).map((entry) => {
        const [name, form] = [word(entry.slice(0, 4)), entry.slice(4)];
        const now = forms.get(name);
        return [name, now !== undefined && formHash(now) === form ? now : hashed(form)];
      }),
    );
  };
  const kinds = KINDS.map((kind, at) => [kind, formsOf(kind, parts[at] ?? '')] as const);
  const gone = (parts[KINDS.length]?.match(/.{4}/g) ?? []).map(word);
  return { ...(Object.fromEntries(kinds) as Record<Kind, Record<string, string>>), gone };
}

/** Offsets looked at in each partition. */
const RECENT_OFFSETS_MAX = 200;

/** Names of aggregates and facts that the newest decisions have. */
export async function decidedNames(
  sink: Pick<Sink, 'read'>,
  begin: readonly number[],
  end: readonly number[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const from = end.map((offset, partition) => Math.max(begin[partition] ?? 0, offset - RECENT_OFFSETS_MAX));
  for await (const records of sink.read('journal', from, end)) {
    for (const { value } of records) {
      for (const name of namedBy(value)) names.add(name);
    }
  }
  return names;
}

const decided = z.object({ aggregate: z.string(), verdicts: z.array(z.object({ fact: z.string() })) });

/** Words are a help; what a damaged record means is said where records are converted. */
function namedBy(value: string | null): readonly string[] {
  try {
    const { aggregate, verdicts } = decided.parse(JSON.parse(value ?? ''));
    return [aggregate, ...verdicts.map(({ fact }) => fact)];
  } catch {
    return [];
  }
}
