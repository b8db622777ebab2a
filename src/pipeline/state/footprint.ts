/**
 * What a pipeline stood on when it committed: cluster, topics and offsets, in a form that fits into the progress. Compared when a task
 * starts, so that a topic of the same name that is not the same topic, or an offset that somebody moved, is refused instead of believed.
 *
 *   topics = name:id:partitions:offsets,...     name and offsets as 32-bit hashes, the first 6 characters of the id, base 36
 *
 * About 25 characters a topic. What is not known is empty, and not compared.
 */
import { DragomanError } from '../../errors.js';
import type { Offsets, TopicNow } from '../ports.js';
import { topicName } from '../topic-name.js';
import { hash as hashed } from './hash.js';

export interface Footprint {
  readonly cluster: string;
  readonly topics: string;
}

/** How things are now. */
export interface Footing {
  readonly cluster: string;
  /** By topic; empty where topics cannot be re-created. */
  readonly topics: ReadonlyMap<string, TopicNow>;
  readonly offsets: Offsets;
}

const ID_CHARS = 6;

/** Made once for each start, called for each commit. */
export function footprints({ cluster, topics }: Omit<Footing, 'offsets'>): (offsets: Offsets) => Footprint {
  const fixed = new Map([...topics].map(([topic, now]) => [topic, fixedPart(topic, now)]));
  return (offsets) => {
    const moved = offsetHashes(offsets);
    const names = [...new Set([...fixed.keys(), ...moved.keys()])];
    const parts = names.map((topic) => `${fixed.get(topic) ?? fixedPart(topic, null)}:${moved.get(topic) ?? ''}`);
    return { cluster, topics: parts.join(',') };
  };
}

const hash = (text: string): string => hashed(text).toString(36);

const fixedPart = (topic: string, now: TopicNow | null): string =>
  `${hash(topic)}:${now?.id.slice(0, ID_CHARS) ?? ''}:${now?.partitions.toString(36) ?? ''}`;

/** By topic: one number for the offsets of all its partitions. */
function offsetHashes(offsets: Offsets): Map<string, string> {
  const texts = new Map<string, string[]>();
  for (const [partition, offset] of offsets) {
    const topic = topicName(partition);
    const text = `${partition}=${offset}`;
    const list = texts.get(topic);
    if (list === undefined) texts.set(topic, [text]);
    else list.push(text);
  }
  return new Map([...texts].map(([topic, list]) => [topic, hash(list.sort().join())]));
}

/**
 * @param accepted topics that an operator vouches for: as they are now they are right, with their offsets.
 * @throws DragomanError CLUSTER_CHANGED, TOPIC_RECREATED, PARTITIONS_CHANGED, OFFSETS_LOST
 */
export function checkFootprint(known: Footprint, now: Footing, accepted: ReadonlySet<string>): void {
  if (known.cluster !== now.cluster) {
    throw new DragomanError(
      'CLUSTER_CHANGED',
      `The offsets of this pipeline were committed on cluster ${known.cluster}; this is ${now.cluster}. Offsets mean nothing on another ` +
        'cluster: orders would be lost or repeated. Point kafka.brokers to the right cluster, or start a new namespace after a new snapshot.',
      { details: { known: known.cluster, now: now.cluster } },
    );
  }
  const before = new Map(known.topics.split(',').map((text) => [text.slice(0, text.indexOf(':')), text.split(':')]));
  const offsets = offsetHashes(now.offsets);
  for (const topic of new Set([...now.topics.keys(), ...offsets.keys()])) {
    const [, id, partitions, moved] = before.get(hash(topic)) ?? [];
    if (id === undefined || accepted.has(topic)) continue; // a topic that is new to this pipeline
    const [, idNow, partitionsNow] = fixedPart(topic, now.topics.get(topic) ?? null).split(':');
    if (differs(id, idNow)) throw recreated(topic);
    if (differs(partitions, partitionsNow)) throw resized(topic, partitions, partitionsNow);
    if (moved !== '' && moved !== offsets.get(topic)) throw offsetsMoved(topic);
  }
}

const differs = (known: string | undefined, now: string | undefined): boolean =>
  known !== undefined && known !== '' && now !== undefined && now !== '' && known !== now;

const accepting = (topic: string): string => `start once with \`dragoman run --accept-topics ${topic}\``;

const recreated = (topic: string): DragomanError =>
  new DragomanError(
    'TOPIC_RECREATED',
    `Topic ${topic} was deleted and made again since this pipeline last committed: what was in it is gone, and offsets in it mean ` +
      'nothing. If it was restored with its records at their old offsets, or if it is a contract topic that may begin anew, ' +
      `${accepting(topic)}. Otherwise take a new snapshot and start a new namespace.`,
    { details: { topic } },
  );

const resized = (topic: string, known: string | undefined, now: string | undefined): DragomanError =>
  new DragomanError(
    'PARTITIONS_CHANGED',
    `Topic ${topic} had ${parseInt(known ?? '', 36)} partitions and has ${parseInt(now ?? '', 36)}: orders have moved to other partitions, ` +
      'so what came before and what comes after may be read in the wrong order. For a contract topic, let every consumer read all that ' +
      `is there, then ${accepting(topic)}. For a table topic the same is right when no snapshot was under way.`,
    { details: { topic } },
  );

const offsetsMoved = (topic: string): DragomanError =>
  new DragomanError(
    'OFFSETS_LOST',
    `The committed offsets of ${topic} are not those that this pipeline committed: a tool moved them, or they expired in part. Going on would ` +
      'lose orders, or hold the source. Set them back, or start a new namespace after a new snapshot. If they were moved on purpose, ' +
      `${accepting(topic)}.`,
    { details: { topic } },
  );
