/** Every nemesis by its name. */
import { killBroker, moveAllLeaders, moveCoordinators, rollingRestart } from './nemeses/brokers.js';
import { killPlainWorker, killWorker, rollBackOffsets } from './nemeses/connector.js';
import {
  clockJump,
  killMember,
  rebalanceStorm,
  rollingDeployment,
  rollingDeploymentTable,
  zombie,
} from './nemeses/dragoman.js';
import {
  badNetwork,
  cutKafka,
  cutRedis,
  loseAddPartitions,
  loseEndTxn,
  loseEvalsha,
  loseFetch,
  loseInitProducerId,
  loseJoinGroup,
  loseProduce,
  stallKafka,
} from './nemeses/links.js';
import { failOverRedis, fillRedisDisk, fillRedisMemory, flushRedis, killRedis } from './nemeses/redis.js';
import type { Nemesis } from './nemesis.js';

export const NEMESES = {
  'dragoman-kill': killMember,
  'dragoman-zombie': zombie,
  'rebalance-storm': rebalanceStorm,
  'rolling-deployment': rollingDeployment,
  'rolling-deployment-table': rollingDeploymentTable,
  'clock-jump': clockJump,
  'broker-kill': killBroker,
  'broker-rolling-restart': rollingRestart,
  'leader-moves': moveAllLeaders,
  'coordinator-moves': moveCoordinators,
  'redis-kill': killRedis,
  'redis-flush': flushRedis,
  'redis-failover': failOverRedis,
  'redis-memory-full': fillRedisMemory,
  'redis-disk-full': fillRedisDisk,
  'redis-cut': cutRedis,
  'connect-kill': killWorker,
  'connect-kill-plain': killPlainWorker,
  'connector-offsets-back': rollBackOffsets,
  'answers-end-txn': loseEndTxn,
  'answers-add-partitions': loseAddPartitions,
  'answers-produce': loseProduce,
  'answers-init-producer-id': loseInitProducerId,
  'answers-join-group': loseJoinGroup,
  'answers-fetch': loseFetch,
  'answers-evalsha': loseEvalsha,
  'bad-network': badNetwork,
  'kafka-cut': cutKafka,
  'kafka-stall': stallKafka,
} as const satisfies Readonly<Record<string, Nemesis>>;

export type NemesisName = keyof typeof NEMESES;

export const NEMESIS_NAMES = Object.keys(NEMESES) as NemesisName[];
