/** Topics that a deployment needs: what they must be like, what is there, and creating what is missing. */
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import { OWN_RECORD_BYTES_MAX, RECORD_BYTES_MAX, RECORD_BYTES_MIN } from '../../../domain/record-size.js';
import { DragomanError, type ErrorCode } from '../../../errors.js';
import { READABLE_COMPRESSION } from '../codecs/codecs.js';
import { asking, typeOf } from '../failure.js';

export interface TopicPlan {
  readonly topic: string;
  readonly kind:
    'state' | 'journal' | 'progress' | 'contract' | 'trial' | 'ownership' | 'internal' | 'transactions' | 'table';
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Set when the topic is created. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of a topic that is keyed by aggregate: how many shards each pipeline has that writes to it. */
  readonly shards?: ReadonlyMap<string, number>;
}

export interface TopicFinding {
  readonly topic: string;
  readonly code: ErrorCode;
  readonly text: string;
}

export const RECORD_BYTES = 'max.message.bytes';

const DAY_MS = 24 * 3_600_000;

/**
 * How long the state topic keeps what says that something is gone. A store that was away for longer than half of it would not be told, and is
 * restored whole.
 */
export const TOMBSTONES_MS = 30 * DAY_MS;

/** Times are the brokers': the clocks of members say nothing about what is old. */
const OWN_SETTINGS = {
  'message.timestamp.type': 'LogAppendTime',
  [RECORD_BYTES]: String(OWN_RECORD_BYTES_MAX),
  'unclean.leader.election.enable': 'false',
} as const;

/** The newest record of each cell, and what is gone for so long that every store knows. */
export const STATE_SETTINGS: Readonly<Record<string, string>> = {
  ...OWN_SETTINGS,
  'cleanup.policy': 'compact',
  'min.compaction.lag.ms': '0',
  'max.compaction.lag.ms': String(7 * DAY_MS),
  'delete.retention.ms': String(TOMBSTONES_MS),
};

/** Every decision, for so long. */
export const journalSettings = (retentionMs: number): Record<string, string> => ({
  ...OWN_SETTINGS,
  'cleanup.policy': 'delete',
  'retention.ms': String(retentionMs),
  'retention.bytes': '-1',
});

/** Two keys, one of them written with every commit: small segments that are compacted soon, so that the other one is never far. */
export const PROGRESS_SETTINGS: Readonly<Record<string, string>> = {
  ...OWN_SETTINGS,
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0.01',
  'segment.bytes': String(16 * 1024 * 1024),
  'segment.ms': String(10 * 60_000),
};

export const KEPT_SETTINGS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': String(30 * DAY_MS),
  [RECORD_BYTES]: String(RECORD_BYTES_MAX),
  'unclean.leader.election.enable': 'false',
};

/** The newest of each route, for as long as it has services that ask. */
export const OWNERSHIP_SETTINGS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'compact',
  [RECORD_BYTES]: String(RECORD_BYTES_MAX),
  'unclean.leader.election.enable': 'false',
};

/** How long events are kept is for those who agreed on the contract. */
export const CONTRACT_SETTINGS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  [RECORD_BYTES]: String(RECORD_BYTES_MAX),
};

