/**
 * Spreads whole pipelines over the members of the group: all partitions of a pipeline go to one member, and stay there while it
 * lives. Members may have other rules and other pipelines than the leader (a rolling deployment), so each says in its subscription which
 * pipelines it has, what they read, and which of them it runs now; the leader goes by that alone.
 */
import { AssignerProtocol, type Assignment, type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

/** Topics by pipeline. */
export type Pipelines = ReadonlyMap<string, readonly string[]>;

/** What a member says of itself. */
export interface Subscription {
  readonly pipelines: Pipelines;
  /** Pipelines that it runs. */
  readonly owned: readonly string[];
}

const NAME = 'DragomanPipelines';
const VERSION = 1;
const NOTHING: Subscription = { pipelines: new Map(), owned: [] };

export const pipelineAssigner =
  (own: () => Subscription): PartitionAssigner =>
  ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    assign: ({ members }) => {
      const partitionsOf = (topic: string): number[] =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      const said = new Map(members.map(({ memberId, memberMetadata }) => [memberId, decoded(memberMetadata)]));
      const assignments = [...spreadPipelines(said)].map(([memberId, names]) => {
        const topics = names.flatMap((name) => said.get(memberId)?.pipelines.get(name) ?? []);
        const assignment: Assignment = Object.fromEntries(topics.map((topic) => [topic, partitionsOf(topic)]));
        const userData = Buffer.alloc(0);
        return { memberId, memberAssignment: MemberAssignment.encode({ version: VERSION, assignment, userData }) };
      });
      return Promise.resolve(assignments);
    },
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: encoded(own(), topics) }),
    }),
  });

/** A topic that came after the start is read without being in the subscription. */
function encoded({ pipelines, owned }: Subscription, subscribed: readonly string[]): Buffer {
  const said = [...pipelines].map(([name, topics]) => [name, topics.filter((topic) => subscribed.includes(topic))]);
  return Buffer.from(JSON.stringify({ owned, pipelines: Object.fromEntries(said) as Record<string, string[]> }));
}

/** A member that does not say what it has is given nothing. */
function decoded(metadata: Buffer): Subscription {
  try {
    const said: unknown = JSON.parse(MemberMetadata.decode(metadata)?.userData.toString() ?? '');
    const { owned = [], pipelines = {} } = said as { owned?: string[]; pipelines?: Record<string, string[]> };
    return { owned, pipelines: new Map(Object.entries(pipelines)) };
  } catch {
    return NOTHING;
  }
}

/**
 * Pure. Owners keep theirs while nobody has more than an equal share; the others go to whoever has fewest of those that have them, in a
 * fixed order.
 */
export function spreadPipelines(members: ReadonlyMap<string, Subscription>): Map<string, string[]> {
  const names = [...members.keys()].sort();
  const free = new Set([...members.values()].flatMap(({ pipelines }) => [...pipelines.keys()]).sort());
  const shareMax = Math.ceil(free.size / Math.max(1, names.length));
  const spread = new Map<string, string[]>(names.map((member) => [member, []]));
  for (const [member, mine] of spread) {
    for (const pipeline of members.get(member)?.owned ?? []) {
      if (members.get(member)?.pipelines.has(pipeline) !== true || mine.length >= shareMax) continue;
      if (free.delete(pipeline)) mine.push(pipeline);
    }
  }
  for (const pipeline of free) {
    const able = [...spread].filter(([member]) => members.get(member)?.pipelines.has(pipeline));
    const [fewest] = able.sort(([, a], [, b]) => a.length - b.length);
    fewest?.[1].push(pipeline);
  }
  return spread;
}
