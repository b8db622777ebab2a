/**
 * The policy for transactions that reading cannot complete: held until somebody decides, or parked by themselves after a time. With shards
 * the first one makes it a command for all of them, because each has its own time.
 */
import type { TransactionCommand } from '../../domain/command.js';
import type { Shard } from '../../domain/shard.js';
import type { Held } from '../../sequence/commit-order.js';
import type { Random } from '../ports.js';
import type { SourceInput } from './input.js';

/** Held for longer than it may. */
export interface Overdue {
  readonly source: string;
  readonly transaction: string;
  readonly heldMs: number;
}

interface Since extends Pick<Held, 'transaction' | 'code'> {
  readonly ms: number;
  /** A command over it was sent. */
  isSent: boolean;
}

interface Found extends Overdue, Pick<SourceInput, 'sequencer'> {
  readonly since: Since;
}

export class Quarantine {
  readonly #shard: Shard;
  /** By source, since when each transaction is held, for each reason by itself. */
  readonly #held = new Map<string, ReadonlyMap<string, Since>>();
  #overdue: readonly Found[] = [];

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

  #overdueOf({ name: source, sequencer, quarantineAfterMs }: SourceInput, nowMs: number): Found[] {
    if (quarantineAfterMs === null) return [];
    const known = this.#held.get(source);
    const held = new Map<string, Since>();
    for (const { transaction, code } of sequencer.allHeld) {
      if (code === 'SOURCE_GAP') continue; // which quarantine does not close
      const name = `${code} ${transaction}`;
      held.set(name, known?.get(name) ?? { transaction, code, ms: nowMs, isSent: false });
    }
    this.#held.set(source, held);
    return [...held.values()].flatMap((since) => {
      const { transaction } = since;
      const heldMs = nowMs - since.ms;
      return heldMs < quarantineAfterMs ? [] : [{ source, transaction, heldMs, since, sequencer }];
    });
  }

  /** Those over which a command is to be sent; once. What was decided over, or was completed, since it was found is none of them any more. */
  takeOverdue(): readonly Overdue[] {
    const overdue = this.#overdue.filter(isHeld);
    this.#overdue = [];
    for (const { since } of overdue) since.isSent = true;
    return overdue;
  }
}

const isHeld = ({ sequencer, since }: Found): boolean =>
  sequencer.allHeld.some(({ transaction, code }) => transaction === since.transaction && code === since.code);

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
