/**
 * Names in the rules that memory and event ids hang on. The state of an aggregate is stored under the first name that it ever had, what has
 * happened under the first name of the fact, an event id is made of contract, aggregate and occurrence. So an aggregate that gets another
 * first name would publish everything again, and a fact could give a new occurrence the id of an old one. Nothing but its `formerly` tells a
 * renamed thing from a new one; so the progress remembers which first names there were, and a start at which one is gone is refused.
 * Names that are gone stay known, with a mark that a person vouched for it, so that one that comes back is compared with what it was.
 *
 * See decisions 0010 and 0014.
 *
 * N1. A known aggregate or fact that the rules do not name, now or formerly, is refused until a person says that it is gone for good.
 * N2. A known name whose form is another is refused: a fact of another kind, table or edge, or that is repeatable now; a contract of
 *     another fact; a table with another primary key, or whose rows name their aggregate by other columns.
 */
import { contractText } from '../../domain/integration-event.js';
import type { CompiledFact, CompiledRules } from '../../rules/compile.js';
import {
  acceptedHash,
  entryOf,
  hashIn,
  type Kind,
  KINDS,
  type Known,
  knownIn,
  nameHash,
  type RuleName,
  textOf,
} from './known-names.js';
import { type Difference, renamed } from './renamed.js';

/** As the rules have them. */
export function namesOf(rules: CompiledRules): readonly RuleName[] {
  const aggregates = [...rules.aggregates.values()].filter(({ keeps }) => keeps === null);
  const names: RuleName[] = [];
  for (const { name: aggregate, called, facts, members, tables, lookups } of aggregates) {
    names.push({ kind: 'aggregate', name: aggregate, called, form: '' });
    for (const fact of facts)
      names.push({ kind: 'fact', name: fact.name, called: fact.definition.name, form: formOf(aggregate, fact) });
    for (const { name: fact, publications } of facts)
      for (const { contract } of publications)
        names.push({ kind: 'contract', ...asIs(contractText(contract.name, contract.majorVersion)), form: fact });
    for (const { table, keyColumns, via } of members) {
      const form = JSON.stringify([tables.get(table)?.key, keyColumns, via?.table]);
      names.push({ kind: 'table', name: `${aggregate}/${table}`, called: `${called}/${table}`, form });
    }
    for (const { table } of lookups)
      names.push({ kind: 'table', ...asIs(`lookup/${table.name}`), form: JSON.stringify(table.key) });
  }
  return names;
}

const asIs = (name: string): Pick<RuleName, 'name' | 'called'> => ({ name, called: name });

const formOf = (aggregate: string, { definition, table }: CompiledFact): string =>
  definition.kind === 'milestone'
    ? JSON.stringify([aggregate, definition.repeatable ? 'repeatable' : 'once'])
    : JSON.stringify([aggregate, table, definition.edge]);

/** Kinds that memory hangs on. A contract that is gone is over, a table that is gone is unknown when it comes again. */
const REMEMBERED: readonly Kind[] = ['aggregate', 'fact'];

/**
 * @param known as the progress has it; undefined: it was never kept.
 * @param accepted names that an operator vouches for: they are gone for good, or mean something else on purpose.
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
  const now = new Set([...accepted].map(acceptedHash));
  const differences = KINDS.map((kind) => difference(kind, former, ofKind(names, kind), now));
  if (known !== undefined && differences.some(isWrong)) throw renamed(differences.filter(isWrong), await wasNamed());
  const here = new Set(names.map(({ name }) => nameHash(name)));
  const entries = KINDS.map((kind) => [kind, carried(former.entries[kind], ofKind(names, kind))]);
  return textOf({
    entries: Object.fromEntries(entries) as Known['entries'],
    gone: new Set(
      REMEMBERED.flatMap((kind) => goneIn(former, kind, here)).filter((name) => former.gone.has(name) || now.has(name)),
    ),
  });
}

const ofKind = (names: readonly RuleName[], wanted: Kind): RuleName[] => names.filter(({ kind }) => kind === wanted);

const goneIn = ({ entries }: Known, kind: Kind, here: ReadonlySet<string>): string[] => [
  ...new Set([...entries[kind]].map(hashIn).filter((name) => !here.has(name))),
];

/** @param accepted hashes. */
function difference(kind: Kind, former: Known, now: readonly RuleName[], accepted: ReadonlySet<string>): Difference {
  const known = new Set([...former.entries[kind]].map(hashIn));
  const here = new Set(now.map(({ name }) => nameHash(name)));
  const isFresh = ({ name }: RuleName): boolean => !known.has(nameHash(name));
  const isAccepted = ({ name, called }: RuleName): boolean =>
    [name, called].some((each) => accepted.has(nameHash(each)));
  const isGone = (name: string): boolean => !former.gone.has(name) && !accepted.has(name);
  const isChanged = (each: RuleName): boolean => !isFresh(each) && !former.entries[kind].has(entryOf(each));
  return {
    kind,
    gone: REMEMBERED.includes(kind) ? goneIn(former, kind, here).filter(isGone) : [],
    fresh: now.filter(isFresh),
    changed: now.filter((each) => isChanged(each) && !isAccepted(each)),
  };
}

const isWrong = ({ gone, changed }: Difference): boolean => gone.length > 0 || changed.length > 0;

/** What is gone stays known; a form of now replaces the former one. */
function carried(former: ReadonlySet<string>, now: readonly RuleName[]): ReadonlySet<string> {
  const here = new Set(now.map(({ name }) => nameHash(name)));
  return new Set([...[...former].filter((entry) => !here.has(hashIn(entry))), ...now.map(entryOf)]);
}
