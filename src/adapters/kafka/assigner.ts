/**
 * Spreads whole pipelines over the members of the group: all partitions of a pipeline go to one member, and stay there while it
 * lives. A member says in its subscription which pipelines it has, so the leader keeps them where they are.
 */
import { AssignerProtocol, type Assignment, type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

/** Topics by pipeline. */
export type Pipelines = ReadonlyMap<string, readonly string[]>;

const NAME = 'DragomanPipelines';
const VERSION = 1;

export const pipelineAssigner =
  (pipelines: Pipelines, ownedNow: () => readonly string[]): PartitionAssigner =>
  ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    assign: ({ members }) => {
      const owned = new Map(members.map(({ memberId, memberMetadata }) => [memberId, ownedBy(memberMetadata)]));
      const spread = spreadPipelines([...pipelines.keys()], owned);
      const partitionsOf = (topic: string): number[] =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      const assignments = members.map(({ memberId }) => {
        const assignment: Assignment = {};
        for (const pipeline of spread.get(memberId) ?? []) {
          for (const topic of pipelines.get(pipeline) ?? []) assignment[topic] = partitionsOf(topic);
        }
        const userData = Buffer.alloc(0);
        return { memberId, memberAssignment: MemberAssignment.encode({ version: VERSION, assignment, userData }) };
      });
      return Promise.resolve(assignments);
    },
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.from(JSON.stringify(ownedNow())) }),
    }),
  });

function ownedBy(metadata: Buffer): string[] {
  const text = MemberMetadata.decode(metadata)?.userData.toString() ?? '';
  try {
    const owned: unknown = JSON.parse(text);
    return Array.isArray(owned) ? owned.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}

/** Pure. Owners keep theirs while nobody has more than an equal share; the others go to whoever has fewest, in a fixed order. */
export function spreadPipelines(
  pipelines: readonly string[],
  owned: ReadonlyMap<string, readonly string[]>,
): Map<string, string[]> {
  const members = [...owned.keys()].sort();
  const shareMax = Math.ceil(pipelines.length / Math.max(1, members.length));
  const spread = new Map<string, string[]>(members.map((member) => [member, []]));
  const free = new Set([...pipelines].sort());
  for (const member of members) {
    for (const pipeline of owned.get(member) ?? []) {
      const mine = spread.get(member);
      if (mine !== undefined && free.has(pipeline) && mine.length < shareMax) {
        mine.push(pipeline);
        free.delete(pipeline);
      }
    }
  }
  for (const pipeline of free) {
    const [fewest] = [...spread].sort(([, a], [, b]) => a.length - b.length);
    fewest?.[1].push(pipeline);
  }
  return spread;
}
