/** What a move writes: a handover record into each partition of this shard, and one record into the ownership topic. */
import {
  type Handover,
  handoverRecord,
  type HandoverWriter,
  ownershipRecord,
} from '../../domain/ownership/handover.js';
import { ownsPartition, type Shard } from '../../domain/shard.js';
import type { OutputRecord } from '../ports.js';
import type { Move, Standing } from '../progress/ownership.js';

export interface RouteRecordsSettings extends HandoverWriter {
  readonly pipeline: string;
  readonly shard: Shard;
  /** The ownership topic; it is compacted. */
  readonly ownership: string;
  /** Number of partitions of a topic. */
  readonly partitionsOf: (topic: string) => number;
}

export class RouteRecords {
  readonly #settings: RouteRecordsSettings;

  constructor(settings: RouteRecordsSettings) {
    this.#settings = settings;
  }

  /** The fence. @param topic of the contract. */
  fence(move: Move, topic: string): OutputRecord[] {
    const { shard, partitionsOf } = this.#settings;
    const handover = this.#handover(move);
    const partitions = Array.from({ length: partitionsOf(topic) }, (_, partition) => partition);
    return partitions
      .filter((partition) => ownsPartition(shard, partition))
      .map((partition) => ({ topic, ...handoverRecord(handover, partition, this.#settings), partition }));
  }

  /** In the ownership topic. */
  told(move: Move, isAsked = false): OutputRecord {
    const handover = this.#handover(move);
    const told = isAsked ? { ...handover, asked: true as const } : handover;
    return { topic: this.#settings.ownership, ...ownershipRecord(told, this.#settings), partition: 0 };
  }

  /** The same of a route as it stands, for whoever reads the topic only now. */
  standing({ contract, selector, epoch, stage, moved, returning, taken }: Standing): OutputRecord {
    if (returning !== undefined) return this.told(returning, true);
    const without = taken === undefined ? {} : { taken };
    return this.told({ contract, selector, epoch, to: stage, ...without, ...(moved ?? { ...INITIALLY, from: stage }) });
  }

  #handover({ contract, selector, epoch, from, to, at, by, reason, taken }: Move): Handover {
    const { pipeline, shard } = this.#settings;
    const where = { pipeline, shard: shard.index, shards: shard.count };
    const handover: Handover = { v: 1, contract, selector, epoch, from, to, at, ...where, by, reason };
    return taken === undefined ? handover : { ...handover, taken: true };
  }
}

/** Nobody moved it. */
const INITIALLY = { at: new Date(0).toISOString(), by: 'rules', reason: 'initially', command: '' };
