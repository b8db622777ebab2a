/** What an author promises beside prose and fields: by whom a value is decided, how long the contract stays. Pure. */

/** Whether a consumer has to ask for what it needs (`notification`), or finds it in the event (`state`). */
export const CARRIES = ['notification', 'state'] as const;
export type Carries = (typeof CARRIES)[number];

/** How much it may still change: `experimental` without notice; `stable` by the gate only; `deprecated` is on its way out. */
export const STABILITIES = ['experimental', 'stable', 'deprecated'] as const;
export type Stability = (typeof STABILITIES)[number];

/** Who decides a value: the owner of the contract, or another context whose value is passed on. */
export type Authority = 'own' | { readonly borrowedFrom: string };

/** What an author says of a field; what the schema says needs no words. */
export interface FieldPromise {
  readonly meaning?: string;
  /** By default `own`. */
  readonly authority?: Authority;
  /** `personal`, `secret` or a name of the rules' own, in small letters. What is in the field has it too. */
  readonly class?: string;
}

/** All of it may be left out. */
export interface PromiseOptions {
  /** By path: `shippingCountry`, `lines[].sku`. */
  readonly fields?: Readonly<Record<string, FieldPromise>>;
  /** By default `state`. */
  readonly carries?: Carries;
  /** Fields by which a consumer compares what it holds with the owner, beside the key. */
  readonly reconciledBy?: readonly string[];
  /** By default `stable`; with `sunset` or `replacedBy` it is `deprecated`. */
  readonly stability?: Stability;
  /** `YYYY-MM-DD`: from this day on (UTC) it may not be sent any more. May be put off, never brought forward. */
  readonly sunset?: string;
  /** The contract that takes its place: `Name.v2`. */
  readonly replacedBy?: string;
  /** Findings of `dragoman contracts check` that do not count: code -> reason. */
  readonly waived?: Readonly<Record<string, string>>;
}

/** Said, or what holds when nothing is said. */
export const stabilityOf = ({ stability, sunset, replacedBy }: PromiseOptions): Stability =>
  stability ?? (sunset === undefined && replacedBy === undefined ? 'stable' : 'deprecated');

export const carriesOf = ({ carries }: PromiseOptions): Carries => carries ?? 'state';
