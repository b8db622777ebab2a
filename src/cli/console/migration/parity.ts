/** Parity for pages: figures of each part, their trend, and what is found, one kind at a time. Pure. */
import {
  type CapabilityParity,
  type Finding,
  type FindingQuery,
  FINDINGS_MAX,
  type Parity,
  TREND_HOURS,
} from '../../../console/answers/parity.js';
import type { BadClass } from '../../../domain/state/pairs.js';
import { ALL, readRoute } from '../../../domain/ownership/route.js';
import { DragomanError } from '../../../errors.js';
import { type Accepted, acceptedBy } from '../../../pipeline/parity/accepted.js';
import type { ParityExample } from '../../../pipeline/parity/examples.js';
import { figuresOf, type HourFigures, type ParityCounts, sum } from '../../../pipeline/parity/figures.js';
import { pairsOf, percentText, rightOf } from '../../../pipeline/parity/gate.js';
import type { ParityRead } from '../../../pipeline/parity/reading.js';
import { isBad, keyOf, readKey } from '../../../pipeline/parity/signature.js';
import { type Matrix, matricesOf } from '../../../pipeline/routes/matrix.js';
import type { RoutesSeen } from '../../../pipeline/routes/shown.js';
import type { CompiledRules } from '../../../rules/compile.js';
import { calledOf } from '../../../rules/named.js';
import { own } from '../../../translate/own.js';

const HOUR_MS = 3_600_000;

export interface ParityFacts {
  readonly pipeline: string;
  readonly read: ParityRead;
  readonly nowMs: number;
}

export function parityPage(seen: RoutesSeen, facts: ParityFacts): Parity {
  const { pipeline, nowMs } = facts;
  return {
    schema: 'dragoman.http/parity@1',
    ...{ pipeline, asOf: new Date(nowMs).toISOString() },
    capabilities: matricesOf(seen).flatMap((matrix) => capabilityParity(matrix, facts)),
  };
}

function capabilityParity(
  { capability: { name, contracts, parity }, selectors }: Matrix,
  { read, nowMs }: ParityFacts,
): CapabilityParity[] {
  if (parity === null) return [];
  const { equal, overMs, pairs } = parity.gate;
  const { accepted } = read;
  const inTime = contracts.map((contract) => ({ contract, figures: figuresIn(read, contract, nowMs - overMs) }));
  const found = inTime.flatMap((each) => findingsOf(each, accepted, nowMs)).sort(byWeight);
  return [
    {
      capability: name,
      gate: { equal, overHours: overMs / HOUR_MS, pairs },
      parts: inTime.flatMap(({ contract, figures }) =>
        selectors.map((selector) => {
          const ofPart = figuresOf(figures, readRoute(`${contract} ${selector}`));
          return { contract, selector, ...shownCounts(sum(ofPart, accepted, nowMs)) };
        }),
      ),
      trend: trendOf(contracts, read, nowMs),
      findings: found.slice(0, FINDINGS_MAX),
      findingsLeftOut: Math.max(0, found.length - FINDINGS_MAX),
    },
  ];
}

const figuresIn = ({ figures }: ParityRead, contract: string, sinceMs: number): HourFigures[] =>
  figuresOf(figures, { contract, selector: ALL }, sinceMs);

function shownCounts(counts: ParityCounts) {
  const pairs = pairsOf(counts);
  const percent = pairs === 0 ? null : Number(percentText(rightOf(counts), pairs));
  return { pairs, percent, counts: { ...counts } };
}

function trendOf(contracts: readonly string[], read: ParityRead, nowMs: number) {
  const firstMs = (Math.floor(nowMs / HOUR_MS) - TREND_HOURS + 1) * HOUR_MS;
  const hours = Array.from({ length: TREND_HOURS }, (_, i) => firstMs + i * HOUR_MS);
  return {
    from: new Date(firstMs).toISOString(),
    contracts: contracts.map((contract) => {
      const inTime = figuresIn(read, contract, firstMs);
      const byHour = hours.map((hourMs) => {
        const figures = inTime.filter((each) => each.hourMs === hourMs);
        return sum(figures, read.accepted, nowMs);
      });
      return { contract, pairs: byHour.map(pairsOf), wrong: byHour.map((each) => pairsOf(each) - rightOf(each)) };
    }),
  };
}

