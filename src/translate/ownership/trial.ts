/**
 * What the new service publishes on trial, compared with what the legacy side publishes, or would publish (docs/parity.md). Pure.
 *
 * C1. An event on trial counts as nothing but one side of a pair: no rule, no number, no owner and nothing owed changes by it.
 * C2. Nothing here refuses or parks anything, and no event is another by it.
 * C3. Compared is what transactions and deadlines bring. What a snapshot, an intervention or an operator brings is no pair, and what the service
 *     publishes of it is passed over, as far as the state says that it happened: of rows that only a snapshot told of it does not.
 * C4. Nothing is compared where the route is its service's, or the aggregate is: then it is no trial.
 * C5. Pairs of a contract whose capability says nothing of parity any more are dropped as soon as its aggregate is touched.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import { contractText } from '../../domain/integration-event.js';
import { readRoute, type Routed } from '../../domain/ownership/route.js';
import type { TrialEvent } from '../../domain/ownership/told.js';
import { nearestInstant } from '../../domain/source/instants.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { Judged, OpenPair, Pairs } from '../../domain/state/pairs.js';
import { DragomanError } from '../../errors.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import { entryOf, silent, type Translated } from '../entry.js';
import { ownIn, without } from '../own.js';
import { withPairs } from '../parity/comparing.js';
import { isOpen, paired, type ParityOf, routeIn, unpaired } from '../parity/pairing.js';
import { isOnTrial, type Routing } from '../publish/routing.js';
import type { TranslateSettings } from '../settings.js';

/** C5. */
export function withoutStrangePairs(state: AggregateState, routing: Routing | undefined): AggregateState {
  const { pairs } = state;
  if (pairs === undefined) return state;
  const strange = Object.keys(pairs).filter((contract) => parityIn(routing, contract) === null);
  return withPairs(
    state,
    strange.reduce<Pairs>((left, contract) => without(left, contract), pairs),
  );
}

const parityIn = (routing: Routing | undefined, contract: string): ParityOf | null =>
  routing?.of(contract)?.parity ?? null;

const NONE: Pairs = {};

/** Of a pair, as it was told at first. */
const routedBy = (id: string, route: string): Routed => ({ id, context: readRoute(route).selector.context });

/**
 * It was told before, or the legacy side said it when nothing was compared, or in a way that is not compared (C3): then there is no side to wait for.
 */
export function isTriedAgain({ contract, occurrence }: TrialEvent, state: AggregateState, facts: Facts): boolean {
  const pair = ownIn(state.pairs, contract, occurrence);
  return pair === undefined ? isFired(state, contract, occurrence, facts) : !isOpen(pair) || pair.side === 'service';
}

type Facts = Pick<CompiledAggregate, 'facts'>;

const isFired = ({ fired }: AggregateState, contract: string, occurrence: string, { facts }: Facts): boolean =>
  facts.some(
    ({ name, publications }) =>
      ownIn(fired, name, occurrence) !== undefined &&
      publications.some(({ contract: each }) => contractText(each.name, each.majorVersion) === contract),
  );

/** @throws DragomanError INVARIANT_BROKEN when the change set is no `trial`. */
export function takeTrial(
  changeSet: ChangeSet,
  before: AggregateState,
  aggregate: Facts,
  settings: Pick<TranslateSettings, 'digest' | 'routing'>,
): Translated {
  const { trial, place, id, origin } = changeSet;
  if (trial === undefined)
    throw new DragomanError('INVARIANT_BROKEN', 'A trial change set does not say what was tried.');
  const { contract, eventId, occurrence, sequence, producer, value, writtenMs } = trial;
  const routed = settings.routing?.of(contract);
  const parity = routed?.parity ?? null;
  const route = parity === null ? contract : routeIn(contract, value, parity.by);
  const isCompared =
    routed !== undefined &&
    parity !== null &&
    isOnTrial(contract, routed, routedBy(id, route), before) &&
    !isTriedAgain(trial, before, aggregate);
  let state = before;
  let judged: readonly Judged[] = [];
  if (isCompared && before.isStub === true) {
    judged = [{ contract, occurrence, class: 'onlyService', route, differences: [] }]; // nothing comes of it any more
  } else if (isCompared) {
    const dueMs = nearestInstant(Math.max(origin.commitTimeMs, writtenMs) + parity.rules.withinMs);
    const event = { contract, occurrence, side: 'service' as const, sequence, value, route, dueMs };
    const done = paired(before.pairs ?? NONE, event, parity.rules);
    state = withPairs(before, done.pairs);
    judged = done.judged;
  }
  const entry = entryOf(changeSet, state, settings, { outcome: 'trial', rows: [], parity: judged });
  const tried = { contract, eventId, occurrence, sequence, producer, ...(place === undefined ? {} : { place }) };
  return { state, entry: { ...entry, trial: tried }, events: [] };
}

/** Some have waited long enough. @param before has forgotten the timer. */
export function timeOver(
  changeSet: ChangeSet,
  before: AggregateState,
  aggregate: Facts,
  settings: Pick<TranslateSettings, 'digest' | 'routing'>,
): Translated {
  const { id, timer } = changeSet;
  const { routing } = settings;
  const dueMs = timer?.dueMs ?? -Infinity;
  const isDue = (pair: OpenPair): boolean => pair.dueMs !== undefined && pair.dueMs <= dueMs;
  const waiting =
    timer?.unreadMs === undefined ? before.pairs : waitingOn(before.pairs, isDue, timer.unreadMs, routing);
  const isMissing = ({ side, route }: OpenPair, contract: string, occurrence: string): boolean => {
    const routed = routing?.of(contract);
    if (routed === undefined || !isOnTrial(contract, routed, routedBy(id, route), before)) return false;
    return side === 'legacy' || !isFired(before, contract, occurrence, aggregate);
  };
  const { pairs, judged } = unpaired(waiting ?? NONE, isDue, isMissing);
  const state = withPairs(before, pairs);
  const done = silent(changeSet, 'timer', { state, seen: [], verdicts: [] }, settings);
  return judged.length === 0 ? done : { ...done, entry: { ...done.entry, parity: judged } };
}

/** What the service published may lie unread: the legacy side waits on. */
function waitingOn(
  pairs: Pairs | undefined,
  isDue: (pair: OpenPair) => boolean,
  clockMs: number,
  routing: Routing | undefined,
): Pairs | undefined {
  return (
    pairs &&
    Object.fromEntries(
      Object.entries(pairs).map(([contract, known]) => {
        const dueMs = clockMs + (parityIn(routing, contract)?.rules.withinMs ?? 0);
        const later = Object.entries(known).map(([occurrence, pair]) =>
          isOpen(pair) && pair.side === 'legacy' && isDue(pair)
            ? ([occurrence, { ...pair, dueMs }] as const)
            : ([occurrence, pair] as const),
        );
        return [contract, Object.fromEntries(later)];
      }),
    )
  );
}
