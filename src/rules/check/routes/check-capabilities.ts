/** What can be wrong with capabilities: whether they name what there is, and whether one route is there for each aggregate. Pure. */
import { isObject } from '../../../domain/json-text.js';
import { isSelectableValue, SHARE, selectorOf, selectorText, type Selector } from '../../../domain/ownership/route.js';
import type { AggregateDefinition } from '../../aggregate.js';
import { type ContractDefinition, FIELD } from '../../contract.js';
import { type CapabilityDefinition, type InitialRoute, INITIAL_STAGES, OWNERS } from '../../routes/capability.js';
import { fieldSchema, fieldsOf } from '../../contracts/field-schema.js';
import { overlapping, type Unfit, unfit } from '../../routes/selectors.js';
import type { RuleSet } from '../../rule-set.js';
import { repeated } from '../check-names.js';
import { parityProblems } from './check-parity.js';
import { type About, aboutCapability, problem, type RuleProblem, shown } from '../problem.js';
import { echoProblems } from './check-echoes.js';

export function capabilityProblems(rules: RuleSet): RuleProblem[] {
  const capabilities: readonly CapabilityDefinition[] = rules.capabilities ?? [];
  const twice = repeated(capabilities.map(({ name }) => name));
  return capabilities.flatMap((each) => {
    const others = capabilities.filter((other) => other !== each);
    const invalid = (text: string, word?: string): RuleProblem =>
      problem('CAPABILITY_INVALID', aboutCapability(each, word), text);
    return [
      ...nameTexts(each, twice).map((text) => invalid(text)),
      ...contractTexts(each, others, rules).map((text) => invalid(text, 'contracts')),
      ...byTexts(each, rules).map((text) => invalid(text, 'by')),
      ...(OWNERS.includes(each.owner)
        ? []
        : [invalid(`says owner: ${shown(each.owner)}; expected ${OWNERS.join(' or ')}`, 'owner')]),
      ...(isList(each.initially)
        ? initialProblems(each)
        : [invalid("initially must be a list of routes: [{ stage: 'shadow' }]", 'initially')]),
      ...(each.parity === null
        ? []
        : parityProblems(each.parity, pathsOf(each, rules)).map(({ word, text }) => invalid(text, word))),
      ...echoProblems(each, rules),
    ];
  });
}

/** Part of command lines. */
const NAME = /^[a-z][a-z0-9-]{0,99}$/;

function nameTexts({ name }: CapabilityDefinition, twice: readonly string[]): string[] {
  if (typeof (name as unknown) !== 'string' || !NAME.test(name))
    return ['its name must begin with a small letter, and have small letters, digits and "-" only, 100 at most'];
  return twice.includes(name) ? ['is declared twice: put all its contracts into one'] : [];
}

function contractTexts(
  { contracts }: CapabilityDefinition,
  others: readonly CapabilityDefinition[],
  { publications }: RuleSet,
): string[] {
  if (!isList(contracts) || contracts.length === 0) return ['names no contract: there is nothing that could move'];
  const published = new Set<unknown>(publications.map(({ contract }) => contract));
  const taken = new Map(
    others.flatMap((other) => (isList(other.contracts) ? other.contracts : []).map((each) => [each, other])),
  );
  return [
    ...contracts.filter((each) => !published.has(each)).map((each) => `no fact is published under ${labelOf(each)}`),
    ...contracts.flatMap((each) => {
      const other = taken.get(each);
      return other === undefined
        ? []
        : [`${labelOf(each)} is in the capability ${shown(other.name)} too: it can move with one of them only`];
    }),
    ...repeated(contracts.map(labelOf)).map((label) => `names ${label} twice`),
  ];
}

/** Without types anything may stand there. */
const labelOf = (contract: ContractDefinition): string =>
  typeof contract === 'object' && (contract as unknown) !== null
    ? `${contract.name} v${contract.majorVersion}`
    : shown(contract);