type Found = CapabilityParity['findings'][number];

function findingsOf(
  { contract, figures }: { readonly contract: string; readonly figures: readonly HourFigures[] },
  accepted: readonly Accepted[],
  nowMs: number,
): Found[] {
  return [...countsByKey(figures)].flatMap(([key, count]): Found[] => {
    const { class: is, signature = null } = readKey(key) ?? {};
    if (is === undefined || !isBad(is)) return [];
    const kind = { contract, class: is, signature };
    return [{ ...kind, count, accepted: acceptedNow(accepted, kind, nowMs) }];
  });
}

/** Those that count first, then the most frequent. */
const byWeight = (a: Found, b: Found): number =>
  Number(a.accepted !== null) - Number(b.accepted !== null) || b.count - a.count;

function countsByKey(figures: readonly HourFigures[]): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const { counts } of figures)
    for (const [key, count] of Object.entries(counts)) all.set(key, (all.get(key) ?? 0) + count);
  return all;
}

interface Kind {
  readonly contract: string;
  readonly class: BadClass;
  /** Null: there is none. */
  readonly signature: string | null;
}

function acceptedNow(all: readonly Accepted[], { signature, ...of }: Kind, nowMs: number): Found['accepted'] {
  const accepted = acceptedBy(all, { ...of, ...(signature === null ? {} : { signature }) }, nowMs);
  if (accepted === undefined) return null;
  const { until, by, reason } = accepted;
  return { until, by, reason, signature: accepted.signature ?? null };
}

/** @throws DragomanError COMMAND_REFUSED when the contract is not compared */
export function findingNow(
  { contract, class: is, signature = '' }: FindingQuery,
  rules: CompiledRules,
  { pipeline, read, nowMs }: ParityFacts,
): Finding {
  const capability = rules.routed.get(contract);
  if (capability?.parity == null)
    throw new DragomanError('COMMAND_REFUSED', `What is published under ${contract} is not compared with anything.`);
  const { overMs } = capability.parity.gate;
  const kind: Kind = { contract, class: is, signature: is === 'different' ? signature : null };
  const key = kind.signature === null ? is : keyOf(is, kind.signature);
  const found = new Map<string, number>();
  for (const { route, counts } of figuresIn(read, contract, nowMs - overMs)) {
    const count = own(counts, key);
    if (count !== undefined) found.set(route, (found.get(route) ?? 0) + count);
  }
  return {
    schema: 'dragoman.http/parity-finding@1',
    ...{ pipeline, capability: capability.name, ...kind, overHours: overMs / HOUR_MS },
    count: [...found.values()].reduce((total, count) => total + count, 0),
    routes: [...found].map(([route, count]) => ({ route, count })),
    accepted: acceptedNow(read.accepted, kind, nowMs),
    examples: read.examples.filter((one) => isOf(one, kind)).map((one) => exampleShown(one, rules)),
  };
}

const isOf = (one: ParityExample, { contract, class: is, signature }: Kind): boolean =>
  one.contract === contract && one.class === is && (one.signature ?? null) === signature;

function exampleShown(one: ParityExample, rules: CompiledRules): Finding['examples'][number] {
  const { route, id, occurrence, eventId, atMs, isSealed = false, differences } = one;
  const shown = (value: string | undefined): string | null =>
    value === undefined ? null : isSealed ? '[sealed]' : value;
  return {
    ...{ route, aggregate: calledOf(rules, one.aggregate), id, occurrence, eventId },
    ...{ at: new Date(atMs).toISOString(), isSealed },
    differences: differences.map(({ path, legacy, service }) => ({
      ...{ path, legacy: shown(legacy), service: shown(service) },
    })),
  };
}
