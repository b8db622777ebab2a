/** Topics that a deployment needs: what they must be like, what is there, and creating what is missing. */
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import { JOURNAL_RECORD_BYTES_MAX, RECORD_BYTES_MAX, RECORD_BYTES_MIN } from '../../../domain/record-size.js';
import { DragomanError, type ErrorCode } from '../../../errors.js';
import { READABLE_COMPRESSION } from '../codecs/codecs.js';
import { asking, typeOf } from '../failure.js';

export interface TopicPlan {
  readonly topic: string;
  readonly kind: 'journal' | 'contract' | 'internal' | 'transactions' | 'table';
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Set when the topic is created. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface TopicFinding {
  readonly topic: string;
  readonly code: ErrorCode;
  readonly text: string;
}

export const RECORD_BYTES = 'max.message.bytes';

/** Compacted, but young: every decision is kept for `minCompactionLagMs`, after that the last state of each aggregate. */
export const journalSettings = (minCompactionLagMs: number): Record<string, string> => ({
  'cleanup.policy': 'compact',
  'min.compaction.lag.ms': String(minCompactionLagMs),
  [RECORD_BYTES]: String(JOURNAL_RECORD_BYTES_MAX),
  'unclean.leader.election.enable': 'false',
});

export const KEPT_SETTINGS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': String(30 * 24 * 3_600_000),
  [RECORD_BYTES]: String(RECORD_BYTES_MAX),
  'unclean.leader.election.enable': 'false',
};

/** How long events are kept is for those who agreed on the contract. */
export const CONTRACT_SETTINGS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  [RECORD_BYTES]: String(RECORD_BYTES_MAX),
};

/** Creates those of `plans` that do not exist. @returns their names. */
export async function createMissing(admin: Admin, plans: readonly TopicPlan[]): Promise<string[]> {
  return asking('Topics cannot be created', async () => {
    const there = new Set(await admin.listTopics());
    const missing = plans.filter(({ topic }) => !there.has(topic));
    if (missing.length === 0) return [];
    await createTopics(
      admin,
      missing.map(({ topic, partitions, replicationFactor, settings }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor,
        configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
      })),
    );
    return missing.map(({ topic }) => topic);
  });
}

/** What brokers answer about a topic that the controller has made and they do not know, or do not lead, yet. */
const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']);
const SEEN_MAX_MS = 30_000;
const SEEN_PAUSE_MS = 100;

/**
 * Creates topics. @returns when all their partitions have leaders that say so: metadata may name one a moment before it leads. kafkajs's own
 * waiting fails where a broker does not know the topic yet.
 */
export async function createTopics(
  admin: Pick<Admin, 'createTopics' | 'fetchTopicMetadata' | 'fetchTopicOffsets'>,
  topics: ITopicConfig[],
): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics });
  const names = topics.map(({ topic }) => topic);
  for (const started = performance.now(); ; await delay(SEEN_PAUSE_MS)) {
    try {
      const { topics: there } = await admin.fetchTopicMetadata({ topics: names });
      if (there.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0))) {
        for (const name of names) await admin.fetchTopicOffsets(name);
        return;
      }
    } catch (error) {
      if (!NOT_YET.has(typeOf(error) ?? '')) throw error;
    }
    if (performance.now() - started > SEEN_MAX_MS)
      throw new DragomanError('KAFKA_UNAVAILABLE', `Topics were created and have no leaders yet: ${names.join(', ')}.`);
  }
}

/** Everything that would break a guarantee, all topics at once. */
export async function verifyTopics(admin: Admin, plans: readonly TopicPlan[]): Promise<TopicFinding[]> {
  const facts = await topicFacts(admin, plans);
  return plans.flatMap((plan) => findings(plan, facts.get(plan.topic)));
}

export interface TopicFacts {
  readonly partitions: number;
  readonly settings: ReadonlyMap<string, string>;
}

