/** What a nemesis is, and what it has in hand. */
import type { Random } from '../../legacy-db/workload/random.js';
import type { Arrivals } from '../e2e/arrivals.js';
import type { Boundaries } from '../e2e/boundaries.js';
import type { Scene } from '../e2e/scene.js';
import type { FaultProxy } from '../proxy/fault-proxy.js';
import type { KafkaApi } from '../proxy/kafka-protocol.js';
import type { RedisCommand } from '../proxy/redis-protocol.js';
import type { RedisPair } from '../stack/redis-pair.js';
import type { Stack } from '../stack/stack.js';
import type { Members } from './members.js';
import type { Pulse } from './pulse.js';
import type { RuleSets } from './rule-sets.js';

export type FaultStack = Stack<'kafka' | 'connect' | 'redis' | 'postgres' | 'redis-replica'>;

/** Redis and the way of Dragoman to it, which always leads to the primary. */
export interface RedisSide {
  readonly pair: RedisPair;
  readonly proxy: FaultProxy<RedisCommand>;
  /** The primary of now. */
  readonly part: 'redis' | 'redis-replica';
}

export interface Arena {
  readonly stack: FaultStack;
  readonly scene: Scene;
  readonly members: Members;
  readonly boundaries: Boundaries;
  readonly pulse: Pulse;
  /** Between Dragoman, and only it, and the brokers. */
  readonly kafkaProxy: FaultProxy<KafkaApi>;
  readonly redis: RedisSide;
  /** For files of a nemesis. */
  readonly directory: string;
  /** Records of the journal as they are written, before they are committed: the moments of a Kafka transaction. */
  readonly written: Arrivals;
  /** Decides about places, moments and lengths. */
  readonly random: Random;
  /** What the members may be deployed with. */
  readonly ruleSets: RuleSets;
  readonly say: (line: string) => void;
}

export interface Nemesis {
  /** One sentence for readers. */
  readonly does: string;
  /**
   * Does it, and takes it back: when it resolves, every server is there and every link whole again.
   * @returns how often a fault was injected.
   */
  readonly strike: (arena: Arena) => Promise<number>;
}
