/** Parity for pages: figures of each part, their trend, and what is found, one kind at a time. Pure. */
import type { CapabilityParity, Finding, FindingQuery, Parity } from '../../../console/answers/parity.js';
import { FINDINGS_MAX, TREND_HOURS } from '../../../console/answers/parity.js';
import type { BadClass } from '../../../domain/state/pairs.js';
import { ALL, readSelector, type Selector } from '../../../domain/ownership/route.js';
import { DragomanError } from '../../../errors.js';
import { type Accepted, acceptedBy } from '../../../pipeline/parity/accepted.js';
import type { ParityExample } from '../../../pipeline/parity/examples.js';
import { figuresOf, type HourFigures, type ParityCounts, sum } from '../../../pipeline/parity/figures.js';
import { pairsOf, rightOf } from '../../../pipeline/parity/gate.js';
import type { ParityRead } from '../../../pipeline/parity/reading.js';
import { isBad, readKey } from '../../../pipeline/parity/signature.js';
import { type Matrix, matricesOf } from '../../../pipeline/routes/matrix.js';
import type { RoutesSeen } from '../../../pipeline/routes/shown.js';
import type { CompiledRules } from '../../../rules/compile.js';
import { calledOf } from '../../../rules/named.js';
import type { CompiledCapability } from '../../../rules/routes/compile-capabilities.js';

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

function capabilityParity({ capability, selectors }: Matrix, { read, nowMs }: ParityFacts): CapabilityParity[] {
  const { name, contracts, parity } = capability;
  if (parity === null) return [];
  const { equal, overMs, pairs } = parity.gate;
  const { figures, accepted } = read;
  const found = findingsOf(capability, read, nowMs);
  return [
    {
      capability: name,
      gate: { equal, overHours: overMs / HOUR_MS, pairs },
      parts: contracts.flatMap((contract) =>
        selectors.map((selector) => {
          const route = { contract, selector: selectorOf(selector) };
          return {
            contract,
            selector,
            ...shownCounts(sum(figuresOf(figures, route, nowMs - overMs), accepted, nowMs)),
          };
        }),
      ),
      trend: trendOf(contracts, read, nowMs),
      findings: found.slice(0, FINDINGS_MAX),
      findingsLeftOut: Math.max(0, found.length - FINDINGS_MAX),
    },
  ];
}

function selectorOf(text: string): Selector {
  const selector = readSelector(text);
  return typeof selector === 'string' ? ALL : selector;
}

function shownCounts(counts: ParityCounts) {
  const pairs = pairsOf(counts);
  const percent = pairs === 0 ? null : Math.floor((rightOf(counts) * 10_000) / pairs) / 100;
  return { pairs, percent, counts: { ...counts } };
}

function trendOf(contracts: readonly string[], { figures, accepted }: ParityRead, nowMs: number) {
  const firstMs = (Math.floor(nowMs / HOUR_MS) - TREND_HOURS + 1) * HOUR_MS;
  const hours = Array.from({ length: TREND_HOURS }, (_, i) => firstMs + i * HOUR_MS);
  return {
    from: new Date(firstMs).toISOString(),
    contracts: contracts.map((contract) => {
      const own = figuresOf(figures, { contract, selector: ALL }, firstMs);
      const byHour = hours.map((hourMs) =>
        sum(
          own.filter((each) => each.hourMs === hourMs),
          accepted,
          nowMs,
        ),
      );
      const pairs = byHour.map(pairsOf);
      return { contract, pairs, wrong: byHour.map((counts, i) => (pairs[i] ?? 0) - rightOf(counts)) };
    }),
  };
}

type Found = CapabilityParity['findings'][number];

function findingsOf({ contracts, parity }: CompiledCapability, read: ParityRead, nowMs: number): Found[] {
  const sinceMs = nowMs - (parity?.gate.overMs ?? 0);
  const found = contracts.flatMap((contract) => {
    const own = figuresOf(read.figures, { contract, selector: ALL }, sinceMs);
    return [...countsByKey(own)].flatMap(([key, count]): Found[] => {
      const { class: is, signature = null } = readKey(key) ?? {};
      if (is === undefined || !isBad(is)) return [];
      return [
        {
          contract,
          class: is,
          signature,
          count,
          accepted: acceptedNow(read.accepted, { contract, class: is, signature }, nowMs),
        },
      ];
    });
  });
  return found.sort((a, b) => Number(a.accepted !== null) - Number(b.accepted !== null) || b.count - a.count);
}

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
  const own = figuresOf(read.figures, { contract, selector: ALL }, nowMs - overMs);
  const routes = [...new Set(own.map(({ route }) => route))].map((route) => {
    const ofRoute = countsByKey(own.filter((each) => each.route === route));
    return { route, count: ofRoute.get(is === 'different' ? `${is}:${kind.signature ?? ''}` : is) ?? 0 };
  });
  const found = routes.filter(({ count }) => count > 0);
  return {
    schema: 'dragoman.http/parity-finding@1',
    ...{ pipeline, capability: capability.name, ...kind, overHours: overMs / HOUR_MS },
    count: found.reduce((total, { count }) => total + count, 0),
    routes: found,
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
    ...{
      route,
      aggregate: calledOf(rules, one.aggregate),
      id,
      occurrence,
      eventId,
      at: new Date(atMs).toISOString(),
      isSealed,
    },
    differences: differences.map(({ path, legacy, service }) => ({
      ...{ path, legacy: shown(legacy), service: shown(service) },
    })),
  };
}
