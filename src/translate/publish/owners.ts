/**
 * Whose an aggregate is under the contracts of sticky capabilities. Pure.
 *
 * V1. It is settled when its first rows are there: by `bornIn`, else by the route. Legacy's is said by nothing, so that what was known before a move
 *     stays legacy's.
 * V2. It stays open while a name is not known by which one of the routes asks, at the latest until the first fact that would be published; and while
 *     its service is asked to hand its route over: that may begin it yet, and legacy does so too. Then what happens is owed.
 * V3. What parks when it is first told of was seen all the same: it is settled then, or open. Taken up later, it is settled by the route as it stood
 *     when its rows were committed, as far as the last move of that tells.
 * V4. Where `bornIn` and what is known otherwise differ, nothing is guessed: it is told as a near miss.
 */
import type { AggregateRef, ChangeSet } from '../../domain/change-set.js';
import type { EchoTold } from '../../domain/ownership/echo.js';
import { routeOf } from '../../domain/ownership/route.js';
import type { Said } from '../../domain/source/said.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { contractText } from '../../domain/integration-event.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import { type AggregateView, type Context, NotKnown } from '../../rules/fact.js';
import { originShownTo } from '../../rules/origins/origin.js';
import { askRule, Refused } from '../ask.js';
import { own, without } from '../own.js';
import { NotPlain } from '../plain.js';
import type { RoutedContract, Routing } from './routing.js';

type Owners = NonNullable<AggregateState['owners']>;

export interface SeenFirst extends Pick<AggregateRef, 'id'> {
  readonly aggregate: CompiledAggregate;
  readonly view: AggregateView;
  readonly said?: Said | undefined;
  /** When its rows were committed, ms since 1970; {@link NOW}: that is not asked. */
  readonly seenMs: number;
  /** As `contextOf` gives it. @throws Refused */
  readonly context: () => Context | string;
}

export interface Owned {
  readonly state: AggregateState;
  /** Where it was born is not what its routes, or events of a service, say. */
  readonly doubts: readonly EchoTold[];
}

/** V1, V2, V4. @param before the rows of the change set. @throws Refused RULE_THREW */
export function withOwners(before: AggregateState, seen: SeenFirst, routing: Routing | undefined): Owned {
  if (routing === undefined) return { state: before, doubts: NO_DOUBTS };
  const unsettled = unsettledIn(before, seen.aggregate, routing);
  const begun = begunByTold(before, seen.aggregate);
  if (unsettled.length === 0 && begun.length === 0) return { state: before, doubts: NO_DOUBTS };
  const born = bornIn(seen);
  const doubts = doubtsOf(born, unsettled, begun);
  if (born !== null)
    return { state: ownedBy(before, unsettled, () => (born === 'service' ? 'service' : null)), doubts };
  const isServed = unsettled.some(({ routed }) => routed.isServed);
  const context = isServed ? contextOrNone(seen.context) : NO_CONTEXT;
  const state = ownedBy(before, unsettled, ({ routed, owner }) =>
    owner === 'legacy' ? owner : byRoute(routed, { id: seen.id, context }, seen.seenMs),
  );
  return { state, doubts };
}

/** Contracts under which it is the service's, because that told of it before any row. */
function begunByTold(before: AggregateState, aggregate: CompiledAggregate): readonly string[] {
  const { told, owners = NONE } = before;
  return told === undefined || aggregate.bornIn === null || !isUnseen(before)
    ? NO_CONTRACTS
    : Object.keys(told).filter((contract) => own(owners, contract) === 'service');
}

/** V4. */
function doubtsOf(
  born: ReturnType<typeof bornIn>,
  unsettled: readonly Unsettled[],
  begun: readonly string[],
): readonly EchoTold[] {
  if (born === null) return NO_DOUBTS;
  if (born === 'legacy') return begun.map((contract) => ({ contract, became: 'born-in-legacy' }));
  return unsettled
    .filter(({ routed: { isServed, routes } }) => !isServed && routes.every(({ epoch }) => epoch === 0))
    .map(({ contract }) => ({ contract, became: 'born-unmoved' }));
}

const NO_DOUBTS: readonly EchoTold[] = [];
const NO_CONTRACTS: readonly string[] = [];

/** V3. */
export function withOwnersParked(
  before: AggregateState,
  aggregate: CompiledAggregate,
  routing: Routing | undefined,
): AggregateState {
  if (routing === undefined || !isUnheard(before)) return before;
  const unsettled = unsettledIn(before, aggregate, routing);
  return ownedBy(before, unsettled, ({ routed }) => (routed.isServed ? 'open' : 'legacy'));
}

interface Unsettled {
  readonly contract: string;
  readonly routed: RoutedContract;
  /** As it is so far. */
  readonly owner: Owners[string] | undefined;
}

