/** When an event of the legacy system and one of the new service say the same: what a capability's author says of it. Pure. */
import { durationMs } from '../duration.js';

/** Paths are those of the contract's own fields and of its context: `totalAmount`, `lines[].sku`. All but `within` may be left out. */
export interface ParityOptions {
  /** How long one side may come after the other before it counts as missing: `10 minutes`. */
  readonly within: string;
  /** Fields that are not compared, with all that is in them. */
  readonly ignored?: readonly string[];
  /** Numbers, and decimals as texts, that may differ by so much. */
  readonly numbers?: Readonly<Record<string, number | string>>;
  /** Instants that may differ by so much: `5 minutes`. */
  readonly times?: Readonly<Record<string, string>>;
  /** Lists whose order says nothing. */
  readonly unordered?: readonly string[];
  /** What has to hold before a route may be moved to the service. Absent: {@link GATE}. */
  readonly gate?: Partial<GateOptions>;
}

/** All of it has to hold. */
export interface GateOptions {
  /** Percent of the pairs that are equal, or whose difference is accepted. */
  readonly equal: number;
  /** Over so long, by the legacy system's time: `24 hours`. */
  readonly over: string;
  /** At least so many. */
  readonly pairs: number;
  /** Parked aggregates with a critical fact, at most. */
  readonly parked: number;
  /** Dragoman is not further behind than this: `1 minute`. */
  readonly behind: string;
}

export const GATE: GateOptions = { equal: 99.9, over: '24 hours', pairs: 1_000, parked: 0, behind: '1 minute' };

/** The same, checked. */
export interface CompiledParity {
  readonly withinMs: number;
  readonly ignored: ReadonlySet<string>;
  /** Decimals. */
  readonly numbers: ReadonlyMap<string, string>;
  readonly timesMs: ReadonlyMap<string, number>;
  readonly unordered: ReadonlySet<string>;
  readonly gate: CompiledGate;
}

export interface CompiledGate extends Omit<GateOptions, 'over' | 'behind'> {
  readonly overMs: number;
  readonly behindMs: number;
}

/** How long figures of parity are kept. */
export const OVER_MAX_MS = 30 * 24 * 3_600_000;

/** It was checked. */
export const compileParity = ({
  within,
  ignored = [],
  numbers = {},
  times = {},
  unordered = [],
  gate = {},
}: ParityOptions): CompiledParity => ({
  withinMs: durationMs(within) ?? 0,
  ignored: new Set(ignored),
  numbers: new Map(Object.entries(numbers).map(([path, tolerance]) => [path, String(tolerance)])),
  timesMs: new Map(Object.entries(times).map(([path, tolerance]) => [path, durationMs(tolerance) ?? 0])),
  unordered: new Set(unordered),
  gate: compileGate({ ...GATE, ...gate }),
});

const compileGate = ({ over, behind, ...counts }: GateOptions): CompiledParity['gate'] => ({
  ...counts,
  overMs: durationMs(over) ?? 0,
  behindMs: durationMs(behind) ?? 0,
});
