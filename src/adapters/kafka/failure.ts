/** What kafkajs throws -> our errors. It has no stable codes for everything, so names and protocol types are compared. */
import { tlsFailure } from '../../config/tls-failure.js';
import { DragomanError } from '../../errors.js';
import { faultOfOurs } from '../../invariant.js';

/** The broker is still writing the end of the last Kafka transaction: ask again shortly. */
export const isConcurrentTransaction = (error: unknown): boolean => typeOf(error) === 'CONCURRENT_TRANSACTIONS';

export const typeOf = (error: unknown): string | null => {
  if (typeof error !== 'object' || error === null) return null;
  if ('type' in error && typeof error.type === 'string') return error.type;
  return 'cause' in error ? typeOf(error.cause) : null;
};

/** Settings: no retry helps. */
const UNSUITABLE = new Set(['UNSUPPORTED_VERSION', 'INVALID_TRANSACTION_TIMEOUT']);

/** kafkajs knows a refused login by the name of its error alone. */
export function isLoginRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'KafkaJSSASLAuthenticationError' || isLoginRefused(error.cause);
}

/** Not allowed to ask. */
export const isForbidden = (error: unknown): boolean => typeOf(error)?.endsWith('_AUTHORIZATION_FAILED') === true;

/** kafkajs wraps what is thrown below it, by codecs for example. */
const oursIn = (error: unknown): DragomanError | null => {
  if (error instanceof DragomanError) return error;
  return error instanceof Error ? oursIn(error.cause) : null;
};

/**
 * A fault in the program, or null. kafkajs 2.2.4 itself meets null where it expects an answer while brokers are away (`describeCluster`,
 * `fetchTopicOffsets`): a TypeError that it threw by itself is an outage.
 */
export function programFault(what: string, thrown: unknown): DragomanError | null {
  const fault = faultOfOurs(what, thrown);
  return fault !== null && isOutageOfKafkajs(thrown) ? null : fault;
}

function isOutageOfKafkajs(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (!(thrown instanceof TypeError)) return isOutageOfKafkajs(thrown.cause);
  const [frame = ''] = (thrown.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return /[\\/]kafkajs[\\/]src[\\/]/.test(frame);
}

/** @returns KAFKA_UNAVAILABLE; where no retry helps another code; INVARIANT_BROKEN for a `programFault`. */
export function unavailable(what: string, cause: unknown): DragomanError {
  const ours = oursIn(cause);
  if (ours !== null) return ours;
  const type = typeOf(cause);
  const text = `${what}: ${cause instanceof Error ? cause.message : String(cause)}`;
  const certificate = tlsFailure(cause);
  if (certificate !== null)
    return new DragomanError('CERTIFICATE_REFUSED', `${what}: ${certificate} (kafka.ssl). ${text}`, { cause });
  const fault = programFault(what, cause);
  if (fault !== null) return fault;
  if (isForbidden(cause) || isLoginRefused(cause))
    return new DragomanError('ACCESS_DENIED', text, { cause, details: { type } });
  return new DragomanError(type !== null && UNSUITABLE.has(type) ? 'KAFKA_UNSUITABLE' : 'KAFKA_UNAVAILABLE', text, {
    cause,
    details: { type },
  });
}

/** Runs a call to Kafka; what it throws becomes one of our errors. */
export async function asking<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw unavailable(what, cause);
  }
}
