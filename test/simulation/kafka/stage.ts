/** The fake cluster for tests in real time: requests arrive, and answers of fetches may be late. */
import { loadConfig } from '../../../src/config/load.js';
import { choices } from '../../support/choices.js';
import type { Link } from './broker.js';
import { simulatedKafka } from './client.js';
import { Cluster, type ClusterFaults, NO_FAULTS } from './cluster.js';
import type { AnsweredPartition } from './wire.js';

const { config } = loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false });

export interface Stage {
  readonly cluster: Cluster;
  readonly kafka: ReturnType<typeof simulatedKafka>;
  /** Called before each fetch takes effect. */
  onFetch: () => void;
  /** Requests that no broker takes. */
  fails: (name: string) => boolean;
  /** May damage the record batches of an answer. */
  onBatches: (bytes: Buffer) => void;
  /** How long the answer of a broker is on its way. */
  answerMs: (connection: string) => number;
}

export function stage(faults: Partial<ClusterFaults> = {}, seed = 1): Stage {
  const surroundings = {
    nowMs: 0,
    random: choices(seed),
    after: (ms: number, run: () => void) => setTimeout(run, ms).unref(),
  };
  const cluster = new Cluster(surroundings, { ...NO_FAULTS, ...faults });
  const link: Link = {
    call: async (name, effect, { connection = '' }) => {
      await Promise.resolve();
      if (made.fails(name)) throw new Error('no answer');
      if (name !== 'kafka.fetch') return effect();
      made.onFetch();
      const answer = effect();
      for (const { batches } of answer as unknown as readonly AnsweredPartition[]) made.onBatches(batches);
      await new Promise((resolve) => setTimeout(resolve, made.answerMs(connection)));
      return answer;
    },
  };
  const made: Stage = {
    cluster,
    kafka: simulatedKafka(cluster, link, { name: 'test', config: config.kafka }),
    onFetch: () => undefined,
    fails: () => false,
    onBatches: () => undefined,
    answerMs: () => 0,
  };
  return made;
}
