/**
 * What brokers answered to the sends of one Kafka transaction. Nobody else writes the topics whose offsets are predicted, so another offset
 * than the predicted one means that this is not so, or that a control record was written twice (a coordinator that moved writes it again):
 * what refers to these offsets must not be committed (decision 0016).
 */
import { DragomanError } from '../../../errors.js';
import type { Offsets } from '../../../pipeline/ports.js';

export interface Answer {
  /** `topic/3`. */
  readonly partition: string;
  readonly baseOffset: number;
  readonly records: number;
  /** Null: the topic keeps the time of the client. */
  readonly appendedMs: number | null;
}

export class Answers {
  readonly #bases: Offsets;
  readonly #written = new Map<string, number>();
  #appendedMs: number | null = null;

  /** @param bases by partition: the offset that its first record must get. Partitions that it does not name may be anywhere. */
  constructor(bases: Offsets) {
    this.#bases = bases;
  }

  /** Brokers' time of the last append; null: no topic has it. */
  get appendedMs(): number | null {
    return this.#appendedMs;
  }

  /** Next offset once the Kafka transaction has ended, its control record included; null: nothing was written there. */
  nextOf(partition: string): number | null {
    const next = this.#written.get(partition);
    return next === undefined ? null : next + 1;
  }

  /** In the order of the sends. @throws DragomanError COMMIT_UNCERTAIN */
  take({ partition, baseOffset, records, appendedMs }: Answer): void {
    const predicted = this.#written.get(partition) ?? this.#bases.get(partition);
    if (this.#bases.has(partition) && predicted !== undefined && predicted !== baseOffset)
      throw strange(partition, predicted, baseOffset);
    this.#written.set(partition, baseOffset + records);
    if (appendedMs !== null) this.#appendedMs = Math.max(this.#appendedMs ?? appendedMs, appendedMs);
  }
}

const strange = (partition: string, expected: number, found: number): DragomanError =>
  new DragomanError(
    'COMMIT_UNCERTAIN',
    `A record of ${partition} got offset ${found} where ${expected} was next: another program writes there, or the end of a Kafka ` +
      'transaction was written twice. Nothing of this commit counts; it is done again from what is there.',
    { details: { partition, expected, found } },
  );
