/** The policy for transactions that reading cannot complete: held until somebody decides, or parked by themselves after a time. */
import type { SourceInput } from './input.js';

export class Quarantine {
  /** By source, since when each transaction is held. */
  readonly #held = new Map<string, ReadonlyMap<string, number>>();

  /** @param nowMs of a clock that never goes back. @returns whether a transaction may leave now. */
  apply(inputs: readonly SourceInput[], nowMs: number): boolean {
    let resolved = false;
    for (const { name, sequencer, quarantineAfterMs } of inputs) {
      if (quarantineAfterMs === null) continue;
      const known = this.#held.get(name);
      const held = new Map(sequencer.allHeld.map(({ transaction: id }) => [id, known?.get(id) ?? nowMs] as const));
      this.#held.set(name, held);
      for (const [transaction, sinceMs] of held)
        if (nowMs - sinceMs >= quarantineAfterMs) resolved = sequencer.resolve(transaction, 'quarantine') || resolved;
    }
    return resolved;
  }
}
