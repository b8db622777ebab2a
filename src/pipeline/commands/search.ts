/**
 * Whether a transaction of a source is held can be said when everything was read that was there when this was first asked, nothing is
 * ready to be handed on, and what is incomplete has settled: it asks for the ends of the partitions itself, so a second round follows.
 */
import type { Offsets, Source } from '../ports.js';
import type { SourceInput } from '../read/input.js';

const ROUNDS = 2;

/** Ends of all input partitions, as they are now. */
export const endsOf = async (source: Pick<Source, 'bounds'>): Promise<Offsets> =>
  new Map([...(await source.bounds())].map(([partition, { end }]) => [partition, end]));

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
