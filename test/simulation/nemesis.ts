/** What befalls servers, the group and clocks, apart from calls: each history draws which of it comes, and when. */
import { below, type Choices } from '../support/choices.js';
import type { Group } from './group.js';
import type { Cluster } from './kafka/cluster.js';
import { NODES, NO_FAULTS } from './kafka/cluster.js';
import type { Process } from './process.js';
import type { RedisDeployment } from './redis/deployment.js';
import type { World } from './world.js';

export interface NemesisGround {
  readonly world: World;
  readonly cluster: Cluster;
  readonly redis: RedisDeployment;
  readonly group: Group;
  /** Processes that live now. */
  readonly processes: () => readonly Process[];
  /** Ends a process in an orderly way; another one takes its place. */
  readonly redeploy: (process: Process) => void;
  readonly calmFromMs: number;
  /** Whether the n-th blow is left out, when a history is made shorter. */
  readonly isLeftOut: (n: number) => boolean;
}

type Blow = (ground: NemesisGround, random: Choices) => void;

const anyProcess = ({ processes }: NemesisGround, random: Choices): Process | undefined => {
  const all = processes();
  return all[below(random, all.length)];
};

const BLOWS: Readonly<Record<string, Blow>> = {
  'redis failover': ({ redis }, random) => redis.failOver(below(random, redis.shards)),
  'redis flush': ({ redis }, random) => redis.flush(below(random, redis.shards)),
  'redis full': ({ redis }, random) => redis.fillUp(below(random, redis.shards), random() * 8_000),
  rebalance: ({ group }) => group.rebalance(),
  kill: (ground, random) => anyProcess(ground, random)?.kill(),
  stop: (ground, random) => anyProcess(ground, random)?.stop(12_000 + random() * 30_000),
  redeploy: (ground, random) => {
    const process = anyProcess(ground, random);
    if (process !== undefined) ground.redeploy(process);
  },
  'clock jump': (ground, random) => {
    const process = anyProcess(ground, random);
    if (process !== undefined) process.clockSkewMs = (random() - 0.5) * 7_200_000;
  },
  'broker stopped': ({ cluster }, random) =>
    cluster.stopBroker(NODES[below(random, NODES.length)] ?? 1, random() * 10_000),
  'leader moved': ({ cluster }, random) => {
    const names = [...cluster.topics.keys()].flatMap((topic) => cluster.partitionsOf(topic));
    cluster.moveLeader(names[below(random, names.length)]!);
  },
  'coordinator moved': ({ cluster }, random) =>
    cluster.moveCoordinator(random() < 0.5 ? 'dragoman' : 'dragoman.orders'),
  'journal compacted': ({ cluster }) => {
    for (const name of cluster.partitionsOf('dragoman.orders.journal')) cluster.log(name).compact();
  },
};

/** Draws a few kinds of blows and when they come. */
export function nemesis(ground: NemesisGround): void {
  const { world, cluster, calmFromMs, isLeftOut } = ground;
  const { random } = world;
  let drawn = 0;
  for (const [name, blow] of Object.entries(BLOWS)) {
    if (random() < 0.6) continue;
    for (let left = 1 + below(random, 4); left > 0; left -= 1) {
      const number = (drawn += 1);
      world.after(random() * calmFromMs, () => {
        if (isLeftOut(number)) return;
        world.count(`nemesis: ${name}`);
        world.note('nemesis', `${name} @${number}`);
        blow(ground, random);
      });
    }
  }
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
    markers: { usualMs: 2 + random() * 30, slowShare: share(), slowMs: random() * 5_000 },
  };
  world.after(calmFromMs, () => (cluster.faults = NO_FAULTS));
}
