/**
 * Names in the rules that memory and event ids hang on. The state of an aggregate is stored under its name, what has happened under the
 * name of the fact, an event id is made of contract, aggregate and occurrence. So a renamed aggregate would publish everything again,
 * and a renamed fact could give a new occurrence the id of an old one. Nothing tells a new name from a changed one; so the progress
 * remembers which names there were, and a start at which names are gone and others are new is refused until a person has said which.
 *
 *   known = aggregates.facts.contracts.tables     each entry a hash of the name (4 characters) and one of its form (2)
 *
 * 6 characters an entry. Names that are gone stay known, so that a rename in two steps (first taken out, then put in anew) is seen too.
 *
 * See decision 0010.
 *
 * N1. Only gone, or only new, is legal. Aggregates, and facts, that are gone while others are new are refused.
 * N2. A known name whose form is another is refused: a fact of another kind, table or edge, or that is repeatable now; a contract of
 *     another fact; a table with another primary key, or whose rows name their aggregate by other columns.
 */
import { contractText } from '../../domain/integration-event.js';
import { DragomanError } from '../../errors.js';
import type { CompiledFact, CompiledRules } from '../../rules/compile.js';
import { hash } from './hash.js';

const KINDS = ['aggregate', 'fact', 'contract', 'table'] as const;
type Kind = (typeof KINDS)[number];

export interface RuleName {
  readonly kind: Kind;
  /** As an operator writes it: `order`, `OrderReady`, `OrderReady.v1`, `order/public.ord_hdr`, `lookup/public.country`. */
  readonly name: string;
  /** What it means besides its name. */
  readonly form: string;
}

/** As the rules have them. */
export function namesOf(rules: CompiledRules): readonly RuleName[] {
  const aggregates = [...rules.aggregates.values()].filter(({ keeps }) => keeps === null);
  const names: RuleName[] = [];
  for (const { name: aggregate, facts, members, tables, lookups } of aggregates) {
    names.push({ kind: 'aggregate', name: aggregate, form: '' });
    for (const fact of facts) names.push({ kind: 'fact', name: fact.definition.name, form: formOf(aggregate, fact) });
    for (const { definition, publications } of facts)
      for (const { contract } of publications)
        names.push({
          kind: 'contract',
          name: contractText(contract.name, contract.majorVersion),
          form: definition.name,
        });
    for (const { table, keyColumns, via } of members)
      names.push({ kind: 'table', name: `${aggregate}/${table}`, form: JSON.stringify([tables.get(table)?.key, keyColumns, via?.table]) }); // prettier-ignore
    for (const { table } of lookups)
      names.push({ kind: 'table', name: `lookup/${table.name}`, form: JSON.stringify(table.key) });
  }
  return names;
}

const formOf = (aggregate: string, { definition, table }: CompiledFact): string =>
  definition.kind === 'milestone'
    ? JSON.stringify([aggregate, definition.repeatable ? 'repeatable' : 'once'])
    : JSON.stringify([aggregate, table, definition.edge]);

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

const nameHash = (name: string): string => digits(folded(name), NAME_CHARS);
const entryOf = ({ name, form }: Omit<RuleName, 'kind'>): string =>
  nameHash(name) + digits(folded(form), ENTRY_CHARS - NAME_CHARS);

type Known = Readonly<Record<Kind, ReadonlySet<string>>>;

function knownIn(text: string): Known {
  const parts = text.split('.');
  const entries = (part = ''): ReadonlySet<string> => new Set(part.match(/.{6}/g) ?? []);
  return {
    aggregate: entries(parts[0]),
    fact: entries(parts[1]),
    contract: entries(parts[2]),
    table: entries(parts[3]),
  };
}

const textOf = (known: Known): string => KINDS.map((kind) => [...known[kind]].sort().join('')).join('.');

/** Names against what was known, of one kind. */
interface Difference {
  readonly kind: Kind;
  /** Hashes of names. */
  readonly gone: readonly string[];
  readonly fresh: readonly string[];
  readonly changed: readonly string[];
}

/** Kinds of which a name that is gone and one that is new may be the same thing. */
const RENAMED: readonly Kind[] = ['aggregate', 'fact'];

/**
 * @param known as the progress has it; undefined: it was never kept.
 * @param accepted names as they are now that an operator vouches for: what is gone was not renamed to them.
 * @param wasNamed names that decisions of the journal have, to say in words what is gone; asked only for a refusal.
 * @returns what is to be known from now on.
 * @throws DragomanError RULES_RENAMED
 */
