/** How one pipeline stands: what it committed, how far it is behind, and how near to deletion what it still needs is. */
import type { Admin, Kafka } from 'kafkajs';
import { asking } from '../../adapters/kafka/failure.js';
import { KafkaGround } from '../../adapters/kafka/ground.js';
import { partitionName } from '../../adapters/kafka/names.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { checkFootprint } from '../../pipeline/footprint.js';
import type { Retention } from '../../pipeline/ports.js';
import { decodeProgress } from '../../pipeline/progress.js';
import { groundSettings } from '../topic-plans.js';
import { inputTopics } from '../wiring.js';
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
  const answers = await asking('Committed offsets cannot be read', () =>
    admin.fetchOffsets({ groupId: config.namespace, topics }),
  );
  const committed = new Map<string, number>();
  let metadata: string | null = null;
  for (const { topic, partitions } of answers) {
    for (const { partition, offset, metadata: text } of partitions) {
      if (Number(offset) >= 0) committed.set(partitionName(topic, partition), Number(offset));
      if (text) metadata = text;
    }
  }
  if (committed.size === 0) return [ok('PROGRESS', pipeline, 'nothing was committed yet: it starts at the beginning')];
  const inputs = topics.map((topic) => partitionName(topic, 0));
  const ground = new KafkaGround(kafka, admin, groundSettings(config, pipeline, rules, inputs));
  const lines: Line[] = [];
  try {
    const { footprint, digest } = decodeProgress(metadata ?? '');
    const now = { cluster: clusterId, topics: await ground.topics(), offsets: committed };
    if (footprint !== undefined) checkFootprint(footprint, now, new Set());
    lines.push(
      ok('PROGRESS', pipeline, digest === rules.digest ? 'committed by these rules' : 'committed by other rules'),
    );
  } catch (error) {
    if (!(error instanceof DragomanError)) throw error;
    lines.push(bad('fail', 'PROGRESS', pipeline, error.message, `\`run\` refuses to start with ${error.code}`));
  }
  const retention = await ground.retention(committed);
  return [
    ...lines,
    await lagLine(admin, pipeline, topics, committed),
    ...summarized(retention.map(judgeRetention), 'topics'),
  ];
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
