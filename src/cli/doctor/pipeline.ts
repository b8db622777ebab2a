/** How one pipeline stands, each shard of it: what it committed, how far it is behind, and how near to deletion what it still needs is. */
import type { Admin, Kafka } from 'kafkajs';
import { asking } from '../../adapters/kafka/failure.js';
import { KafkaGround } from '../../adapters/kafka/ground/ground.js';
import { KafkaHeartbeats } from '../../adapters/kafka/read/heartbeats.js';
import { partitionName, splitName } from '../../adapters/kafka/names.js';
import { registryOf } from '../../adapters/registry/registry.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config, SourceConfig } from '../../config/schema.js';
import { heartbeatMs } from '../../decode/heartbeat.js';
import { DragomanError } from '../../errors.js';
import { checkFootprint, type Footprint } from '../../pipeline/progress/footprint.js';
import { internalTopics } from '../../pipeline/state/records.js';
import { hasClock } from '../../pipeline/decide/draft.js';
import type { Progress } from '../../pipeline/progress/progress.js';
import { PlainRecords } from '../../pipeline/read/plain-records.js';
import type { RawRecord, Retention } from '../../pipeline/ports.js';
import { groundSettings } from '../topics/topic-plans.js';
import { committedBy, type CommittedProgress } from '../operator/reading/committed-progress.js';
import { type OfShard, shardsIn } from '../operator/shards.js';
import { heartbeatTopics, inputTopics } from '../wiring.js';
import { type ClockFacts, judgeClock } from './clock.js';
import { bad, type Line, ok, summarized } from './line.js';

export interface PipelineLook {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly config: Config;
  readonly rules: LoadedRules;
  readonly pipeline: string;
  readonly clusterId: string;
  /** Topics that are there. */
  readonly existing: ReadonlySet<string>;
}

export async function pipelineLines(look: PipelineLook): Promise<Line[]> {
  const { kafka, admin, config, rules, pipeline, clusterId, existing } = look;
  const sources = config.pipelines[pipeline]?.sources ?? [];
  const topics = inputTopics(sources, rules, existing).filter((topic) => existing.has(topic));
  const inputs = topics.map((topic) => partitionName(topic, 0));
  const ground = new KafkaGround(kafka, admin, groundSettings(config, pipeline, rules, inputs));
  const ports = { ...look, sources, topics, now: { cluster: clusterId, topics: await ground.topics() } };
  const shards: ShardLook[] = [];
  for (const one of shardsIn(config, pipeline)) shards.push(await lookAtShard(one, ports));
  const needed = shards.flatMap(({ offsets }) => (offsets === null ? [] : [offsets]));
  const retention = needed.length === 0 ? [] : await ground.retention(lowestOf(needed));
  return [...shards.flatMap(({ lines }) => lines), ...summarized(retention.map(judgeRetention), 'topics')];
}

interface ShardLook {
  readonly lines: readonly Line[];
  /** Still needed of the input; null: not known. */
  readonly offsets: ReadonlyMap<string, number> | null;
}

interface ShardPorts extends PipelineLook {
  readonly sources: readonly SourceConfig[];
  /** Of the input. */
  readonly topics: readonly string[];
  readonly now: Parameters<typeof checkFootprint>[1];
}

async function lookAtShard(one: OfShard, ports: ShardPorts): Promise<ShardLook> {
  const { kafka, admin, config, rules, pipeline, existing, topics, now } = ports;
  const { progress: topic } = internalTopics(config.namespace, pipeline);
  let committed: CommittedProgress | null;
  try {
    committed = existing.has(topic) ? await committedBy(one, kafka, admin, topic) : null;
  } catch (error) {
    return { lines: [refused(one.task, error)], offsets: null };
  }
  if (committed === null) return { lines: await firstStartLines(one, ports), offsets: null };
  const { progress, footprint } = committed;
  const offsets = new Map([...progress.offsets].filter(([name]) => topics.includes(splitName(name).topic)));
  const lines = [
    progressLine(one.task, progress.digest === rules.digest, footprint, now),
    await lagLine(admin, one.task, topics, offsets),
    ...(hasClock([rules.rules], rules.rules) ? judgeClock(await clockFacts(one, ports, progress)) : []),
  ];
  return { lines, offsets };
}

/** What the last of several readers still needs. Pure. */
export function lowestOf(all: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const lowest = new Map<string, number>();
  for (const offsets of all)
    for (const [partition, offset] of offsets) lowest.set(partition, Math.min(offset, lowest.get(partition) ?? offset));
  return lowest;
}

