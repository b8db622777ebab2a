/** Who gets which pipeline, among members that do not all have the same rules and pipelines. */
import { AssignerProtocol } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { type Pipelines, pipelineAssigner, spreadPipelines } from '../../../../../src/adapters/kafka/group/assigner.js';

type Topics = Readonly<Record<string, readonly string[]>>;

const OLD = { orders: ['tx', 'hdr'] };
const NEW = { orders: ['tx', 'hdr', 'line'] };

const pipelinesOf = (topics: Topics): Pipelines => new Map(Object.entries(topics));
const topicsOf = (topics: Topics): string[] => Object.values(topics).flat();

/** A member's assigner, whose view of the cluster has the topics of that member alone, with two partitions each. */
function assigner(topics: Topics, owned: readonly string[] = []) {
  const partitions = [{ partitionId: 0 }, { partitionId: 1 }];
  const cluster = {
    findTopicPartitionMetadata: (topic: string) => (topicsOf(topics).includes(topic) ? partitions : []),
  };
  const make = pipelineAssigner(() => ({ pipelines: pipelinesOf(topics), owned }));
  return make({ cluster } as unknown as Parameters<typeof make>[0]);
}

/** What the first member, leading, gives to each of them. */
async function assigned(...members: { topics: Topics; owned?: readonly string[]; userData?: string }[]) {
  const group = members.map(({ topics, owned, userData }, i) => {
    const { metadata } = assigner(topics, owned).protocol({ topics: topicsOf(topics) });
    const older = { version: 1, topics: topicsOf(topics), userData: Buffer.from(userData ?? '') };
    const memberMetadata = userData === undefined ? metadata : AssignerProtocol.MemberMetadata.encode(older);
    return { memberId: String(i), memberMetadata };
  });
  const given = await assigner(members[0]!.topics).assign({ members: group, topics: [] });
  return given.map(({ memberAssignment }) => AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment);
}

describe('a leader of the former rules', () => {
  it('gives a member with one more table all that this one reads; how many partitions it has, the leader does not know', async () => {
    expect(await assigned({ topics: OLD }, { topics: NEW, owned: ['orders'] })).toEqual([
      {},
      { tx: [0, 1], hdr: [0, 1], line: [] },
    ]);
  });

  it('gives a pipeline that it has not itself to one that has it', async () => {
    const returns = { ...OLD, returns: ['east'] };
    expect(await assigned({ topics: OLD, owned: ['orders'] }, { topics: returns })).toEqual([
      { tx: [0, 1], hdr: [0, 1] },
      { east: [] },
    ]);
  });
});

describe('a leader of the new rules', () => {
  it('gives a member of the former ones nothing that this one does not subscribe to', async () => {
    expect(await assigned({ topics: NEW }, { topics: OLD, owned: ['orders'] })).toEqual([
      {},
      { tx: [0, 1], hdr: [0, 1] },
    ]);
  });

  it('keeps a pipeline from members that do not have it', async () => {
    const both = { ...OLD, returns: ['east'] };
    expect(await assigned({ topics: both, owned: ['returns', 'orders'] }, { topics: OLD }, { topics: {} })).toEqual([
      { east: [0, 1] },
      { tx: [0, 1], hdr: [0, 1] },
      {},
    ]);
  });

  it.each(['["orders"]', '', 'null', '{"owned'])(
    'gives nothing to a member that says %j of itself',
    async (userData) => {
      expect(await assigned({ topics: NEW }, { topics: OLD, userData })).toEqual([
        { tx: [0, 1], hdr: [0, 1], line: [0, 1] },
        {},
      ]);
    },
  );
});

describe('pipelines', () => {
  const spread = (...members: { has: string[]; owned: string[] }[]) =>
    Object.fromEntries(
      spreadPipelines(
        new Map(
          members.map(({ has, owned }, i) => [String(i), { owned, pipelines: new Map(has.map((name) => [name, []])) }]),
        ),
      ),
    );

  it('stay where they are while nobody has more than an equal share', () => {
    const has = ['a', 'b', 'c'];
    expect(spread({ has, owned: ['c', 'a'] }, { has, owned: ['b'] })).toEqual({ 0: ['c', 'a'], 1: ['b'] });
    expect(spread({ has, owned: ['c', 'a', 'b'] }, { has, owned: [] })).toEqual({ 0: ['c', 'a'], 1: ['b'] });
  });

  it('have one owner when two say that they run it', () => {
    expect(spread({ has: ['a'], owned: ['a'] }, { has: ['a'], owned: ['a'] })).toEqual({ 0: ['a'], 1: [] });
  });

  it('that nobody else has stay, over an equal share too', () => {
    expect(spread({ has: ['a', 'b'], owned: ['a', 'b'] }, { has: [], owned: [] })).toEqual({ 0: ['a', 'b'], 1: [] });
  });
});
