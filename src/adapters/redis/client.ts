/**
 * Makes the connection of one pipeline. Commands fail instead of waiting while Redis is away: the task decides when to try again.
 * A demoted primary answers READONLY; the client then looks for the new one. A connection on which no answer comes is given up
 * with the command: behind a firewall that has forgotten it, it would stay mute.
 */
import { readFileSync } from 'node:fs';
import { Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { followErrors } from './failure.js';

const RECONNECT_MAX_MS = 2_000;

export function redisClient(config: RedisConfig): Redis {
  const { sentinel } = config;
  const isSecure = config.tls.enabled || (sentinel.name === null && config.url.startsWith('rediss:'));
  const secured = isSecure ? tls(config.tls) : null;
  const options = {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: config.commandTimeoutMs,
    socketTimeout: config.commandTimeoutMs,
    connectTimeout: config.commandTimeoutMs,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 8), RECONNECT_MAX_MS),
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    ...(config.database === 0 ? {} : { db: config.database }),
    ...(config.username === null ? {} : { username: config.username }),
    ...(config.password === null ? {} : { password: config.password }),
    ...(secured === null ? {} : { tls: secured }),
  };
  const redis =
    sentinel.name === null
      ? new Redis(config.url, options)
      : new Redis({
          ...options,
          name: sentinel.name,
          sentinels: sentinel.nodes.map(address),
          failoverDetector: true,
          // Else ioredis goes on asking without end, and the caller never hears of it.
          sentinelRetryStrategy: () => null,
          ...(secured === null ? {} : { enableTLSForSentinelMode: true, sentinelTLS: secured }),
          ...(sentinel.password === null ? {} : { sentinelPassword: sentinel.password }),
        });
  followErrors(redis);
  return redis;
}

function tls({ caFile, certFile, keyFile, keyPassphrase }: RedisConfig['tls']): NonNullable<RedisOptions['tls']> {
  return {
    ...(caFile === null ? {} : { ca: pem(caFile, 'redis.tls.caFile') }),
    ...(certFile === null ? {} : { cert: pem(certFile, 'redis.tls.certFile') }),
    ...(keyFile === null ? {} : { key: pem(keyFile, 'redis.tls.keyFile') }),
    ...(keyPassphrase === null ? {} : { passphrase: keyPassphrase }),
  };
}

function address(node: string): { host: string; port: number } {
  const colon = node.lastIndexOf(':');
  return { host: node.slice(0, colon), port: Number(node.slice(colon + 1)) };
}

function pem(file: string, key: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DragomanError('CONFIG_INVALID', `${key}: ${file} cannot be read.`, { cause });
  }
}
