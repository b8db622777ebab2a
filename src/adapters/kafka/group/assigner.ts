/**
 * Spreads the tasks of all pipelines over the members of the group. Each shard of a pipeline is a partition of its progress topic: whoever is
 * given the partition runs the task, and keeps it while it lives. Members may have other pipelines than the leader, or another number of shards
 * (a rolling deployment), so each says in its subscription what it can run and what it runs now; the leader goes by that alone.
 *
 * A member of a version that spreads otherwise has a protocol of another name, so the two cannot be in the group at once.
 */
import { AssignerProtocol, type Assignment, type PartitionAssigner } from 'kafkajs';
import { partitionName, splitName, byTopic } from '../names.js';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

/** What a member says of itself. */
export interface Subscription {
  /** By progress topic, how many shards the config says: it can run each of them. */
  readonly shards: ReadonlyMap<string, number>;
  /** Partitions of progress topics (`topic/2`) whose tasks it runs. */
  readonly owned: readonly string[];
}

const NAME = 'DragomanShards';
const VERSION = 1;
const NOTHING: Subscription = { shards: new Map(), owned: [] };

export const shardAssigner =
  (own: () => Subscription): PartitionAssigner =>
  () => ({
    name: NAME,
    version: VERSION,
    assign: ({ members }) => {
      const said = new Map(members.map(({ memberId, memberMetadata }) => [memberId, decoded(memberMetadata)]));
      const assignments = [...spreadShards(said)].map(([memberId, names]) => {
        const topics = byTopic(names).map(({ topic, partitions }) => [topic, partitions.sort((a, b) => a - b)]);
        const assignment = Object.fromEntries(topics) as Assignment;
        const userData = Buffer.alloc(0);
        return { memberId, memberAssignment: MemberAssignment.encode({ version: VERSION, assignment, userData }) };
      });
      return Promise.resolve(assignments);
    },
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: encoded(own()) }),
    }),
  });

const encoded = ({ shards, owned }: Subscription): Buffer =>
  Buffer.from(JSON.stringify({ shards: Object.fromEntries(shards), owned }));

/** A member that does not say what it can run is given nothing. */
function decoded(metadata: Buffer): Subscription {
  try {
    const said: unknown = JSON.parse(MemberMetadata.decode(metadata)?.userData.toString() ?? '');
    const { shards = {}, owned = [] } = said as { shards?: Record<string, number>; owned?: string[] };
    return { shards: new Map(Object.entries(shards)), owned };
  } catch {
    return NOTHING;
  }
}

/**
 * Pure. Shares are equal but for one. Members keep what they run up to their share, those that run most having the larger ones, so no more
 * moves than has to; the rest goes to whoever has fewest of those that can run it, in a fixed order.
 */
export function spreadShards(members: ReadonlyMap<string, Subscription>): Map<string, string[]> {
  const names = [...members.keys()].sort();
  const spread = new Map<string, string[]>(names.map((member) => [member, []]));
  const all = [...new Set([...members.values()].flatMap(partitionsOf))].sort();
  const free = new Set(all);
  for (const { member, shareMax } of shares(members, all.length)) {
    const mine = spread.get(member) ?? [];
    for (const partition of members.get(member)?.owned ?? [])
      if (mine.length < shareMax && canRun(members.get(member), partition) && free.delete(partition))
        mine.push(partition);
  }
  for (const partition of free) {
    const isHere = (member: string): boolean => members.get(member)?.owned.includes(partition) === true;
    const able = [...spread].filter(([member]) => canRun(members.get(member), partition));
    const [fewest] = able.sort(([a, x], [b, y]) => x.length - y.length || Number(isHere(b)) - Number(isHere(a)));
    fewest?.[1].push(partition);
  }
  return spread;
}

const partitionsOf = ({ shards }: Subscription): string[] =>
  [...shards].flatMap(([topic, count]) => Array.from({ length: count }, (_, index) => partitionName(topic, index)));

function canRun(member: Subscription | undefined, name: string): boolean {
  const { topic, partition } = splitName(name);
  return partition < (member?.shards.get(topic) ?? 0);
}

/** Of members that can run anything, whoever runs most first. */
function shares(
  members: ReadonlyMap<string, Subscription>,
  count: number,
): { readonly member: string; readonly shareMax: number }[] {
  const able = [...members].filter(([, { shards }]) => shards.size > 0);
  const [share, larger] = [Math.floor(count / able.length), count % able.length];
  return able
    .sort(([a, { owned: x }], [b, { owned: y }]) => y.length - x.length || (a < b ? -1 : 1))
    .map(([member], i) => ({ member, shareMax: share + (i < larger ? 1 : 0) }));
}
