/** The policy for transactions that reading cannot complete: held until somebody decides, or parked by themselves after a time. */
import type { SourceInput } from './input.js';

export class Quarantine {
  /** By source, what is held and since when. */
  readonly #held = new Map<string, { readonly transaction: string; readonly sinceMs: number }>();

  /** @param nowMs of a clock that never goes back. @returns whether a transaction may leave now. */
  apply(inputs: readonly SourceInput[], nowMs: number): boolean {
    let resolved = false;
    for (const { name, sequencer, quarantineAfterMs } of inputs) {
      const transaction = sequencer.held?.transaction;
      const known = this.#held.get(name);
      if (transaction === undefined) this.#held.delete(name);
      else if (known?.transaction !== transaction) this.#held.set(name, { transaction, sinceMs: nowMs });
      else if (quarantineAfterMs !== null && nowMs - known.sinceMs >= quarantineAfterMs)
        resolved = sequencer.resolve(transaction, 'quarantine') || resolved;
    }
    return resolved;
  }
}