function byTexts({ contracts, by }: CapabilityDefinition, { aggregates, publications }: RuleSet): string[] {
  if (!isObject(by)) return ["by must give the values of each name: by: { market: ['DE', 'AT'] }"];
  const own = new Set<unknown>(contracts);
  const types = new Set(publications.filter(({ contract }) => own.has(contract)).map(({ fact }) => fact.aggregate));
  const concerned = aggregates.filter(({ name }) => types.has(name));
  return Object.entries(by).flatMap(([name, values]) => {
    if (name === SHARE || !FIELD.test(name)) return [`nothing can be routed by ${shown(name)}: ${NAMES}`];
    if (!isList(values) || values.length === 0 || !values.every(isValue))
      return [`by ${name}: list the values that may be moved by themselves, as texts that are not empty`];
    return [
      ...repeated(values).map((value) => `by ${name}: has ${shown(value)} twice`),
      ...concerned.filter((each) => !hasName(each, name)).map((each) => noContext(each, name)),
    ];
  });
}

const NAMES = `it must be a name of the context of its aggregates, and ${SHARE} is for parts of all`;

const isValue = (value: unknown): boolean => typeof value === 'string' && value !== '' && isSelectableValue(value);

const hasName = ({ context }: AggregateDefinition, name: string): boolean => Object.hasOwn(context, name);

const noContext = (aggregate: AggregateDefinition, name: string): string =>
  Object.keys(aggregate.context).length === 0
    ? `by ${name}: ${aggregate.name} has no context (docs/context.md), so nobody could tell which of them it is`
    : `by ${name}: the context of ${aggregate.name} has no such name, only ${Object.keys(aggregate.context).join(', ')}`;

/** Of the contracts' fields, and of the contexts of their aggregates. What is wrong with a contract itself is said elsewhere. */
function pathsOf({ contracts }: CapabilityDefinition, { aggregates, publications }: RuleSet): string[] {
  const own = publications.filter(({ contract }) => isList(contracts) && contracts.includes(contract));
  const types = new Set(own.map(({ fact }) => fact.aggregate));
  const contexts = aggregates.filter(({ name }) => types.has(name)).flatMap(({ context }) => Object.keys(context));
  return [...contexts, ...own.flatMap(({ contract }) => fieldPaths(contract))];
}

function fieldPaths({ data }: ContractDefinition): string[] {
  try {
    return fieldsOf(fieldSchema(data)).map(({ path }) => path);
  } catch {
    return [];
  }
}

function initialProblems(capability: CapabilityDefinition): RuleProblem[] {
  const about = aboutCapability(capability, 'initially');
  const { initially, by } = capability;
  const strange = initially.find((route: unknown) => !isRoute(route));
  if (strange !== undefined)
    return [
      problem(
        'CAPABILITY_INVALID',
        about,
        `initially: a route has a stage, ${INITIAL_STAGES.join(' or ')}; to its service it comes by a move`,
      ),
    ];
  const selectors = initially.map(({ context = {}, share }: InitialRoute) => selectorOf(context, share));
  return [
    ...selectors.flatMap((each) => told(unfit(each, by), about)),
    ...repeated(selectors.map(selectorText)).map((text) =>
      problem('ROUTES_OVERLAP', about, `initially: ${text === '' ? 'the route of all' : text} is there twice`),
    ),
    ...selectors.flatMap((each: Selector, i) => told(overlapping(each, selectors.slice(i + 1)), about)),
  ];
}

const isRoute = (route: unknown): boolean =>
  isObject(route) &&
  INITIAL_STAGES.includes(route['stage'] as InitialRoute['stage']) &&
  isContext(route['context']) &&
  isPair(route['share']);

const isPair = (share: unknown): boolean => share === undefined || (isList(share) && share.length === 2);

const isContext = (context: unknown): boolean => context === undefined || isObject(context);

const told = (found: Unfit | null, about: About): RuleProblem[] =>
  found === null ? [] : [problem(found.code, about, `initially: ${found.text}`)];

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
