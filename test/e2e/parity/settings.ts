/** What the rules of the scenario say (`scenarios/compared-rules.ts`). */

/** How long one side may come after the other. */
export const WITHIN_MS = 60_000;
/** By which contracts may be moved. */
export const MARKETS = ['DE', 'FR', 'IE', 'IT', 'PL'];
/** Before a route may be moved. */
export const GATE = { equal: 99, pairs: 50 };