function unsettledIn(before: AggregateState, aggregate: CompiledAggregate, routing: Routing): readonly Unsettled[] {
  const isNew = isUnseen(before);
  if (!isNew && before.owners === undefined) return NONE_UNSETTLED;
  const { owners = NONE } = before;
  return contractsOf(aggregate).flatMap((contract) => {
    const owner = own(owners, contract);
    // What parked when it was first told of may say yet where it was born.
    if (owner === 'service' || (owner !== 'open' && !isNew)) return [];
    const routed = routing.of(contract);
    return routed?.isSticky === true ? [{ contract, routed, owner }] : [];
  });
}

const NONE: Owners = {};
const NONE_UNSETTLED: readonly Unsettled[] = [];

/** No row of it was ever seen, as far as that makes a difference. */
export const isUnseen = ({ rows, fired, forgotten, isStub }: Omit<AggregateState, 'told' | 'owners'>): boolean =>
  isStub === undefined && forgotten === undefined && isEmpty(rows) && isEmpty(fired);

/** Under some contract it is not settled whose it is. */
export const isOpen = ({ owners = NONE }: Pick<AggregateState, 'owners'>): boolean =>
  Object.values(owners).includes('open');

/** Nothing of it was ever decided. */
const isUnheard = (state: AggregateState): boolean =>
  isUnseen(state) && (state.journal === undefined || isTried(state));

/** Nothing but what a service published on trial was ever told of it. */
const isTried = ({ pairs, owners, parked }: AggregateState): boolean =>
  pairs !== undefined && owners === undefined && parked === null;

function isEmpty(record: object): boolean {
  for (const _ in record) return false;
  return true;
}

const contracts = new WeakMap<CompiledAggregate, readonly string[]>();

/** Under which its facts are published. */
export function contractsOf(aggregate: CompiledAggregate): readonly string[] {
  const known = contracts.get(aggregate);
  if (known !== undefined) return known;
  const all = aggregate.facts.flatMap(({ publications }) =>
    publications.map(({ contract }) => contractText(contract.name, contract.majorVersion)),
  );
  const own = [...new Set(all)];
  contracts.set(aggregate, own);
  return own;
}

/** @throws Refused RULE_THREW */
function bornIn({ aggregate: { bornIn: asked, called }, view, said }: SeenFirst): 'service' | 'legacy' | null {
  if (asked === null) return null;
  return askRule(
    `bornIn of ${called}`,
    () => knownOrNull(() => asked(view, originShownTo(said))),
    (answer) => {
      if (answer === null || answer === 'service' || answer === 'legacy') return answer;
      throw new NotPlain(`${typeof answer}, not 'service', 'legacy' or null`);
    },
  );
}

/** What is not known does not say where it was born. */
function knownOrNull<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch (error) {
    if (error instanceof NotKnown) return null;
    throw error;
  }
}

const NO_CONTEXT: Context = {};

/** A context that cannot be told yet parks nothing here: the first fact asks for it again. */
function contextOrNone(ask: SeenFirst['context']): Context {
  try {
    const context = ask();
    return typeof context === 'string' ? NO_CONTEXT : context;
  } catch (error) {
    if (error instanceof Refused) return NO_CONTEXT;
    throw error;
  }
}

function byRoute(contract: RoutedContract, routed: { readonly id: string; readonly context: Context }, seenMs: number) {
  const isUnknown = contract.routes.some(({ selector }) =>
    Object.keys(selector.context).some((name) => (routed.context[name] ?? null) === null),
  );
  if (contract.isServed && isUnknown) return 'open';
  return settledBy(contract, routed, seenMs);
}

/** All moves were before it. */
export const NOW = Infinity;

/** V2: at the latest. V3. */
export function settledBy(
  { routes }: RoutedContract,
  routed: { readonly id: string; readonly context: Context },
  seenMs: number,
): 'service' | 'open' | null {
  const route = routeOf(routes, routed);
  if (route === undefined) return null;
  const { stage, moved, returning } = route;
  const isBefore = (move: { readonly at: string } | undefined): boolean =>
    move !== undefined && seenMs < Date.parse(move.at);
  if ((isBefore(moved) ? moved?.from : stage) !== 'service') return null;
  return returning === undefined || isBefore(returning) ? 'service' : 'open';
}

/** When rows of a change set were committed; of what a snapshot, or nobody's rows, tell that says nothing. */
export const seenMsOf = ({ kind, origin }: Pick<ChangeSet, 'kind' | 'origin'>): number =>
  kind === 'transaction' ? origin.commitTimeMs : NOW;

function ownedBy(
  state: AggregateState,
  unsettled: readonly Unsettled[],
  ownerOf: (one: Unsettled) => Owners[string] | null,
): AggregateState {
  const { owners } = state;
  const next: Record<string, Owners[string]> = { ...owners };
  for (const each of unsettled) {
    const owner = ownerOf(each);
    if (owner === null) Reflect.deleteProperty(next, each.contract);
    else next[each.contract] = owner;
  }
  if (isEmpty(next)) return owners === undefined ? state : without(state, 'owners');
  return { ...state, owners: next };
}