async function topicFacts(admin: Admin, plans: readonly TopicPlan[]): Promise<Map<string, TopicFacts>> {
  return asking('Topics cannot be looked at', async () => {
    const there = new Set(await admin.listTopics());
    const names = plans.map(({ topic }) => topic).filter((topic) => there.has(topic));
    if (names.length === 0) return new Map<string, TopicFacts>();
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    });
    const settings = new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
    return new Map(
      topics.map(({ name, partitions }) => [
        name,
        { partitions: partitions.length, settings: settings.get(name) ?? new Map() },
      ]),
    );
  });
}

/** Pure. */
export function findings(plan: TopicPlan, facts: TopicFacts | undefined): TopicFinding[] {
  const { topic, kind } = plan;
  if (facts === undefined) return [missing(plan)];
  const found: TopicFinding[] = [];
  const wrong = (text: string): void =>
    void found.push({ topic, code: 'TOPIC_MISCONFIGURED', text: `Topic ${topic} ${text}` });
  const policy = facts.settings.get('cleanup.policy') ?? 'delete';
  if (kind === 'journal' && policy !== 'compact') {
    wrong(
      `has cleanup.policy=${policy}: states would expire, and with them the memory of what was published. Set it to compact.`,
    );
  }
  if (kind === 'journal' && facts.partitions !== plan.partitions) {
    wrong(
      `has ${facts.partitions} partitions, the config says ${plan.partitions}; set journal.partitions to what is there.`,
    );
  }
  const recordBytes = Number(facts.settings.get(RECORD_BYTES) ?? RECORD_BYTES_MAX);
  if (WRITTEN.includes(kind) && recordBytes < RECORD_BYTES_MIN) {
    wrong(
      `has ${RECORD_BYTES}=${recordBytes}: not even the word of an order that is too large would fit. Set it to ` +
        `${plan.settings[RECORD_BYTES] ?? RECORD_BYTES_MAX}; ${RECORD_BYTES_MIN} is the least.`,
    );
  }
  const compression = facts.settings.get('compression.type') ?? 'producer';
  if (kind !== 'contract' && !READABLE_COMPRESSION.includes(compression)) {
    wrong(
      `has compression.type=${compression}, which cannot be read here; set it to one of ${READABLE_COMPRESSION.join(', ')}, and see that ` +
        'no batch of it is left.',
    );
  }
  if (kind === 'contract' && policy.includes('compact')) {
    wrong(`has cleanup.policy=${policy}: events of one order would overwrite each other. Set it to delete.`);
  }
  if (kind === 'transactions' && facts.partitions !== 1) {
    wrong(`has ${facts.partitions} partitions; only with one is it in commit order. Re-create it with one partition.`);
  }
  if (['table', 'transactions'].includes(kind) && policy.includes('compact')) {
    wrong(
      `has cleanup.policy=${policy}: compaction removes rows that belong to transactions not read yet. Set it to delete.`,
    );
  }
  return found;
}

const WRITTEN: readonly TopicPlan['kind'][] = ['journal', 'contract', 'internal'];

function missing({ topic, kind }: TopicPlan): TopicFinding {
  switch (kind) {
    case 'transactions':
      return {
        topic,
        code: 'TRANSACTION_TOPIC_MISSING',
        text:
          `Topic ${topic} does not exist. The connector writes it with provide.transaction.metadata=true, from its first streamed ` +
          `transaction on; \`dragoman topics --sources\` creates it before.`,
      };
    case 'table':
      return {
        topic,
        code: 'TOPIC_MISSING',
        text:
          `Topic ${topic} does not exist. Either the connector does not capture the table, or it has had no row yet; ` +
          `\`dragoman topics --sources\` creates it before the first row.`,
      };
    case 'journal':
    case 'contract':
    case 'internal':
      return { topic, code: 'TOPIC_MISSING', text: `Topic ${topic} does not exist; \`dragoman topics\` creates it.` };
  }
}

/** @throws DragomanError with the code of the first finding and the texts of all. */
export function refuseOn(found: readonly TopicFinding[]): void {
  const [first] = found;
  if (first === undefined) return;
  throw new DragomanError(first.code, found.map(({ text }) => text).join('\n'), { details: { findings: found } });
}
