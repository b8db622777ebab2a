/**
 * What is expected and has not happened, out of the index of timers that stands beside the states (`pipeline/timers/due-hours.ts`): in `~due:past` what is
 * overdue, in the hours what is not. No state is looked at for the list; conditions are asked for what is shown.
 */
import {
  HOURS_MAX,
  TIMERS_MAX,
  type WaitingPage,
  type WaitingQuery,
  type WaitingState,
} from '../../console/answers/waiting.js';
import { PAGE_SIZE } from '../../console/answers/parked.js';
import { aggregateRef } from '../../domain/state/aggregate-state.js';
import type { StateStore } from '../../pipeline/ports.js';
import { DUE, dueIn, PAST, timerOf } from '../../pipeline/timers/due-hours.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { Importance } from '../../rules/fact.js';
import { expectedFact } from '../../translate/timers/named.js';
import type { WaitsFor, WaitsForQuestion } from '../../why/waits-for.js';
import type { Desk } from '../operator/desk.js';
import { clockOf, type ShardProgress } from '../operator/reading/committed-progress.js';
import { fieldsNow } from '../operator/reading/stored-states.js';
import { ofEach } from '../operator/shards.js';

/** What the rules expect, by the names of now. */
interface Expected {
  readonly aggregate: string;
  readonly fact: string;
  readonly importance: Importance;
  readonly withinMs: number;
}

export interface WaitingOne extends WaitsForQuestion {
  readonly expected: Expected;
  readonly dueMs: number;
  readonly state: WaitingState;
}

export interface WaitingList {
  /** What is due first stands first. */
  readonly all: readonly WaitingOne[];
  readonly expected: readonly Expected[];
  /** More was there than was read. */
  readonly isAll: boolean;
  /** So far the source's time is decided, by the shard that is furthest behind; null: not known. */
  readonly clockMs: number | null;
  readonly asOfMs: number;
}

export async function waitingList(
  { shards, settings }: Pick<Desk, 'shards' | 'settings'>,
  progress: () => Promise<readonly Pick<ShardProgress, 'committed'>[]>,
  asOfMs: number,
): Promise<WaitingList> {
  const expected = expectedIn((await settings()).rules);
  if (expected.size === 0) return { all: [], expected: [], isAll: true, clockMs: null, asOfMs };
  const read = await ofEach(shards, ({ store }) => timersIn(store));
  const all = read.flatMap(({ timers }) =>
    [...timers].flatMap(([field, timer]) => oneOf(field, timer, expected, asOfMs)),
  );
  return {
    all: all.sort(byDue),
    expected: [...expected.values()],
    isAll: read.every(({ isAll }) => isAll),
    clockMs: clockOf(await progress()),
    asOfMs,
  };
}

/** By the name under which a timer is kept: `order`, a tab, `expected:OrderShipped`. */
function expectedIn({ aggregates }: CompiledRules): ReadonlyMap<string, Expected> {
  const all = new Map<string, Expected>();
  for (const { name: first, called, facts } of aggregates.values())
    for (const { name, definition, expected } of facts)
      if (expected !== null)
        all.set(`${first}\t${name}`, {
          ...{ aggregate: called, fact: definition.name, importance: definition.importance },
          withinMs: expected.withinMs,
        });
  return all;
}

interface Timer {
  readonly dueMs: number;
  readonly isOverdue: boolean;
}

interface TimersRead {
  /** By their fields in the index. */
  readonly timers: ReadonlyMap<string, Timer>;
  readonly isAll: boolean;
}

/** Those to come are read first: one that becomes overdue meanwhile is found by what is read last. */
async function timersIn(store: StateStore): Promise<TimersRead> {
  const timers = new Map<string, Timer>();
  /** @returns how many more may be read. */
  const take = async (hash: string, left: number): Promise<number> => {
    for await (const fields of fieldsNow(store, hash)) {
      for (const [field, text] of fields) timers.set(field, { dueMs: Number(text), isOverdue: hash === PAST });
      left -= fields.size;
      if (left < 0) break;
    }
    return left;
  };
  const hours: number[] = [];
  for await (const fields of fieldsNow(store, DUE)) for (const hour of fields.keys()) hours.push(Number(hour));
  let left = TIMERS_MAX;
  for (const hour of hours.sort((a, b) => a - b).slice(0, HOURS_MAX)) {
    left = await take(dueIn(hour), left);
    if (left < 0) break;
  }
  const isAll = left >= 0 && hours.length <= HOURS_MAX;
  return { isAll: (await take(PAST, TIMERS_MAX)) >= 0 && isAll, timers };
}

