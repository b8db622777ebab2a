/** When an event of the legacy system and one of the new service say the same: what a capability's author says of it. Pure. */

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
}

/** The same, checked. */
export interface CompiledParity {
  readonly withinMs: number;
  readonly ignored: ReadonlySet<string>;
  /** Decimals. */
  readonly numbers: ReadonlyMap<string, string>;
  readonly timesMs: ReadonlyMap<string, number>;
  readonly unordered: ReadonlySet<string>;
}
