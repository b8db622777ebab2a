/**
 * What a pipeline stands on in Kafka: which topics these are, how near to being deleted the oldest record that is still needed is, and
 * settings that would lose records. Asked at start and then each minute; what may not be asked (ACL) is left out.
 */
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import type { Ground, Offsets, Retention, TopicNow, UnsafeTopic } from '../../../pipeline/ports.js';
import { asking, isForbidden } from '../failure.js';
import { byTopic, partitionName } from '../names.js';
import { describeTopics } from './described-topics.js';
import { findings, isWritten, missing, type TopicPlan } from './topics.js';

export interface GroundSettings {
  /** Every topic that is read or written. */
  readonly topics: readonly string[];
  /** The same with what they must be like. */
  readonly plans: readonly TopicPlan[];
}

export class KafkaGround implements Ground {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #settings: GroundSettings;

  constructor(kafka: Kafka, admin: Admin, settings: GroundSettings) {
    this.#kafka = kafka;
    this.#admin = admin;
    this.#settings = settings;
  }

  async topics(): Promise<Map<string, TopicNow>> {
    const described = await describeTopics(this.#kafka, this.#settings.topics);
    return new Map(
      [...described].map(([topic, { id, partitions }]) => [topic, this.#now(topic, id, partitions.length)]),
    );
  }

  #now(topic: string, id: string, partitions: number): TopicNow {
    const kind = this.#settings.plans.find((plan) => plan.topic === topic)?.kind;
    if (kind === 'ownership') return { id, partitions, isCopy: true };
    return kind === 'state' || kind === 'journal' || kind === 'progress'
      ? { id, partitions, own: kind }
      : { id, partitions };
  }

  async unsafe(): Promise<UnsafeTopic[]> {
    const { plans } = this.#settings;
    const now = await this.topics();
    const settings = await topicSettings(this.#admin, [...now.keys()]);
    return plans.flatMap((plan) => {
      const partitions = now.get(plan.topic)?.partitions;
      if (partitions === undefined && isWritten(plan)) return [missing(plan)];
      const known = settings.get(plan.topic);
      return partitions === undefined || known === undefined ? [] : findings(plan, { partitions, settings: known });
    });
  }

  async retention(needed: Offsets): Promise<Retention[]> {
    const topics = byTopic(needed.keys()).map(({ topic }) => topic);
    const settings = await topicSettings(this.#admin, topics);
    return Promise.all(topics.map((topic) => retentionOf(this.#admin, topic, needed, settings.get(topic))));
  }
}

type TopicSettings = ReadonlyMap<string, string>;

/** By topic; without those that may not be asked. */
export async function topicSettings(admin: Admin, topics: readonly string[]): Promise<Map<string, TopicSettings>> {
  if (topics.length === 0) return new Map();
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    });
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  } catch (cause) {
    if (isForbidden(cause)) return new Map();
    return asking('Settings of topics cannot be read', () => Promise.reject(cause as Error));
  }
}

interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly needed: number;
}

/** Of one topic: of its partition that is worst off. */
export async function retentionOf(
  admin: Pick<Admin, 'fetchTopicOffsets' | 'fetchTopicOffsetsByTimestamp'>,
  topic: string,
  needed: Offsets,
  settings: TopicSettings | undefined,
): Promise<Retention> {
  const answers = await asking('The ends of a topic cannot be read', () => admin.fetchTopicOffsets(topic));
  const waiting = new Map<number, Bounds>();
  for (const { partition, low, high } of answers) {
    const offset = needed.get(partitionName(topic, partition));
    if (offset === undefined || offset >= Number(high)) continue;
    waiting.set(partition, { low: Number(low), high: Number(high), needed: offset });
  }
  const recordsLeft = Math.min(...[...waiting.values()].map((bounds) => Math.max(0, bounds.needed - bounds.low)));
  if (waiting.size === 0) return { topic, used: 0, secondsLeft: null, recordsLeft: null };
  const bySize = Number(settings?.get('retention.bytes') ?? -1) > 0 ? sizeUsed([...waiting.values()]) : 0;
  const retentionMs = deletes(settings) ? Number(settings?.get('retention.ms') ?? -1) : -1;
  if (retentionMs <= 0) return { topic, used: bySize, secondsLeft: null, recordsLeft };
  const byTime = await timeUsed(retentionMs, (timeMs) => isOlder(admin, topic, waiting, timeMs));
  return { topic, used: Math.max(bySize, byTime), secondsLeft: ((1 - byTime) * retentionMs) / 1_000, recordsLeft };
}

const deletes = (settings: TopicSettings | undefined): boolean =>
  (settings?.get('cleanup.policy') ?? 'delete').includes('delete');

/**
 * Bytes of single records are not known to clients. Once the log has been cut it is as long as it may be, and the part of it that is
 * still needed is the part of the limit that is used.
 */
export const sizeUsed = (partitions: readonly Bounds[]): number =>
  Math.max(0, ...partitions.map(({ low, high, needed }) => (low === 0 ? 0 : (high - needed) / (high - low))));

/** Upper ends of what is told; the next is asked for only when something is older than the last. */
const SHARES = [1 / 64, 1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 7 / 8] as const;

/** The least of {@link SHARES} of the retention time than which no needed record is older; 1 when one is older than all. */
export async function timeUsed(
  retentionMs: number,
  isOlderThan: (timeMs: number) => Promise<boolean>,
  nowMs: number = Date.now(),
): Promise<number> {
  for (const share of SHARES) if (!(await isOlderThan(nowMs - share * retentionMs))) return share;
  return 1;
}

/** Whether a partition still needs a record from before `timeMs`. */
async function isOlder(
  admin: Pick<Admin, 'fetchTopicOffsetsByTimestamp'>,
  topic: string,
  waiting: ReadonlyMap<number, Bounds>,
  timeMs: number,
): Promise<boolean> {
  const firsts = await asking('Offsets by time cannot be read', () =>
    admin.fetchTopicOffsetsByTimestamp(topic, Math.floor(timeMs)),
  );
  return firsts.some(({ partition, offset }) => Number(offset) > (waiting.get(partition)?.needed ?? Infinity));
}
