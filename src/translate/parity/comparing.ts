/** What the legacy side publishes, or would publish, compared with what the new service does (`ownership/trial.ts`). Pure. */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { Judged, Pairs } from '../../domain/state/pairs.js';
import { without } from '../own.js';
import { paired, type ParityOf, routeIn } from './pairing.js';

type Value = Readonly<Record<string, unknown>>;

interface Decided {
  readonly contract: string;
  readonly occurrence: string;
  readonly sequence: number;
  /** On the wire. Null: it is withheld. */
  readonly value: Value | null;
}

/** Of one aggregate, while a change set of it is published. */
export class Comparing {
  readonly #atMs: number;
  #pairs: Pairs;
  readonly judged: Judged[] = [];

  /** @param atMs commit time of what is published. */
  constructor({ pairs = NONE }: Pick<AggregateState, 'pairs'>, atMs: number) {
    this.#pairs = pairs;
    this.#atMs = atMs;
  }

  /** The legacy side has decided it. @param said where it belongs, among other fields. */
  add(event: Decided, said: Value, { rules, by }: ParityOf): void {
    const route = routeIn(event.contract, said, by);
    const arrived = { ...event, side: 'legacy' as const, route, dueMs: this.#atMs + rules.withinMs };
    const { pairs, judged } = paired(this.#pairs, arrived, rules);
    this.#pairs = pairs;
    this.judged.push(...judged);
  }

  /** What is remembered from here on. */
  keep(state: AggregateState): AggregateState {
    return withPairs(state, this.#pairs);
  }
}

const NONE: Pairs = {};

export function withPairs(state: AggregateState, pairs: Pairs): AggregateState {
  if ((state.pairs ?? NONE) === pairs) return state;
  return Object.keys(pairs).length === 0 ? without(state, 'pairs') : { ...state, pairs };
}