export async function checkNames(
  known: string | undefined,
  rules: CompiledRules,
  accepted: ReadonlySet<string>,
  wasNamed: () => Promise<ReadonlySet<string>>,
): Promise<string> {
  const names = namesOf(rules);
  const former = knownIn(known ?? '');
  const now = Object.fromEntries(KINDS.map((kind) => [kind, ofKind(names, kind)])) as Record<Kind, RuleName[]>;
  if (known !== undefined) {
    const wrong = KINDS.map((kind) => difference(kind, former[kind], now[kind], accepted)).filter(isWrong);
    if (wrong.length > 0) throw renamed(wrong, await wasNamed());
  }
  const next = KINDS.map((kind) => [kind, carried(former[kind], now[kind], accepted)]);
  return textOf(Object.fromEntries(next) as Known);
}

const ofKind = (names: readonly RuleName[], wanted: Kind): RuleName[] => names.filter(({ kind }) => kind === wanted);

function difference(
  kind: Kind,
  former: ReadonlySet<string>,
  now: readonly RuleName[],
  accepted: ReadonlySet<string>,
): Difference {
  const known = new Set([...former].map((entry) => entry.slice(0, NAME_CHARS)));
  const here = new Set(now.map(({ name }) => nameHash(name)));
  const open = now.filter(({ name }) => !accepted.has(name));
  const isFresh = ({ name }: RuleName): boolean => !known.has(nameHash(name));
  const gone = [...known].filter((name) => !here.has(name));
  const changed = open.filter((each) => !isFresh(each) && !former.has(entryOf(each))).map(({ name }) => name);
  return { kind, gone, fresh: open.filter(isFresh).map(({ name }) => name), changed };
}

const mayBeRenamed = ({ kind, gone, fresh }: Omit<Difference, 'changed'>): boolean =>
  RENAMED.includes(kind) && gone.length > 0 && fresh.length > 0;

const isWrong = (each: Difference): boolean => each.changed.length > 0 || mayBeRenamed(each);

/** What is gone stays known, until a name is accepted in its place; an accepted form replaces the former one. */
function carried(former: ReadonlySet<string>, now: readonly RuleName[], accepted: ReadonlySet<string>): Set<string> {
  const here = new Set(now.map(({ name }) => nameHash(name)));
  const isAccepted = now.some((each) => accepted.has(each.name) && !former.has(entryOf(each)));
  const gone = isAccepted ? [] : [...former].filter((entry) => !here.has(entry.slice(0, NAME_CHARS)));
  return new Set([...gone, ...now.map(entryOf)]);
}

function renamed(wrong: readonly Difference[], wasNamed: ReadonlySet<string>): DragomanError {
  const words = new Map([...wasNamed].map((name) => [nameHash(name), name]));
  const spoken = (gone: string): string => words.get(gone) ?? `one that recent decisions do not name`;
  const texts = wrong.flatMap(({ kind, gone, fresh, changed }) => [
    ...(mayBeRenamed({ kind, gone, fresh })
      ? [`${kind}s that are gone: ${gone.map(spoken).join(', ')}; that are new: ${fresh.join(', ')}`]
      : []),
    ...changed.map((name) => `${kind} ${name} means something else: ${MEANT[kind]}`),
  ]);
  const open = wrong.flatMap((each) => [...(mayBeRenamed(each) ? each.fresh : []), ...each.changed]);
  return new DragomanError(
    'RULES_RENAMED',
    `The rules name things otherwise than those that decided before. ${texts.join('. ')}. What has been published is remembered under these ` +
      'names: under another one it would be published again, or a new occurrence would get the id of an old one, which consumers drop. ' +
      'If something was renamed, give it its former name back. If what is gone is gone for good and what is new is new, start once with ' +
      `\`dragoman run --accept-names ${[...new Set(open)].join(' ')}\`.`,
    { details: { wrong } },
  );
}

const MEANT: Readonly<Record<Kind, string>> = {
  aggregate: 'it was another aggregate',
  fact: 'its aggregate, its kind, its table, its edge, or whether it is repeatable, was another',
  contract: 'another fact was published under it',
  table: "its primary key, or the columns that name its rows' aggregate, were others",
};
