/** The servers of the fault suite. */
import type { StackOptions } from '../stack/stack.js';

/** Three brokers (replication 3, two in sync), Redis with a replica and a disk of its own, links that lead through a proxy. */
export const STACK = {
  provider: 'native',
  services: ['kafka', 'connect', 'postgres', 'redis', 'redis-replica'],
  kafkaBrokers: 3,
  faultProxy: true,
  redisDiskMb: 384,
} as const satisfies StackOptions<'kafka' | 'connect' | 'postgres' | 'redis' | 'redis-replica'>;
