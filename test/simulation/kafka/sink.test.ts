/** The real sink over the fake cluster keeps what it promises over a real one (`test/integration/ports.test.ts` runs the same suite). */
import { loadConfig } from '../../../src/config/load.js';
import { KafkaSink } from '../../../src/adapters/kafka/write/sink.js';
import { sinkPromises } from '../../contract/sink.js';
import { choices } from '../../support/choices.js';
import type { Link } from './broker.js';
import { simulatedKafka } from './client.js';
import { Cluster } from './cluster.js';

const { config } = loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false });

/** Every request arrives and is answered, at once. */
const link: Link = { call: (_name, effect) => Promise.resolve().then(effect) };
const surroundings = {
  nowMs: 0,
  random: choices(1),
  after: (delayMs: number, run: () => void) => setTimeout(run, delayMs).unref(),
};

const OWN = { state: 'state', journal: 'journal', progress: 'progress' } as const;

sinkPromises(async () => {
  const cluster = new Cluster(surroundings);
  cluster.createTopic('events', 1);
  cluster.createTopic('in', 1);
  cluster.createTopic(OWN.progress, 1);
  for (const topic of [OWN.state, OWN.journal]) cluster.createTopic(topic, 3);
  const kafka = simulatedKafka(cluster, link, { name: 'test', config: config.kafka });
  const admin = kafka.admin();
  await admin.connect();
  const settings = {
    groupId: 'group',
    transactionalId: 'group.p',
    own: OWN,
    others: ['events'],
    inputPartitions: ['in/0'],
    transactionTimeoutMs: 60_000,
  };
  return {
    writer: () => new KafkaSink(kafka, admin, settings),
    visible: () => Promise.resolve(cluster.committed('events/0').map(({ value }) => value ?? '')),
    topics: { ...OWN, events: 'events' },
    input: 'in/0',
    unwritable: 'missing',
  };
});
