/** The servers of the fault suite. */
import type { StackOptions } from '../stack/stack.js';

/** Three brokers (replication 3, two in sync), Redis with a replica, links that lead through a proxy. */
export const SERVERS = {
  provider: 'native',
  services: ['kafka', 'connect', 'postgres', 'redis', 'redis-replica'],
  kafkaBrokers: 3,
  faultProxy: true,
} as const satisfies StackOptions<'kafka' | 'connect' | 'postgres' | 'redis' | 'redis-replica'>;

/** And a disk of its own for Redis, which takes rights that not every machine gives. */
export const STACK = { ...SERVERS, redisDiskMb: 384 } as const;
