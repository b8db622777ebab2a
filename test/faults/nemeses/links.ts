/** Faults of the network between Dragoman and its servers: answers that are lost or late, links that are cut. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultKind } from '../../proxy/faults.js';
import type { KafkaApi } from '../../proxy/kafka-protocol.js';
import type { Arena, Nemesis } from '../nemesis.js';

const KINDS: readonly FaultKind[] = ['cut-answer', 'swallow-answer', 'delay-answer', 'cut-request', 'cut-in-request'];
const KINDS_IN_WORDS = 'the answer is cut off, swallowed or late, or the request is cut before or within';
const HAPPENS_MAX_MS = 30_000;
const DELAY_MAX_MS = 8_000;
const CUT_MIN_MS = 500;
const CUT_MAX_MS = 10_000;
const CHANCE_MS = 15_000;
const CHANCE = 0.02;

/** The next request of this kind, several times over. `provoke` makes Dragoman send one. */
function loseAnswers(api: KafkaApi, does: string, provoke: (arena: Arena) => Promise<unknown> = nothing): Nemesis {
  return {
    does: `${does}; ${KINDS_IN_WORDS}, each once`,
    async strike(arena) {
      let times = 0;
      for (const fault of shuffled(arena)) {
        const happened = arena.kafkaProxy.once({ on: api, fault, delayMs: arena.random.int(500, DELAY_MAX_MS) });
        await provoke(arena);
        if (await inTime(happened)) times += 1;
        await arena.pulse.firstSince(Date.now(), HAPPENS_MAX_MS);
      }
      arena.kafkaProxy.calm();
      return times;
    },
  };
}

const nothing = (): Promise<void> => Promise.resolve();

/** A writer whose commit is uncertain fences itself again. */
const loseCommit = ({ kafkaProxy }: Arena): Promise<void> => kafkaProxy.once({ on: 'EndTxn', fault: 'cut-request' });

/** Somebody who comes back makes everybody join again. */
const restartStandby = ({ members }: Arena): Promise<void> | undefined =>
  members.keepers.find((keeper) => keeper !== members.owner)?.kill();

export const loseEndTxn = loseAnswers('EndTxn', 'the commit of a Kafka transaction (EndTxn)');
export const loseAddPartitions = loseAnswers(
  'AddPartitionsToTxn',
  'the start of a Kafka transaction (AddPartitionsToTxn)',
);
export const loseProduce = loseAnswers('Produce', 'records (Produce)');
export const loseFetch = loseAnswers('Fetch', 'reading (Fetch)');
export const loseInitProducerId = loseAnswers(
  'InitProducerId',
  'fencing (InitProducerId), after a commit that got lost',
  loseCommit,
);
export const loseJoinGroup = loseAnswers(
  'JoinGroup',
  'joining the group (JoinGroup), while the standby is killed',
  (arena) => Promise.resolve(restartStandby(arena)),
);

export const loseEvalsha: Nemesis = {
  does: `reading and writing of states (EVALSHA); ${KINDS_IN_WORDS}, each once`,
  async strike(arena) {
    let times = 0;
    for (const fault of shuffled(arena)) {
      const delayMs = arena.random.int(500, DELAY_MAX_MS);
      if (await inTime(arena.redis.proxy.once({ on: 'EVALSHA', fault, delayMs }))) times += 1;
      await arena.pulse.firstSince(Date.now(), HAPPENS_MAX_MS);
    }
    arena.redis.proxy.calm();
    return times;
  },
};

export const badNetwork: Nemesis = {
  does: `for 15 s any request of a Kafka transaction, of the group, or to Redis is lost with a chance of ${CHANCE * 100} %, in any of these ways`,
  async strike({ kafkaProxy, redis, random }) {
    const total = (): number => sum(kafkaProxy.counts) + sum(redis.proxy.counts);
    const before = total();
    const settings = { probability: CHANCE, faults: KINDS, delayMsMax: DELAY_MAX_MS };
    kafkaProxy.random({ ...settings, seed: random.int(0, 1_000_000), on: WRITING });
    redis.proxy.random({ ...settings, seed: random.int(0, 1_000_000), on: ['EVALSHA', 'GET', 'HGETALL'] });
    await delay(CHANCE_MS);
    kafkaProxy.calm();
    redis.proxy.calm();
    return total() - before;
  },
};

export const cutKafka: Nemesis = {
  does: 'no member reaches any broker, for up to 10 s; before that a single broker',
  async strike({ kafkaProxy, random }) {
    await kafkaProxy.partition(random.int(CUT_MIN_MS, CUT_MAX_MS), `kafka-${random.int(1, 3)}`);
    await kafkaProxy.partition(random.int(CUT_MIN_MS, CUT_MAX_MS));
    return 2;
  },
};

export const stallKafka: Nemesis = {
  does: 'the links to all brokers stay open and carry nothing, for up to 20 s; then everything arrives late',
  async strike({ kafkaProxy, random }) {
    kafkaProxy.stall();
    await delay(random.int(CUT_MIN_MS, 2 * CUT_MAX_MS));
    kafkaProxy.resume();
    return 1;
  },
};

export const cutRedis: Nemesis = {
  does: 'no member reaches Redis for up to 10 s: cut first, then open links that carry nothing',
  async strike({ redis: { proxy }, random }) {
    await proxy.partition(random.int(CUT_MIN_MS, CUT_MAX_MS));
    proxy.stall();
    await delay(random.int(CUT_MIN_MS, CUT_MAX_MS));
    proxy.resume();
    return 2;
  },
};

const WRITING = [
  ...(['Produce', 'EndTxn', 'AddPartitionsToTxn', 'OffsetCommit', 'InitProducerId'] as const),
  ...([
    'FindCoordinator',
    'Metadata',
    'OffsetFetch',
    'JoinGroup',
    'SyncGroup',
    'Heartbeat',
    'Fetch',
    'ListOffsets',
  ] as const),
];

function shuffled({ random }: Arena): FaultKind[] {
  const left = [...KINDS];
  return KINDS.map(() => left.splice(random.int(0, left.length - 1), 1)[0] ?? 'cut-answer');
}

const inTime = (happened: Promise<void>): Promise<boolean> =>
  Promise.race([happened.then(() => true), delay(HAPPENS_MAX_MS, false)]);

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, count) => all + count, 0);
