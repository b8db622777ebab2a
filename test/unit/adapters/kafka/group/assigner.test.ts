/** Who gets which shard, among members that do not all have the same pipelines, or the same number of shards. */
import { AssignerProtocol } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { shardAssigner, spreadShards } from '../../../../../src/adapters/kafka/group/assigner.js';

type Shards = Readonly<Record<string, number>>;

interface Said {
  readonly shards: Shards;
  readonly owned?: readonly string[];
}

const subscription = ({ shards, owned = [] }: Said) => ({ shards: new Map(Object.entries(shards)), owned });
const spread = (...members: Said[]): Record<string, string[]> =>
  Object.fromEntries(spreadShards(new Map(members.map((member, i) => [String(i), subscription(member)]))));

/** What every member gets, then, over and over, when each says that it runs what it got before. */
class Group {
  readonly members = new Map<string, { readonly shards: Shards; owned: readonly string[] }>();
  moves = 0;

  /** @returns how many tasks each member has. */
  rebalance(): number[] {
    const before = new Map(
      [...this.members].flatMap(([name, { owned }]) => owned.map((task) => [task, name] as const)),
    );
    const after = spreadShards(new Map([...this.members].map(([name, member]) => [name, subscription(member)])));
    this.moves = 0;
    for (const [name, tasks] of after) {
      this.moves += tasks.filter((task) => before.has(task) && before.get(task) !== name).length;
      this.members.get(name)!.owned = tasks;
    }
    const all = [...after.values()].flat();
    expect(new Set(all).size).toBe(all.length);
    return [...after.values()].map(({ length }) => length);
  }
}

describe('shards', () => {
  const shards = { a: 3, b: 1 };

  it('stay where they are while shares are equal but for one', () => {
    expect(spread({ shards, owned: ['a/2', 'b/0'] }, { shards, owned: ['a/1', 'a/0'] })).toEqual({
      0: ['a/2', 'b/0'],
      1: ['a/1', 'a/0'],
    });
    expect(spread({ shards, owned: ['a/2', 'b/0', 'a/1'] }, { shards, owned: ['a/0'] })).toEqual({
      0: ['a/2', 'b/0'],
      1: ['a/0', 'a/1'],
    });
  });

  it('have one owner when two say that they run one', () => {
    const one = { shards: { a: 1 }, owned: ['a/0'] };
    expect(spread(one, one)).toEqual({ 0: ['a/0'], 1: [] });
  });

  it('that nobody else has stay, over an equal share too', () => {
    const most = { shards: { a: 2 }, owned: ['a/0', 'a/1'] };
    expect(spread(most, { shards: {} })).toEqual({ 0: ['a/0', 'a/1'], 1: [] });
    expect(spread(most, { shards: { b: 1 }, owned: ['b/0'] })).toEqual({ 0: ['a/0', 'a/1'], 1: ['b/0'] });
  });

  it('of a number that a member does not know are run by others, or by nobody twice', () => {
    expect(spread({ shards: { a: 1 }, owned: ['a/0'] }, { shards: { a: 3 } })).toEqual({
      0: ['a/0'],
      1: ['a/1', 'a/2'],
    });
    expect(spread({ shards: { a: 3 }, owned: ['a/7', 'strange', 'a/0'] })).toEqual({ 0: ['a/0', 'a/1', 'a/2'] });
  });

  it('of many pipelines are spread evenly, and no more of them move than have to', () => {
    const group = new Group();
    const all = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`p${i}`, 1 + (i % 4)]));
    const join = (name: string): void => void group.members.set(name, { shards: all, owned: [] });
    join('m1');
    expect(group.rebalance()).toEqual([16]);
    join('m2');
    expect(group.rebalance()).toEqual([8, 8]);
    expect(group.moves).toBe(8);
    join('m3');
    expect(group.rebalance().sort()).toEqual([5, 5, 6]);
    expect(group.moves).toBe(5);
    expect(group.rebalance().sort()).toEqual([5, 5, 6]);
    expect(group.moves).toBe(0);
    group.members.delete('m2');
    expect(group.rebalance()).toEqual([8, 8]);
    expect(group.moves).toBe(0); // what was the other one's is new to whoever gets it
  });
});

describe('the leader', () => {
  const assigner = ({ shards, owned }: Said) => {
    const make = shardAssigner(() => subscription(owned === undefined ? { shards } : { shards, owned }));
    return make({ cluster: {} } as unknown as Parameters<typeof make>[0]);
  };

  /** What the first member, leading, gives to each of them. */
  async function assigned(...members: (Said & { userData?: string })[]) {
    const group = members.map((member, i) => {
      const topics = Object.keys(member.shards);
      const strange = { version: 1, topics, userData: Buffer.from(member.userData ?? '') };
      const { metadata } = assigner(member).protocol({ topics });
      const memberMetadata = member.userData === undefined ? metadata : AssignerProtocol.MemberMetadata.encode(strange);
      return { memberId: String(i), memberMetadata };
    });
    const given = await assigner(members[0]!).assign({ members: group, topics: [] });
    return given.map(({ memberAssignment }) => AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment);
  }

  it('gives partitions of progress topics, of pipelines too that it has not itself', async () => {
    expect(
      await assigned({ shards: { a: 3 }, owned: ['a/2'] }, { shards: { a: 3, b: 2 }, owned: ['b/1', 'a/0'] }),
    ).toEqual([{ a: [1, 2] }, { a: [0], b: [0, 1] }]);
  });

  it.each(['["orders"]', '', 'null', '{"owned'])(
    'gives nothing to a member that says %j of itself',
    async (userData) => {
      expect(await assigned({ shards: { a: 2 } }, { shards: { a: 2 }, userData })).toEqual([{ a: [0, 1] }, {}]);
    },
  );

  it('has a protocol that members of the version before do not have', () => {
    expect(assigner({ shards: {} }).protocol({ topics: [] }).name).not.toBe('DragomanPipelines');
  });
});
