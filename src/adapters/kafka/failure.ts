/** What kafkajs throws -> our errors. It has no stable codes for everything, so names and protocol types are compared. */
import { DragomanError } from '../../errors.js';

/** The broker is still writing the end of the last Kafka transaction: ask again shortly. */
export const isConcurrentTransaction = (error: unknown): boolean => typeOf(error) === 'CONCURRENT_TRANSACTIONS';

export const typeOf = (error: unknown): string | null => {
  if (typeof error !== 'object' || error === null) return null;
  if ('type' in error && typeof error.type === 'string') return error.type;
  return 'cause' in error ? typeOf(error.cause) : null;
};

/** Access or settings: no retry helps. */
const UNSUITABLE = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_VERSION',
  'INVALID_TRANSACTION_TIMEOUT',
]);

export function unavailable(what: string, cause: unknown): DragomanError {
  if (cause instanceof DragomanError) return cause;
  const type = typeOf(cause);
  const text = `${what}: ${cause instanceof Error ? cause.message : String(cause)}`;
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
