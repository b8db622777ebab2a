/**
 * What a pipeline stood on when it committed: cluster, topics and names in the rules. Compared when a task starts, so that a topic of the
 * same name that is not the same topic is refused instead of believed.
 */
import { z } from 'zod';
import type { OwnTopics } from '../../domain/own-topics.js';
import { DragomanError } from '../../errors.js';
import type { CommittedOffsets, Offsets, TopicNow } from '../ports.js';
import { topicName } from '../topic-name.js';
import { knownNames, type KnownNames } from './known-names.js';

const schema = z.object({
  v: z.literal(1),
  cluster: z.string(),
  topics: z.record(z.string(), z.tuple([z.string(), z.number()])),
  names: knownNames,
  qualifier: z.string().nullable(),
  /** Absent in what was written before there were any. */
  shards: z.int().min(1).default(1),
});

export interface Footprint {
  readonly cluster: string;
  /** Id and number of partitions by topic; empty where topics cannot be re-created. */
  readonly topics: ReadonlyMap<string, TopicNow>;
  /** See `names.ts`. */
  readonly names: KnownNames;
  /** Of the pipeline's aggregates (decision 0015); null: they have none. */
  readonly qualifier: string | null;
  /** How many the pipeline has: of one of them this is the footprint. */
  readonly shards: number;
}

/** The same footprint is the same text. */
export function encodeFootprint({ cluster, topics, names, qualifier, shards }: Footprint): string {
  const all = [...topics]
    .filter(([, { isCopy }]) => isCopy !== true)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([topic, { id, partitions }]) => [topic, [id, partitions]]);
  return JSON.stringify({ v: 1, cluster, topics: Object.fromEntries(all) as unknown, names, qualifier, shards });
}

/** @throws DragomanError PROGRESS_LOST */
export function decodeFootprint(text: string): Footprint {
  try {
    const { cluster, topics, names, qualifier, shards } = schema.parse(JSON.parse(text));
    return {
      cluster,
      topics: new Map(Object.entries(topics).map(([topic, [id, partitions]]) => [topic, { id, partitions }])),
      names,
      qualifier,
      shards,
    };
  } catch (cause) {
    throw new DragomanError(
      'PROGRESS_LOST',
      'The footprint in the progress topic was not written by this version of Dragoman.',
      {
        cause,
      },
    );
  }
}

/** Topics that are gone stay known, so that one that comes back is compared. */
export const withTopics = (
  { topics }: Pick<Footprint, 'topics'>,
  now: ReadonlyMap<string, TopicNow>,
): Footprint['topics'] => new Map([...topics, ...now]);

type Ground = Pick<Footprint, 'cluster' | 'topics'>;

/**
 * @param accepted topics that an operator vouches for: as they are now they are right.
 * @throws DragomanError CLUSTER_CHANGED, TOPIC_RECREATED, PARTITIONS_CHANGED
 */
export function checkFootprint(known: Ground, now: Ground, accepted: ReadonlySet<string>): void {
  if (known.cluster !== now.cluster) {
    throw new DragomanError(
      'CLUSTER_CHANGED',
      `The progress of this pipeline was committed on cluster ${known.cluster}; this is ${now.cluster}. Offsets mean nothing on another ` +
        'cluster: orders would be lost or repeated. Point kafka.brokers to the right cluster; a pipeline moves by state move-out and move-in (docs/moving.md).',
      { details: { known: known.cluster, now: now.cluster } },
    );
  }
  for (const [topic, { id, partitions, own, isCopy }] of now.topics) {
    const before = known.topics.get(topic);
    if (before === undefined || isCopy === true || accepted.has(topic)) continue; // a topic that is new to this pipeline
    if (before.id !== id) throw own === undefined ? recreated(topic) : ownRecreated(topic, own);
    if (own === undefined && before.partitions !== partitions) throw resized(topic, before.partitions, partitions);
  }
}

/** @throws DragomanError SHARDS_CHANGED */
export function checkShards({ shards: known }: Pick<Footprint, 'shards'>, now: number): void {
  if (known === now) return;
  throw new DragomanError(
    'SHARDS_CHANGED',
    `This pipeline decided with shards: ${known}, and the config says ${now}. Each shard remembers its own aggregates only: another one would decide ` +
      `without memory, and publish again what was published. Set pipelines.<pipeline>.shards back to ${known}; how their number is changed says ` +
      'docs/shards.md.',
    { details: { known, now } },
  );
}

/** Stands beside each offset that a task tells. */
export const toldWith = (commit: number): string => `commit ${commit}`;

/** Whether a task told an offset. */
const isTold = (metadata: string): boolean => /^commit \d+$/.test(metadata);

/**
 * @param known offsets that this pipeline committed.
 * @param committed those that its group has now. Ones that expired are no matter, nor are those that it told itself: these may be older.
 * @throws DragomanError OFFSETS_MOVED
 */
export function checkCommitted(known: Offsets, committed: CommittedOffsets, accepted: ReadonlySet<string>): void {
  for (const [partition, { offset, metadata }] of committed) {
    const before = known.get(partition);
    if (before === undefined || before === offset || isTold(metadata) || accepted.has(topicName(partition))) continue;
    throw offsetsMoved(partition, before, offset);
  }
}

const accepting = (topic: string): string => `start once with \`dragoman run --accept-topics ${topic}\``;

const recreated = (topic: string): DragomanError =>
  new DragomanError(
    'TOPIC_RECREATED',
    `Topic ${topic} was deleted and made again since this pipeline last committed: what was in it is gone, and offsets in it mean ` +
      'nothing. If it was restored with its records at their old offsets, or if it is a contract topic that may begin anew, ' +
      `${accepting(topic)}. Otherwise take a new snapshot and start a new namespace.`,
    { details: { topic } },
  );

const GONE_WITH = {
  state: 'what was remembered of orders',
  journal: 'the history of decisions',
  progress: 'how far everything was done',
};

/** Their partitions are compared with the ends that were committed. */
const ownRecreated = (topic: string, own: keyof OwnTopics): DragomanError =>
  new DragomanError(
    'TOPIC_RECREATED',
    `The ${own} topic of this pipeline, ${topic}, was deleted and made again since it last committed: ${GONE_WITH[own]} is gone with it, and going on ` +
      `could repeat what was published. Restore it with its records at their old offsets, and ${accepting(topic)}. Otherwise start a new ` +
      'namespace on purpose, after a new snapshot.',
    { details: { topic, kind: own } },
  );

const resized = (topic: string, known: number, now: number): DragomanError =>
  new DragomanError(
    'PARTITIONS_CHANGED',
    `Topic ${topic} had ${known} partitions and has ${now}: orders have moved to other partitions, ` +
      'so what came before and what comes after may be read in the wrong order. For a contract topic, let every consumer read all that ' +
      `is there, then ${accepting(topic)}. For a table topic the same is right when no snapshot was under way.`,
    { details: { topic } },
  );

const offsetsMoved = (partition: string, known: number, committed: number): DragomanError =>
  new DragomanError(
    'OFFSETS_MOVED',
    `The group's committed offset of ${partition} is ${committed}; this pipeline committed ${known}: a tool moved it. It is not followed, because ` +
      'orders would be lost or read again, and nothing is published before somebody has looked. Set it back to what the pipeline ' +
      `committed, or ${accepting(topicName(partition))}: then the pipeline goes on where it was, at ${known}.`,
    { details: { partition, known, committed } },
  );
