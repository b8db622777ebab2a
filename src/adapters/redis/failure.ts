/**
 * What ioredis throws -> our errors. A connection that fails ends with "Connection is closed."; why is said only in the events of the
 * client, so the last of them is kept.
 */
import type { Redis } from 'ioredis';
import { tlsFailure } from '../../config/tls-failure.js';
import { DragomanError } from '../../errors.js';
import { faultOfOurs } from '../../invariant.js';

const lastErrors = new WeakMap<Redis, Error>();

/** Keeps the reason of a lost connection; without a listener ioredis would print it, too. */
export function followErrors(redis: Redis): void {
  redis.on('error', (error: Error) => lastErrors.set(redis, error));
  redis.on('ready', () => lastErrors.delete(redis));
}

/** Replies that no retry changes: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/ */
const DENIED = /NOPERM|EXEC without MULTI|WRONGPASS|NOAUTH|ACL failure in script|no permissions to run/;
/** A cluster may hide behind a proxy that does not say so: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ */
const OF_A_CLUSTER = /(^|[\s:])(MOVED \d+|ASK \d+|CROSSSLOT|CLUSTERDOWN|TRYAGAIN)\b/;
/** Before version 7.2 Redis does not say which one. */
const DENIED_IN_SCRIPT = /user executing the script can't (run this command|access)/;

/** @returns REDIS_UNAVAILABLE; where no retry helps ACCESS_DENIED, REDIS_UNSUITABLE, CERTIFICATE_REFUSED, INVARIANT_BROKEN (`faultOfOurs`), or what is one of ours. */
export function redisFailure(redis: Redis, what: string, cause: unknown): DragomanError {
  if (cause instanceof DragomanError) return cause;
  const reason = isClosed(cause) ? (lastErrors.get(redis) ?? cause) : (abortReason(cause) ?? cause);
  const text = reason instanceof Error ? reason.message : String(reason);
  const certificate = tlsFailure(reason);
  if (certificate !== null)
    return new DragomanError('CERTIFICATE_REFUSED', `${what}: ${certificate} (redis.tls). ${text}`, { cause: reason });
  const fault = faultOfOurs(what, reason);
  if (fault !== null) return fault;
  if (DENIED_IN_SCRIPT.test(text)) {
    const hint = 'its scripts use info, hget, hgetall, hset, hdel, hscan, scan and unlink (docs/security.md)';
    return new DragomanError('ACCESS_DENIED', `${what}: ${text}; ${hint}`, { cause: reason });
  }
  if (OF_A_CLUSTER.test(text)) {
    const hint =
      'it is a Redis Cluster, which is not supported; use one primary with replicas, and redis.sentinel to follow it';
    return new DragomanError('REDIS_UNSUITABLE', `${what}: ${text}; ${hint}`, { cause: reason });
  }
  const code = DENIED.test(text) ? 'ACCESS_DENIED' : 'REDIS_UNAVAILABLE';
  return new DragomanError(code, `${what}: ${text}`, { cause: reason });
}

/** Of `EXECABORT`: what the commands before it were answered. */
function abortReason(error: unknown): Error | undefined {
  const { previousErrors } = error as { readonly previousErrors?: readonly Error[] };
  return previousErrors?.[0];
}

const isClosed = (error: unknown): boolean =>
  error instanceof Error &&
  /Connection is closed|Stream isn't writeable|All sentinels are unreachable/.test(error.message);
