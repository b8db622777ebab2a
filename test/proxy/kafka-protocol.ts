/**
 * Kafka's wire protocol, as far as the relay needs it (kafka.apache.org/protocol): a frame is its length in 4 bytes and then that
 * many. A request begins with the key of its API (2 bytes), the version (2) and a correlation id (4); an answer with that id.
 * An answer may be missing (Produce with acks=0), so ids are compared. Frames of a listener with TLS are not readable here.
 */
import type { Framing, Protocol } from './protocol.js';

const apiByKey = {
  0: 'Produce',
  1: 'Fetch',
  2: 'ListOffsets',
  3: 'Metadata',
  8: 'OffsetCommit',
  9: 'OffsetFetch',
  10: 'FindCoordinator',
  11: 'JoinGroup',
  12: 'Heartbeat',
  13: 'LeaveGroup',
  14: 'SyncGroup',
  18: 'ApiVersions',
  22: 'InitProducerId',
  24: 'AddPartitionsToTxn',
  25: 'AddOffsetsToTxn',
  26: 'EndTxn',
  28: 'TxnOffsetCommit',
} as const;

export type KafkaApi = (typeof apiByKey)[keyof typeof apiByKey] | 'other';

const lengthBytes = 4;
const requestCorrelationAt = lengthBytes + 4;

export const kafkaProtocol: Protocol<KafkaApi> = {
  framing: () => new LengthFraming(),
  requestOf: (frame) => ({
    api: (apiByKey as Readonly<Record<number, KafkaApi>>)[frame.readInt16BE(lengthBytes)] ?? 'other',
    id: frame.readInt32BE(requestCorrelationAt),
  }),
  answerTo: (frame) => ({ id: frame.readInt32BE(lengthBytes) }),
};

class LengthFraming implements Framing {
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes that have to be there before it is worth looking again. */
  #wanted = lengthBytes;

  push(bytes: Buffer): Buffer[] {
    this.#chunks.push(bytes);
    this.#held += bytes.length;
    if (this.#held < this.#wanted) return [];
    const frames: Buffer[] = [];
    let rest = Buffer.concat(this.#chunks);
    while ((this.#wanted = wantedFor(rest)) <= rest.length) {
      frames.push(rest.subarray(0, this.#wanted));
      rest = rest.subarray(this.#wanted);
    }
    [this.#chunks, this.#held] = [[rest], rest.length];
    return frames;
  }
}

const wantedFor = (bytes: Buffer): number =>
  bytes.length < lengthBytes ? lengthBytes : lengthBytes + bytes.readInt32BE(0);