/** Creates those of `plans` that do not exist. @returns their names. @throws DragomanError SHARDS_DO_NOT_DIVIDE */
export async function createMissing(admin: Admin, plans: readonly TopicPlan[]): Promise<string[]> {
  return asking('Topics cannot be created', async () => {
    const there = new Set(await admin.listTopics());
    const missing = plans.filter(({ topic }) => !there.has(topic));
    if (missing.length === 0) return [];
    refuseOn(missing.flatMap((plan) => undivided(plan, plan.partitions)));
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
  return (await lookAtTopics(admin, plans)).findings;
}

export interface TopicsSeen {
  readonly findings: TopicFinding[];
  readonly notices: string[];
}

export async function lookAtTopics(admin: Admin, plans: readonly TopicPlan[]): Promise<TopicsSeen> {
  const facts = await topicFacts(admin, plans);
  return {
    findings: plans.flatMap((plan) => findings(plan, facts.get(plan.topic))),
    notices: plans.flatMap((plan) => notices(plan, facts.get(plan.topic))),
  };
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
  const { topic } = plan;
  if (facts === undefined) return [missing(plan)];
  const misconfigured = [...unfit(plan, facts), ...unfitForAll(plan, facts)].map((text): TopicFinding => ({
    topic,
    code: 'TOPIC_MISCONFIGURED',
    text: `Topic ${topic} ${text}`,
  }));
  return [...misconfigured, ...undivided(plan, facts.partitions), ...otherShards(plan, facts.partitions)];
}

/** Each partition has one writer when it belongs to one shard. */
function undivided({ topic, shards = new Map() }: TopicPlan, partitions: number): TopicFinding[] {
  return [...shards]
    .filter(([, count]) => partitions % count !== 0)
    .map(([pipeline, count]) => ({
      topic,
      code: 'SHARDS_DO_NOT_DIVIDE',
      text:
        `Topic ${topic} has ${partitions} partitions, or would be created with as many, and pipeline ${pipeline} has ${count} shards, which do not ` +
        "divide them: orders of two shards would share a partition, and their order would be anybody's. Choose a number of shards that divides " +
        'the partitions (journal.partitions, topics.partitions and what is there), before anything is published.',
    }));
}

/** The partitions of a progress are the shards of its pipeline. */
function otherShards({ topic, kind, partitions: shards }: TopicPlan, partitions: number): TopicFinding[] {
  if (kind !== 'progress' || partitions === shards) return [];
  return [
    {
      topic,
      code: 'SHARDS_CHANGED',
      text:
        `Topic ${topic} has ${partitions} partitions, one for each shard of its pipeline, and the config says shards: ${shards}. What is remembered is ` +
        `divided among ${partitions}, so another number would publish again what another shard has published. Set shards to ${partitions}; how to come ` +
        'to another number: docs/shards.md. If the pipeline never ran, delete the topic and create it anew.',
    },
  ];
}

const policyOf = ({ settings }: TopicFacts): string => settings.get('cleanup.policy') ?? 'delete';

/** A journal that the version before made and that is not given over yet (`dragoman state convert --drop-old`). */
const isOfFormer = ({ kind }: TopicPlan, facts: TopicFacts): boolean =>
  kind === 'journal' && policyOf(facts) === 'compact';

/** What is to be known of a topic, and breaks nothing. Pure. */
export function notices(plan: TopicPlan, facts: TopicFacts | undefined): string[] {
  if (facts === undefined || !isOfFormer(plan, facts)) return [];
  return [
    `Topic ${plan.topic} has cleanup.policy=compact, as the version before made it: of each order only the last decision stays, and nothing ` +
      'expires. `dragoman state convert --drop-old` makes it one that is kept by time.',
  ];
}

/** What the kind of a topic asks for. */
function unfit(plan: TopicPlan, facts: TopicFacts): string[] {
  const policy = policyOf(facts);
  const has = `has cleanup.policy=${policy}`;
  switch (plan.kind) {
    case 'state':
      return [
        ...(policy === 'compact'
          ? []
          : [`${has}: states would expire, and with them the memory of what was published. Set it to compact.`]),
        ...shortTombstones(facts),
        ...otherPartitions(plan, facts),
        ...clientsTime(facts),
      ];
    case 'journal':
      if (isOfFormer(plan, facts)) return otherPartitions(plan, facts);
      return [
        ...(policy === 'delete'
          ? []
          : [`${has}: of each order only the last decision would stay. Set it to delete, with retention.ms.`]),
        ...otherPartitions(plan, facts),
        ...clientsTime(facts),
      ];
    case 'progress':
      return [
        ...(policy === 'compact'
          ? []
          : [`${has}: after a pause nobody would know how far everything was done. Set it to compact.`]),
        ...clientsTime(facts),
      ];
    case 'contract':
    case 'trial':
      return policy.includes('compact')
        ? [`${has}: events of one order would overwrite each other. Set it to delete.`]
        : [];
    case 'ownership':
      return policy === 'compact'
        ? []
        : [`${has}: after a while no service would know what is its own. Set it to compact.`];
    case 'transactions':
      return [
        ...(facts.partitions === 1
          ? []
          : [
              `has ${facts.partitions} partitions; only with one is it in commit order. Re-create it with one partition.`,
            ]),
        ...compactedRows(policy),
      ];
    case 'table':
      return compactedRows(policy);
    case 'internal':
      return [];
  }
}

const compactedRows = (policy: string): string[] =>
  policy.includes('compact')
    ? [
        `has cleanup.policy=${policy}: compaction removes rows that belong to transactions not read yet. Set it to delete.`,
      ]
    : [];

const otherPartitions = ({ partitions }: TopicPlan, facts: TopicFacts): string[] =>
  facts.partitions === partitions
    ? []
    : [
        `has ${facts.partitions} partitions, the config says ${partitions}; set journal.partitions to what is there. State and journal ` +
          'have the same number.',
      ];

const clientsTime = ({ settings }: TopicFacts): string[] => {
  const type = settings.get('message.timestamp.type') ?? 'CreateTime';
  return type === 'LogAppendTime'
    ? []
    : [
        `has message.timestamp.type=${type}: a member whose clock is wrong would make what is new look old. Set it to LogAppendTime.`,
      ];
};

function shortTombstones({ settings }: TopicFacts): string[] {
  const name = 'delete.retention.ms';
  const keptMs = Number(settings.get(name) ?? DAY_MS);
  return keptMs >= TOMBSTONES_MS
    ? []
    : [
        `has ${name}=${keptMs}: a Redis that was away for a few days would not be told what is gone. Set it to ${TOMBSTONES_MS} or more.`,
      ];
}

/** What every topic needs that is written, or read. */
function unfitForAll({ kind, settings: wanted }: TopicPlan, { settings }: TopicFacts): string[] {
  const found: string[] = [];
  const recordBytes = Number(settings.get(RECORD_BYTES) ?? RECORD_BYTES_MAX);
  if (WRITTEN.includes(kind) && recordBytes < RECORD_BYTES_MIN) {
    found.push(
      `has ${RECORD_BYTES}=${recordBytes}: not even the word of an order that is too large would fit. Set it to ` +
        `${wanted[RECORD_BYTES] ?? RECORD_BYTES_MAX}; ${RECORD_BYTES_MIN} is the least.`,
    );
  }
  const compression = settings.get('compression.type') ?? 'producer';
  if (kind !== 'contract' && !READABLE_COMPRESSION.includes(compression)) {
    found.push(
      `has compression.type=${compression}, which cannot be read here; set it to one of ${READABLE_COMPRESSION.join(', ')}, and see that ` +
        'no batch of it is left.',
    );
  }
  return found;
}

const WRITTEN: readonly TopicPlan['kind'][] = ['state', 'journal', 'progress', 'contract', 'ownership', 'internal'];

/** By Dragoman, so it has to be there before it is written. */
export const isWritten = ({ kind }: Pick<TopicPlan, 'kind'>): boolean => WRITTEN.includes(kind);

export function missing({ topic, kind }: TopicPlan): TopicFinding {
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
    case 'state':
    case 'journal':
    case 'progress':
    case 'contract':
    case 'trial':
    case 'ownership':
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
