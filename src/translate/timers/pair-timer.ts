/** The timer of what is compared (`ownership/trial.ts`): when the first event that waits for the other side has waited long enough. Pure. */
import type { Translated } from '../entry.js';
import { nextDueMs } from '../parity/pairing.js';
import { PARITY, withTimer } from './named.js';

/** After each decision. */
export function withPairTimer(done: Translated): Translated {
  const { pairs } = done.state;
  const state = withTimer(done.state, PARITY, pairs === undefined ? null : nextDueMs(pairs));
  return state === done.state ? done : { ...done, state, entry: { ...done.entry, state } };
}