async function clockFacts(
  { task: pipeline }: OfShard,
  { kafka, admin, config, sources }: ShardPorts,
  { clock: clockMs, frontiers }: Progress,
): Promise<ClockFacts> {
  const registry = registryOf(config.registry);
  const records = new PlainRecords(registry);
  const plain = (record: RawRecord): Promise<RawRecord> =>
    records.kept(record).catch((error: unknown) => {
      if (!(error instanceof DragomanError)) throw error;
      return record; // the line of the registry says why
    });
  const newest = await new KafkaHeartbeats(kafka, admin, heartbeatTopics(sources), plain).newest();
  const all = sources.map(({ name, heartbeatTopic }) => {
    const { timeMs = null, aheadMs = null } = frontiers[name] ?? {};
    return { name, timeMs, aheadMs, heartbeatTopic, heartbeatMs: heartbeatMs(newest.get(name) ?? '') };
  });
  return { pipeline, clockMs, sources: all, nowMs: Date.now() };
}

function progressLine(
  pipeline: string,
  bySameRules: boolean,
  footprint: Footprint | null,
  now: Parameters<typeof checkFootprint>[1],
): Line {
  try {
    if (footprint !== null) checkFootprint(footprint, now, new Set());
    return ok('PROGRESS', pipeline, bySameRules ? 'committed by these rules' : 'committed by other rules');
  } catch (error) {
    return refused(pipeline, error);
  }
}

function refused(pipeline: string, error: unknown): Line {
  if (!(error instanceof DragomanError) || error.disposition !== 'refuse') throw error;
  return bad('fail', 'PROGRESS', pipeline, error.message, `\`run\` refuses to start with ${error.code}`);
}

/** What a first start stands on: each source whether its topics begin with their first record. */
async function firstStartLines({ task }: OfShard, { admin, sources, topics }: ShardPorts): Promise<Line[]> {
  const firsts = new Map<string, number>();
  for (const topic of topics) {
    const offsets = await asking('First offsets cannot be read', () => admin.fetchTopicOffsets(topic));
    firsts.set(topic, Math.max(0, ...offsets.map(({ low }) => Number(low))));
  }
  return sources.map(({ name, beginning, topicPrefix, transactionTopic }) => {
    const own = [...firsts].filter(([topic]) => topic === transactionTopic || topic.startsWith(`${topicPrefix}.`));
    return judgeFirstStart(task, { name, beginning }, new Map(own));
  });
}

/** @param firsts by topic, the highest first offset of its partitions. Pure. */
export function judgeFirstStart(
  pipeline: string,
  { name, beginning }: Pick<SourceConfig, 'name' | 'beginning'>,
  firsts: ReadonlyMap<string, number>,
): Line {
  const [gone] = [...firsts].filter(([, first]) => first > 0);
  const subject = `${pipeline}: ${name}`;
  const nothing = 'nothing was committed yet';
  if (beginning === 'late')
    return ok(
      'PROGRESS',
      subject,
      `${nothing}: it learns, and publishes once a snapshot told of every table (tables list)`,
    );
  if (gone === undefined) return ok('PROGRESS', subject, `${nothing}: it starts at the first record of each topic`);
  const [topic, first] = gone;
  return bad(
    'fail',
    'PROGRESS',
    subject,
    `${nothing}, and ${topic} begins at offset ${first}: what was before has expired, perhaps the snapshot`,
    '`run` refuses to start with BEGINNING_UNKNOWN; begin with a new snapshot (docs/beginning.md)',
  );
}

async function lagLine(
  admin: Admin,
  pipeline: string,
  topics: readonly string[],
  committed: ReadonlyMap<string, number>,
): Promise<Line> {
  let lag = 0;
  for (const topic of topics) {
    for (const { partition, high } of await asking('Ends cannot be read', () => admin.fetchTopicOffsets(topic)))
      lag += Math.max(0, Number(high) - (committed.get(partitionName(topic, partition)) ?? 0));
  }
  return ok('LAG', pipeline, `${lag} offsets behind the ends of its topics`);
}

/** Pure. */
export function judgeRetention({ topic, used, secondsLeft, recordsLeft }: Retention): Line {
  const left = secondsLeft === null ? '' : `, ${(secondsLeft / 3_600).toFixed(1)} h left`;
  const seen =
    recordsLeft === null ? 'all is read' : `${Math.round(used * 100)} % used${left}, ${recordsLeft} records before it`;
  if (used < 0.5) return ok('RETENTION_LEFT', topic, seen);
  const todo = 'raise retention.ms (or retention.bytes) now: rows that were not read are about to be deleted';
  return bad(used < 0.8 ? 'warn' : 'fail', 'RETENTION_LEFT', topic, seen, todo);
}
