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
import type { Milestone, Transition } from '../../rules/fact.js';
import { type Kind, KINDS, type KnownNames, NO_NAMES, type RuleName } from './known-names.js';
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
  for (const [
    corrected,
    {
      correction: { name, majorVersion },
    },
  ] of rules.corrections)
    names.push({ kind: 'contract', ...asIs(contractText(name, majorVersion)), form: `corrects ${corrected}` });
  return names;
}

const asIs = (name: string): Pick<RuleName, 'name' | 'called'> => ({ name, called: name });

function formOf(aggregate: string, { definition, table, deadlineOf }: CompiledFact): string {
  if (definition.kind === 'row') return JSON.stringify([aggregate, table, definition.edge]);
  if (definition.kind === 'deadline') return JSON.stringify([aggregate, 'deadline', deadlineOf]);
  return JSON.stringify([aggregate, timesOf(definition)]);
}

const timesOf = (definition: Milestone | Transition): string =>
  definition.kind === 'transition' ? 'transition' : definition.repeatable ? 'repeatable' : 'once';

/** Kinds that memory hangs on. A contract that is gone is over, a table that is gone is unknown when it comes again. */
const REMEMBERED: readonly Kind[] = ['aggregate', 'fact'];

/**
 * @param known as the progress has it; null: nothing was ever committed.
 * @param accepted names that an operator vouches for: they are gone for good, or mean something else on purpose.
 * @returns what is to be known from now on.
 * @throws DragomanError RULES_RENAMED
 */
export function checkNames(known: KnownNames | null, rules: CompiledRules, accepted: ReadonlySet<string>): KnownNames {
  const names = namesOf(rules);
  const former = known ?? NO_NAMES;
  const wrong = KINDS.map((kind) => difference(kind, former, ofKind(names, kind), accepted)).filter(isWrong);
  if (wrong.length > 0) throw renamed(wrong);
  const forms = KINDS.map((kind) => [kind, carried(former[kind], ofKind(names, kind))] as const);
  const gone = REMEMBERED.flatMap((kind) => goneIn(former[kind], ofKind(names, kind))).filter(
    (name) => former.gone.includes(name) || accepted.has(name),
  );
  return { ...(Object.fromEntries(forms) as Record<Kind, Record<string, string>>), gone: [...new Set(gone)].sort() };
}

const ofKind = (names: readonly RuleName[], wanted: Kind): RuleName[] => names.filter(({ kind }) => kind === wanted);

type Forms = Readonly<Record<string, string>>;

function goneIn(former: Forms, now: readonly RuleName[]): string[] {
  const here = new Set(now.map(({ name }) => name));
  return Object.keys(former).filter((name) => !here.has(name));
}

function difference(
  kind: Kind,
  { [kind]: former, gone }: KnownNames,
  now: readonly RuleName[],
  accepted: ReadonlySet<string>,
): Difference {
  const isKnown = ({ name }: RuleName): boolean => Object.hasOwn(former, name);
  const isAccepted = ({ name, called }: RuleName): boolean => accepted.has(name) || accepted.has(called);
  const isMissed = (name: string): boolean => !gone.includes(name) && !accepted.has(name);
  const isChanged = (each: RuleName): boolean => isKnown(each) && former[each.name] !== each.form;
  return {
    kind,
    gone: REMEMBERED.includes(kind) ? goneIn(former, now).filter(isMissed) : [],
    fresh: now.filter((each) => !isKnown(each)),
    changed: now.filter((each) => isChanged(each) && !isAccepted(each)),
  };
}

const isWrong = ({ gone, changed }: Difference): boolean => gone.length > 0 || changed.length > 0;

/** What is gone stays known; a form of now replaces the former one. */
function carried(former: Forms, now: readonly RuleName[]): Forms {
  const all = { ...former, ...Object.fromEntries(now.map(({ name, form }) => [name, form])) };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}
