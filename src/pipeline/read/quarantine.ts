/**
 * The policy for transactions that reading cannot complete: held until somebody decides, or parked by themselves after a time. With shards
 * the first one makes it a command for all of them, because each has its own time.
 */
import type { TransactionCommand } from '../../domain/command.js';
import type { Shard } from '../../domain/shard.js';
import type { Random } from '../ports.js';
import type { SourceInput } from './input.js';

/** Held for longer than it may. */
export interface Overdue {
  readonly source: string;
  readonly transaction: string;
  readonly heldMs: number;
}

interface Since {
  readonly ms: number;
  /** A command over it was sent. */
  isSent: boolean;
}

export class Quarantine {
  readonly #shard: Shard;
  /** By source, since when each transaction is held. */
  readonly #held = new Map<string, ReadonlyMap<string, Since>>();
  #overdue: readonly (Overdue & { readonly since: Since })[] = [];

  constructor(shard: Shard) {
    this.#shard = shard;
  }

  /** @param nowMs of a clock that never goes back. @returns whether the writer has something to do. */
  apply(inputs: readonly SourceInput[], nowMs: number): boolean {
    const overdue = inputs.flatMap((input) => this.#overdueOf(input, nowMs));
    if (this.#shard.count > 1) {
      this.#overdue = this.#shard.index === 0 ? overdue.filter(({ since }) => !since.isSent) : [];
      return this.#overdue.length > 0;
    }
    const resolved = overdue.map(({ sequencer, transaction }) => sequencer.resolve(transaction, 'quarantine'));
    return resolved.includes(true);
  }

  #overdueOf(
    { name: source, sequencer, quarantineAfterMs }: SourceInput,
    nowMs: number,
  ): (Overdue & { readonly since: Since } & Pick<SourceInput, 'sequencer'>)[] {
    if (quarantineAfterMs === null) return [];
    const known = this.#held.get(source);
    const held = new Map<string, Since>();
    for (const { transaction } of sequencer.allHeld)
      held.set(transaction, known?.get(transaction) ?? { ms: nowMs, isSent: false });
    this.#held.set(source, held);
    return [...held].flatMap(([transaction, since]) => {
      const heldMs = nowMs - since.ms;
      return heldMs < quarantineAfterMs ? [] : [{ source, transaction, heldMs, since, sequencer }];
    });
  }

  /** Those over which a command is to be sent; once. */
  takeOverdue(): readonly Overdue[] {
    const overdue = this.#overdue;
    this.#overdue = [];
    for (const { since } of overdue) since.isSent = true;
    return overdue;
  }
}

/** As an operator would send it. */
export const quarantineCommand = (
  pipeline: string,
  { source, transaction, heldMs }: Overdue,
  { random, nowMs }: { readonly random: Random; readonly nowMs: number },
): TransactionCommand => ({
  id: randomId(random),
  kind: 'transaction.quarantine',
  pipeline,
  reason: `incomplete: quarantine, and it has been held for ${Math.round(heldMs / 1_000)} s`,
  by: 'dragoman',
  at: new Date(nowMs).toISOString(),
  arguments: { source, transaction },
});

/** A UUID of version 4 (RFC 9562, 5.4). */
function randomId(random: Random): string {
  const digits = Buffer.from(random(16)).toString('hex');
  const [a, b, c, d] = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(13, 16), digits.slice(17, 20)];
  return `${a}-${b}-4${c}-8${d}-${digits.slice(20)}`;
}
