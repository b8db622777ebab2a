/** Faults of the Kafka cluster: three brokers, replication 3, two of them in sync or nothing is acknowledged. */
import { setTimeout as delay } from 'node:timers/promises';
import { PIPELINE, type Scene } from '../../e2e/scene.js';
import { coordinatorPartition, moveLeaders, places, untilInSync, type Place } from '../cluster.js';
import type { Arena, Nemesis } from '../nemesis.js';

const BROKERS = ['kafka-1', 'kafka-2', 'kafka-3'] as const;
const DOWN_MIN_MS = 3_000;
const DOWN_MAX_MS = 8_000;

export const killBroker: Nemesis = {
  does: 'kill -9 of a broker while Dragoman writes; it comes back after 3 to 8 s',
  async strike(arena) {
    await arena.written.next(DOWN_MIN_MS);
    await killAndStart(arena, arena.random.pick(BROKERS));
    return 1;
  },
};

export const rollingRestart: Nemesis = {
  does: 'each broker in turn is stopped in good order and started, the next one when all replicas are in sync',
  async strike({ stack, scene }) {
    for (const broker of BROKERS) {
      await stack.restart(broker);
      await untilInSync(scene);
    }
    return BROKERS.length;
  },
};

export const moveAllLeaders: Nemesis = {
  does: 'every partition gets another preferred leader and elects it, twice',
  async strike({ scene }) {
    const isOurs = ({ topic }: Place): boolean => !topic.startsWith('__');
    await moveLeaders(scene, isOurs);
    await moveLeaders(scene, isOurs);
    return 2;
  },
};

export const moveCoordinators: Nemesis = {
  does: "the coordinators of our group and of our transactional id move to other brokers; then each one's broker is killed in turn",
  async strike(arena) {
    const { scene } = arena;
    await moveLeaders(scene, (place) => coordinators(scene).some((isTheirs) => isTheirs(place)));
    for (const isTheirs of coordinators(scene)) {
      const all = await scene.ask((admin) => places(admin, LOGS));
      const broker = BROKERS[(all.find(isTheirs)?.leader ?? 1) - 1];
      await killAndStart(arena, broker ?? 'kafka-1');
    }
    return 3;
  },
};

const GROUPS = '__consumer_offsets';
const TRANSACTIONS = '__transaction_state';
const LOGS = [GROUPS, TRANSACTIONS];
/** As the stack sets it up. */
const LOG_PARTITIONS = 4;

function coordinators({ namespace }: Scene): ((place: Place) => boolean)[] {
  const group = coordinatorPartition(namespace, LOG_PARTITIONS);
  const writer = coordinatorPartition(`${namespace}.${PIPELINE}`, LOG_PARTITIONS);
  return [
    ({ topic, partition }) => topic === TRANSACTIONS && partition === writer,
    ({ topic, partition }) => topic === GROUPS && partition === group,
  ];
}

async function killAndStart({ stack, scene, random }: Arena, broker: (typeof BROKERS)[number]): Promise<void> {
  await stack.kill(broker);
  await delay(random.int(DOWN_MIN_MS, DOWN_MAX_MS));
  await stack.start(broker);
  await untilInSync(scene);
}