/** None: the timer is of something else, or the rules of here expect it no more. */
function oneOf(
  field: string,
  { dueMs, isOverdue }: Timer,
  expected: ReadonlyMap<string, Expected>,
  nowMs: number,
): WaitingOne[] {
  const { aggregate: key, name } = timerOf(field);
  const { aggregate, id } = aggregateRef(key);
  const of = expected.get(`${aggregate}\t${expectedFact(name) ?? ''}`);
  if (of === undefined) return [];
  const state = isOverdue ? 'overdue' : dueMs <= nowMs ? 'behind' : 'awaited';
  return [{ aggregate: of.aggregate, id, fact: of.fact, expected: of, dueMs, state }];
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
/** Shorter keys first, so that numbers stand in their order. */
const byKey = (a: WaitingOne, b: WaitingOne): number =>
  byText(a.aggregate, b.aggregate) || a.id.length - b.id.length || byText(a.id, b.id);
const byDue = (a: WaitingOne, b: WaitingOne): number => a.dueMs - b.dueMs || byKey(a, b) || byText(a.fact, b.fact);

const ORDERS: Readonly<Record<WaitingQuery['order'], (a: WaitingOne, b: WaitingOne) => number>> = {
  due: byDue,
  'last due': (a, b) => byDue(b, a),
  fact: (a, b) => byText(a.fact, b.fact) || byDue(a, b),
  key: (a, b) => byKey(a, b) || byDue(a, b),
};

type Filter = Pick<WaitingQuery, 'aggregate' | 'fact' | 'state'>;

export const isWanted = (one: WaitingOne, { aggregate, fact, state }: Filter): boolean =>
  (aggregate === undefined || one.aggregate === aggregate) &&
  (fact === undefined || one.fact === fact) &&
  (state === undefined || one.state === state);

export interface ShownPage extends Pick<WaitingPage, 'total' | 'page' | 'pages'> {
  readonly shown: readonly WaitingOne[];
}

/** A page beyond the last one is the last one. Pure. */
export function pageOf(
  all: readonly WaitingOne[],
  { order, page, ...filter }: Filter & Pick<WaitingQuery, 'order' | 'page'>,
): ShownPage {
  const wanted = all.filter((one) => isWanted(one, filter));
  const inOrder = order === 'due' ? wanted : wanted.toSorted(ORDERS[order]);
  const pages = Math.max(1, Math.ceil(wanted.length / PAGE_SIZE));
  const at = Math.min(page, pages);
  return { total: wanted.length, page: at, pages, shown: inOrder.slice((at - 1) * PAGE_SIZE, at * PAGE_SIZE) };
}

/** @param waits of each one that is shown, in that order. Pure. */
export function waitingAnswer(
  { all, expected, isAll, clockMs, asOfMs }: WaitingList,
  { shown, ...page }: ShownPage,
  waits: readonly WaitsFor[],
  { pipeline, lookedAt }: Pick<WaitingPage, 'pipeline' | 'lookedAt'>,
): WaitingPage {
  return {
    ...{ schema: 'dragoman.http/waiting@1', pipeline, asOf: timeText(asOfMs), isAll },
    ...{ clock: clockMs === null ? null : timeText(clockMs), facts: countsOf({ all, expected }), lookedAt },
    ...page,
    waiting: shown.map(({ aggregate, id, fact, state, dueMs, expected: { withinMs } }, i) => ({
      ...{ aggregate, id, fact, state, since: timeText(dueMs - withinMs), due: timeText(dueMs) },
      overdueSeconds: state === 'overdue' ? Math.max(0, Math.floor((asOfMs - dueMs) / 1_000)) : null,
      isParked: waits[i]?.isParked ?? false,
      conditions: [...(waits[i]?.conditions ?? [])],
    })),
  };
}

/** Of each fact that is expected, in their order. */
export function countsOf({ all, expected }: Pick<WaitingList, 'all' | 'expected'>): WaitingPage['facts'] {
  const counts = new Map(expected.map((each) => [each, { overdue: 0, behind: 0, awaited: 0 }]));
  for (const one of all) {
    const of = counts.get(one.expected);
    if (of !== undefined) of[one.state] += 1;
  }
  return expected.map((each) => {
    const { aggregate, fact, importance, withinMs } = each;
    const { overdue = 0, behind = 0, awaited = 0 } = counts.get(each) ?? {};
    return { aggregate, fact, importance, withinSeconds: Math.floor(withinMs / 1_000), overdue, behind, awaited };
  });
}

const timeText = (ms: number): string => new Date(ms).toISOString();
