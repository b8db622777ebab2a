/**
 * Decisions over held transactions, from when they are made until nothing can ask for them any more.
 *
 * Such a decision changes no aggregate's state: a sequencer is told, and it lives no longer than its task. Its command is over all the same,
 * and the offset behind that is committed, so that a transaction which takes long holds up no other command (decision 0003). What
 * bridges the time between is this list, which travels in the progress:
 *
 *   1. Transaction T is held; command 7 says that it shall go on. The sequencer is told. Committed: next command 8, and T stands here.
 *   2. A crash. T's rows are behind the committed offsets still: they are read again, and T is held again. Command 7 is not read again.
 *   3. T stands here: the sequencer is told again. It hands T on, and T's offsets are committed with what T leads to, once.
 *   4. Everything that was in the topics at 1 was handed on, T too: it leaves the list. No later, because ids of transactions wrap, and the
 *      next T is another one; and no sooner, because only the offsets tell that 2 cannot happen any more.
 */
import type { Offsets, Source } from '../ports.js';
import type { SourceInput } from '../read/input.js';
import type { Resolved } from '../progress/progress.js';
import { endsOf, isPast } from './search.js';

/**
 * The newest that are kept: each commit writes them. None waits for room, because those before it may stand until it is carried out. Of one
 * that has to go no more is lost than step 3: after a crash its transaction, if it is held again, has to be decided over again.
 */
const DECISIONS_MAX = 100;

export class HeldDecisions {
  readonly #inputs: readonly SourceInput[];
  readonly #source: Pick<Source, 'bounds'>;
  #standing: readonly Resolved[];
  /** Over which one was made, by this task or before it; the newest last. */
  #made: readonly string[];
  /** Of the input when the last decision was made, or when this task started. */
  #ends: Offsets | null = null;

  /** @param standing those of the committed progress. */
  constructor(
    { inputs, source }: { readonly inputs: readonly SourceInput[]; readonly source: Pick<Source, 'bounds'> },
    standing: readonly Resolved[],
  ) {
    this.#inputs = inputs;
    this.#source = source;
    this.#standing = standing;
    this.#made = standing.map(nameOf);
  }

  get standing(): readonly Resolved[] {
    return this.#standing;
  }

  /** @returns false: the transaction is not held (any more, or yet), or there is no such way out for what it is held for. */
  make(decision: Omit<Resolved, 'code'>): boolean {
    const code = this.#carryOut(decision);
    if (code === null) return false;
    this.#standing = [...this.#standing, { ...decision, code }].slice(-DECISIONS_MAX);
    this.#made = [...this.#made, nameOf(decision)].slice(-DECISIONS_MAX);
    this.#ends = null;
    return true;
  }

  /** One was made over the transaction lately. */
  wasMade(over: Pick<Resolved, 'source' | 'transaction'>): boolean {
    return this.#made.includes(nameOf(over));
  }

  /** Those that stand: transactions may be held again since (3), or never again (4). */
  async carryOutAgain(): Promise<void> {
    if (this.#standing.length === 0) return;
    for (const decision of this.#standing) this.#carryOut(decision);
    const ends = (this.#ends ??= await endsOf(this.#source));
    this.#standing = this.#standing.filter((decision) => {
      const input = this.#inputOf(decision);
      return input !== undefined && !isPast(input, ends);
    });
  }

  /** @returns for what the transaction was held, if the decision had an effect; one that was made over something else has none. */
  #carryOut({ transaction, how, code, ...of }: Resolved): string | null {
    const { sequencer } = this.#inputOf(of) ?? {};
    sequencer?.look(); // only who looks for the next transaction sees that it is held
    const held = sequencer?.allHeld.find((each) => each.transaction === transaction)?.code ?? null;
    if (code !== undefined && code !== held) return null;
    return sequencer?.resolve(transaction, how) === true ? held : null;
  }

  #inputOf({ source }: Pick<Resolved, 'source'>): SourceInput | undefined {
    return this.#inputs.find(({ name }) => name === source);
  }
}

const nameOf = ({ source, transaction }: Pick<Resolved, 'source' | 'transaction'>): string =>
  `${source} ${transaction}`;
