/**
 * A command names a transaction that is not held. Perhaps it never will be; perhaps it is not read yet. It is not there when, at one time,
 *
 *   - everything was read that was in the partitions when this was asked, but for partitions that are left unread because they are ahead;
 *   - nothing is ready to be handed on: what stands before it may hold it up, and is committed first;
 *   - what is incomplete has settled: the sequencer has asked for the ends of its partitions, and has had its answer.
 *
 * The last of these comes of the first two, and asks for ends of its own, behind which more may stand by then: so all of it is asked twice.
 */
import type { Offsets, Source } from '../ports.js';
import type { SourceInput } from '../read/input.js';

const ROUNDS = 2;

/** Ends of all input partitions, as they are now. */
export const endsOf = async (source: Pick<Source, 'bounds'>): Promise<Offsets> =>
  new Map([...(await source.bounds())].map(([partition, { end }]) => [partition, end]));

/** Everything before these ends was handed on. */
export const isPast = ({ sequencer }: SourceInput, ends: Offsets): boolean =>
  [...sequencer.needed()].every(([partition, offset]) => offset >= (ends.get(partition) ?? 0));

export class Search {
  readonly #input: SourceInput;
  readonly #source: Pick<Source, 'bounds'>;
  #ends: Offsets | null = null;
  #rounds = 0;

  constructor(input: SourceInput, source: Pick<Source, 'bounds'>) {
    this.#input = input;
    this.#source = source;
  }

  /** To be asked again while it is not. */
  async isOver(): Promise<boolean> {
    const { sequencer, partitions } = this.#input;
    while (this.#rounds < ROUNDS) {
      if (sequencer.look() !== null || sequencer.wantsBounds) return false;
      this.#ends ??= await endsOf(this.#source);
      const ends = this.#ends;
      const isRead = partitions.every(
        (name) => sequencer.readTo(name) >= (ends.get(name) ?? 0) || sequencer.isAhead(name),
      );
      if (!isRead) return false;
      this.#ends = null;
      this.#rounds += 1;
    }
    return true;
  }
}
