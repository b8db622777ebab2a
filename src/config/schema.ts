/**
 * The one schema of the configuration. Names end in their unit (`Ms`, `Bytes`, `Max` of a counted thing); a section that is left
 * out has its defaults; unknown keys are refused. Pairs of values that are each legal but unsafe together: `unsafe-pairs.ts`.
 */
import { z } from 'zod';
import { connectKeys } from './keys/connect.js';
import { httpKeys } from './keys/http.js';
import { DAY_MS, key, MEBIBYTE, whole } from './keys/key.js';
import { kafkaKeys } from './keys/kafka.js';
import { pipelineKeys } from './keys/pipelines.js';
import { reconcileKeys } from './keys/reconcile.js';
import { redisKeys } from './keys/redis.js';
import { contractKeys, registryKeys } from './keys/registry.js';
import { telemetryKeys } from './keys/telemetry.js';

const eventKeys = z
  .strictObject({
    source: key(
      z.string().min(1).max(200).regex(/^\S+$/, 'expected a URI').default('urn:dragoman'),
      'CloudEvents `source` of every event: one URI for each environment.',
    ),
    typePrefix: key(
      z
        .string()
        .max(100)
        .regex(/^([a-z0-9-]+(\.[a-z0-9-]+)*)?$/, 'expected a reversed domain name such as com.example.orders')
        .default(''),
      'Goes before the contract name in CloudEvents `type`, as a reversed domain name.',
    ),
  })
  .prefault({});

const limitKeys = z
  .strictObject({
    transactionRowsMax: key(
      whole(1000, 5_000_000).default(250_000),
      'Rows of one open source transaction; beyond it the pipeline stops, nothing is released half.',
    ),
    heldRowsMax: key(
      whole(1000, 5_000_000).default(100_000),
      'Rows held, of open transactions and of snapshots that wait for them; beyond it partitions that run ahead are paused.',
    ),
    queuedBytesMax: key(
      whole(MEBIBYTE, 1024 * MEBIBYTE).default(16 * MEBIBYTE),
      'Bytes fetched and not yet decoded, of all partitions together.',
    ),
    batchTransactionsMax: key(whole(1, 10_000).default(500), 'Source transactions in one Kafka transaction.'),
    batchRowsMax: key(
      whole(1, 100_000).default(2500),
      'Rows in one Kafka transaction; a bigger source transaction has one, or several, of its own.',
    ),
    batchChangeSetsMax: key(
      whole(1, 10_000).default(1000),
      'Change sets in one Kafka transaction; a bigger source transaction is committed in several.',
    ),
    handoverWaitMs: key(
      whole(1_000, 3_600_000).default(60_000),
      'A service that was asked to hand a route over has so long to answer; then an alarm tells of it, and an operator may take the route.',
    ),
    cacheBytesMax: key(
      whole(MEBIBYTE, 4096 * MEBIBYTE)
        .nullable()
        .default(null),
      'Aggregate states that each pipeline, or each shard of it, keeps in memory. By default all together have an eighth of the memory that ' +
        'the process may use (its cgroup), and each of them at least 16 MiB; 64 MiB where no limit is set.',
      { defaultText: 'by the memory limit' },
    ),
  })
  .prefault({});

const REPLICATION = 'Replicas of each partition; -1 takes the default of the broker.';
const replicas = (): z.ZodDefault<z.ZodNumber> =>
  whole(-1, 16)
    .refine((count) => count !== 0, 'expected -1 (default of the broker) or at least 1')
    .default(-1);

const journalKeys = z
  .strictObject({
    partitions: key(whole(1, 256).default(6), 'Partitions of the journal, and of the state; fixed once they exist.'),
    retentionMs: key(
      whole(60_000, 3650 * DAY_MS).default(30 * DAY_MS),
      'How long every decision is kept, and with it the history of each aggregate.',
    ),
    replicationFactor: key(replicas(), REPLICATION),
  })
  .prefault({});

const topicKeys = z
  .strictObject({
    partitions: key(whole(1, 1024).default(6), 'Partitions of contract topics that `dragoman topics` creates.'),
    replicationFactor: key(replicas(), REPLICATION),
  })
  .prefault({});

const audienceKeys = key(
  z
    .array(z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/, 'expected the name of a topic'))
    .max(100)
    .default([]),
  'Topics of one consumer each, into which events may be published once more for it alone (docs/repairing.md): none that a contract, a source ' +
    'or Dragoman itself has. `dragoman topics` makes them.',
);

const commitKeys = z
  .strictObject({
    lingerMs: key(
      whole(0, 10_000).default(0),
      'Wait up to this long for more source transactions before a commit that is not full: fewer and larger commits, which cost less for each row, and later events. No command and no end of the process waits for it.',
    ),
  })
  .prefault({});

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const logKeys = z
  .strictObject({
    level: key(z.enum(LOG_LEVELS).default('info'), 'Least severe level that is written.'),
    format: key(z.enum(['json', 'pretty']).default('json'), '`json` for machines, `pretty` for people.'),
  })
  .prefault({});

export const configSchema = z.strictObject({
  namespace: key(
    z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'expected up to 40 lower-case letters, digits and hyphens')
      .default('dragoman'),
    'Names the consumer group, transactional ids, internal topics (`<namespace>.<pipeline>.state`, `.journal` and `.progress`, `<namespace>.dead-letters`, `<namespace>.commands`) and Redis keys.',
  ),
  sourceSystem: key(
    z.string().min(1).max(100).default('legacy'),
    'Name of the legacy system, published in every event.',
  ),
  rules: key(
    z.string().min(1).default('rules'),
    'Folder of the rules; a relative path starts at the folder of the config file.',
  ),
  event: eventKeys,
  pipelines: pipelineKeys,
  kafka: kafkaKeys,
  redis: redisKeys,
  connect: connectKeys,
  registry: registryKeys,
  contracts: contractKeys,
  reconcile: reconcileKeys,
  audiences: audienceKeys,
  limits: limitKeys,
  commit: commitKeys,
  journal: journalKeys,
  topics: topicKeys,
  http: httpKeys,
  telemetry: telemetryKeys,
  log: logKeys,
});

type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** The whole configuration, valid and complete: every default is filled in. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
export type KafkaConfig = Config['kafka'];
export type RedisConfig = Config['redis'];
export type RegistryConfig = Config['registry'];
export type PipelineConfig = Config['pipelines'][string];
export type SourceConfig = PipelineConfig['sources'][number];
export type LimitsConfig = Config['limits'];
