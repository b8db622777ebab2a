/** Error codes that brokers answer to Fetch (`Errors.java`), as errors of the kind that kafkajs makes: the name in `type`. */
import { DragomanError } from '../../../errors.js';
import { isForbidden, isLoginRefused } from '../failure.js';

interface PartitionError {
  readonly type: string;
  /** It passes by itself, or with newer metadata. */
  readonly passes: boolean;
}

const KNOWN: Readonly<Record<number, PartitionError>> = {
  1: { type: 'OFFSET_OUT_OF_RANGE', passes: true },
  2: { type: 'CORRUPT_MESSAGE', passes: true },
  3: { type: 'UNKNOWN_TOPIC_OR_PARTITION', passes: true },
  5: { type: 'LEADER_NOT_AVAILABLE', passes: true },
  6: { type: 'NOT_LEADER_FOR_PARTITION', passes: true },
  9: { type: 'REPLICA_NOT_AVAILABLE', passes: true },
  29: { type: 'TOPIC_AUTHORIZATION_FAILED', passes: false },
  35: { type: 'UNSUPPORTED_VERSION', passes: false },
  56: { type: 'KAFKA_STORAGE_ERROR', passes: true },
  74: { type: 'FENCED_LEADER_EPOCH', passes: true },
  75: { type: 'UNKNOWN_LEADER_EPOCH', passes: true },
  76: { type: 'UNSUPPORTED_COMPRESSION_TYPE', passes: false },
  78: { type: 'OFFSET_NOT_AVAILABLE', passes: true },
};

class FetchError extends Error {
  readonly type: string;
  readonly passes: boolean;

  constructor(code: number) {
    const { type, passes } = KNOWN[code] ?? { type: `error ${code}`, passes: true };
    super(type);
    this.type = type;
    this.passes = passes;
  }
}

export const partitionError = (code: number): Error => new FetchError(code);

const CORRUPT_MESSAGE = 2;

/** Bytes that lead out of an answer, or whose checksum is another: it is damaged, and may come whole the next time. */
export const corruptOr = (error: unknown): unknown =>
  error instanceof RangeError ? partitionError(CORRUPT_MESSAGE) : error;

/** What is left are connections, time-outs, brokers that are not known yet. */
export function passesByItself(error: unknown): boolean {
  if (error instanceof FetchError) return error.passes;
  return !(error instanceof DragomanError) && !isForbidden(error) && !isLoginRefused(error);
}
