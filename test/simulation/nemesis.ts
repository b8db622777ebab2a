/** What befalls servers, the group and clocks, apart from calls: each history draws which of it comes, and when. */
import { below, chosen, type Choices } from '../support/choices.js';
import type { Shard } from '../../src/domain/shard.js';
import { type Group, SESSION_MS } from './group.js';
import type { Cluster } from './kafka/cluster.js';
import { NODES, NO_FAULTS } from './kafka/cluster.js';
import { idOf, slotOf } from './member.js';
import type { Process } from './process.js';
import type { RedisDeployment } from './redis/deployment.js';
import type { World } from './world.js';

export interface NemesisGround {
  readonly world: World;
  readonly cluster: Cluster;
  readonly redis: RedisDeployment;
  /** Of each shard. */
  readonly groups: readonly Group[];
  /** Processes that live now. */
  readonly processes: () => readonly Process[];
  /** Ends a process in an orderly way; another one takes its place. */
  readonly redeploy: (process: Process) => void;
  readonly calmFromMs: number;
  /** The only kind of blow, many times. */
  readonly blow?: string | undefined;
  /** Whether the n-th blow is left out, when a history is made shorter. */
  readonly isLeftOut: (n: number) => boolean;
}

type Blow = (ground: NemesisGround, random: Choices) => void;

const anyProcess = ({ processes }: NemesisGround, random: Choices): Process | undefined => {
  const all = processes();
  return all[below(random, all.length)];
};

/** Mostly the one in use. */
const anyRedisShard = ({ redis, groups }: NemesisGround, random: Choices): number =>
  random() < 0.8 ? redis.shardOf(`${slotOf(anyShard(groups, random))}~marker`) : below(random, redis.shards);

/** Of the pipeline. One that is whole takes no chance. */
const anyShard = ({ length: count }: readonly Group[], random: Choices): Shard => ({
  index: count === 1 ? 0 : below(random, count),
  count,
});

const BLOWS: Readonly<Record<string, Blow>> = {
  'redis failover': (ground, random) =>
    random() < 0.5
      ? ground.redis.failOver(anyRedisShard(ground, random))
      : ground.redis.failOverAtWrite(anyRedisShard(ground, random), 1_000),
  'redis flush': (ground, random) => ground.redis.flush(anyRedisShard(ground, random)),
  'redis full': (ground, random) => ground.redis.fillUp(anyRedisShard(ground, random), random() * 4_000),
  rebalance: ({ groups }, random) => groups[anyShard(groups, random).index]?.rebalance(),
  kill: (ground, random) => anyProcess(ground, random)?.kill(),
  stop: (ground, random) => anyProcess(ground, random)?.stop(SESSION_MS * (1 + random() * 3)),
  redeploy: (ground, random) => {
    const process = anyProcess(ground, random);
    if (process !== undefined) ground.redeploy(process);
  },
  'clock jump': (ground, random) => {
    const process = anyProcess(ground, random);
    if (process !== undefined) process.clockSkewMs = (random() - 0.5) * 7_200_000;
  },
  'broker stopped': ({ cluster }, random) =>
    cluster.stopBroker(NODES[below(random, NODES.length)] ?? 1, random() * 3_000),
  'leader moved': ({ cluster }, random) => {
    const names = [...cluster.topics.keys()].flatMap((topic) => cluster.partitionsOf(topic));
    cluster.moveLeader(names[below(random, names.length)]!);
  },
  'coordinator moved': ({ cluster, groups }, random) => cluster.moveCoordinator(idOf(anyShard(groups, random))),
  'transactional id expired': ({ cluster, groups }, random) =>
    cluster.transactions.expire(idOf(anyShard(groups, random))),
  'journal compacted': ({ cluster }) => {
    for (const topic of ['dragoman.orders.state', 'dragoman.orders.progress'])
      for (const name of cluster.partitionsOf(topic)) cluster.log(name).compact();
  },
};

/**
 * Blows that come only where they are asked for: by chance they are among the fates of calls (`chance.ts`), and what they show needs more of them than
 * chance has.
 */
const ASKED_FOR: Readonly<Record<string, Blow>> = {
  'redis write held up': ({ world }, random) => world.holdUpNext('redis.dragomanWrite', random() * HELD_UP_MS),
};
/** Longer than the session of a process. */
const HELD_UP_MS = 10_000;

/** Calls around which a blow hurts. */
export const BUSY: ReadonlySet<string> = new Set(
  'redis.dragomanWrite redis.dragomanLoad redis.dragomanBeginRestore redis.dragomanEndRestore redis.hget kafka.initProducerId kafka.addPartitionsToTxn kafka.produce kafka.endTxn'.split(
    ' ',
  ),
);
const RATES = [0.005, 0.03, 0.1, 0.2];
const BLOWS_MAX = [2, 5, 10, 20];

/** Draws a few kinds of blows, when they come, and how often one comes just after something happened. */
export function nemesis(ground: NemesisGround): void {
  const { world, cluster, calmFromMs, isLeftOut, blow } = ground;
  const { random } = world;
  const all = Object.keys(BLOWS);
  // Every third history has one kind of blow, many times: some faults show only after several of one kind.
  const drawnKinds = random() < 0.33 ? [chosen(random, all)] : all.filter(() => random() < 0.35);
  const kinds = blow === undefined ? drawnKinds : [blow];
  let drawn = 0;
  const strikeAfter = (delayMs: number): void => {
    const name = kinds[below(random, kinds.length)];
    if (name === undefined) return;
    const number = (drawn += 1);
    world.after(delayMs, () => {
      if (isLeftOut(number)) return;
      world.count(`nemesis: ${name}`);
      world.note('nemesis', `${name} @${number}`);
      (BLOWS[name] ?? ASKED_FOR[name])?.(ground, random);
    });
  };
  for (let left = below(random, kinds.length === 1 ? 12 : 4); left > 0; left -= 1) strikeAfter(random() * calmFromMs);
  const rate = RATES[below(random, RATES.length)] ?? 0;
  const blowsMax = chosen(random, BLOWS_MAX);
  world.onEffect = (name) => {
    if (BUSY.has(name) && world.nowMs < calmFromMs && drawn < blowsMax && random() < rate)
      strikeAfter(random() * (random() < 0.8 ? 20 : 500));
  };
  clusterFaults(world, cluster, calmFromMs);
}

/** What brokers answer now and then. */
function clusterFaults(world: World, cluster: Cluster, calmFromMs: number): void {
  const { random } = world;
  const share = (): number => (random() < 0.5 ? 0 : random() * 0.1);
  cluster.faults = {
    leaderMoves: share(),
    refusals: share(),
    refusalsAfterAppend: share(),
    coordinatorMoves: share() / 3,
    shortFetches: random(),
    fetchLeaderMoves: share(),
    falseOutOfRange: share(),
    markers: { usualMs: 2 + random() * 30, slowShare: share(), slowMs: random() * 5_000, twiceShare: share() },
  };
  world.after(calmFromMs, () => (cluster.faults = NO_FAULTS));
}
