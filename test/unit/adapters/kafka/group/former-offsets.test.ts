/** Where the version before kept how far it was. */
import { expect, it } from 'vitest';
import { formerOffsets } from '../../../../../src/adapters/kafka/group/former-offsets.js';

type Committed = Readonly<Record<string, readonly [offset: string, metadata: string | null]>>;

const PARTITIONS = ['legacy.transaction/0', 'a/0', 'b/0'];
const FIRST = ['legacy.transaction/0', 'a/0', 'b/0'];

const found = (committed: Committed) =>
  formerOffsets(
    {
      fetchOffsets: ({ topics = [] }) =>
        Promise.resolve(
          topics.map((topic) => {
            const [offset, metadata] = committed[topic] ?? ['-1', ''];
            return { topic: topic, partitions: [{ partition: 0, offset, metadata }] };
          }),
        ),
    },
    'group',
    PARTITIONS,
    FIRST,
  );

it.each<[string, Committed, string | null, [string, number][]]>([
  ['the topic of transactions', { 'legacy.transaction': ['7', 'P'], a: ['3', ''] }, 'P', [['legacy.transaction/0', 7], ['a/0', 3]]], // prettier-ignore
  ['any other one', { 'legacy.transaction': ['7', ''], b: ['3', 'P'] }, 'P', [['legacy.transaction/0', 7], ['b/0', 3]]], // prettier-ignore
  ['the first of two', { b: ['1', 'old'], 'legacy.transaction': ['7', 'P'] }, 'P', [['legacy.transaction/0', 7], ['b/0', 1]]], // prettier-ignore
  ['none', { a: ['3', null] }, '', [['a/0', 3]]],
  ['no offset at all', {}, null, []],
])('in %s', async (_, committed, metadata, offsets) => {
  expect(await found(committed)).toEqual({ offsets: new Map(offsets), metadata });
});
