/** What is asked before a pipeline is moved out, or in. */
import type { Admin, Kafka } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import type { StateHead } from '../../../../../src/cli/state/file.js';
import { placesOf } from '../../../../../src/cli/state/move/inputs.js';
import { checkMoved } from '../../../../../src/cli/state/move/move-in.js';
import { checkFollows, checkMovable } from '../../../../../src/cli/state/move/move-out.js';
import { NO_COMMANDS, encodeProgress, type SourceProgress } from '../../../../../src/pipeline/progress/progress.js';
import { without } from '../../../../../src/translate/own.js';
import { NO_FRONTIER } from '../../../../../src/sequence/frontier/frontier.js';

const FRONTIER: SourceProgress = {
  ...NO_FRONTIER,
  ...{ epoch: 0, mode: 'exact', timeMs: 5, known: { tables: [], begun: null, sinceMs: 0, learntMs: null } },
};
const progressOf = (frontier: SourceProgress = FRONTIER): string =>
  encodeProgress({
    ...{ commit: 7, offsets: new Map([['legacy.t/0', 5]]), frontiers: { legacy: frontier }, commands: NO_COMMANDS },
    ...{ clock: 5, ends: { state: [10, 20], journal: [1, 2] }, digest: 'd' },
  });
const HEAD: StateHead = {
  ...{ cluster: 'a', namespace: 'shop', pipeline: 'orders', topic: 'id', commit: 7, timeMs: 1, state: [10, 20] },
  moved: { progress: progressOf(), footprint: '{}', left: {} },
};
const PLACE = { namespace: 'shop', pipeline: 'orders', sources: [], byPosition: false };

describe('moving out', () => {
  it('needs something that was decided', () => {
    expect(() => checkMovable(null)).toThrow('decided nothing yet');
    expect(checkMovable({ progress: progressOf(), footprint: '{}' })).toEqual({
      progress: progressOf(),
      footprint: '{}',
    });
  });

  it('does not leave behind what is told by offsets', () => {
    const left = [{ partition: 'legacy.t/0', offset: 3, begunBefore: 9 }];
    expect(() => checkMovable({ progress: progressOf({ ...FRONTIER, left }), footprint: '{}' })).toThrow(
      'legacy.t/0, offset 3',
    );
  });

  it('needs a Redis that has everything', () => {
    const at = { cluster: 'a', commit: 7, timeMs: 1 };
    expect(() => checkFollows({ ...at, state: [10, 20] }, { progress: progressOf() })).not.toThrow();
    expect(() => checkFollows({ ...at, state: [10, 19] }, { progress: progressOf() })).toThrow('would lack');
    expect(() => checkFollows({ ...at, state: [10, 20], part: 1 }, { progress: progressOf() })).toThrow('would lack');
  });
});

describe('moving in', () => {
  it('takes the file of its pipeline', () => {
    expect(checkMoved(HEAD, PLACE, 'f')).toBe(HEAD.moved);
  });

  const copy = without(HEAD, 'moved');
  it.each([
    ['a copy for its own cluster', copy, PLACE, 'state export'],
    ['of another namespace', { ...HEAD, namespace: 'mall' }, PLACE, 'namespace mall'],
    ['of another pipeline', { ...HEAD, pipeline: 'returns' }, PLACE, 'pipeline returns'],
    [
      'by position, of a source that has none',
      HEAD,
      { ...PLACE, byPosition: true, sources: [{ name: 'old', mode: 'arrival' as const }] },
      'old (mode arrival)',
    ],
  ])('%s is refused', (__, head, place, text) => {
    expect(() => checkMoved(head, place, 'f')).toThrow(text);
  });

  const admin = (partitions: readonly number[], low = 0): Admin =>
    ({
      listTopics: () => Promise.resolve(['legacy.t']),
      fetchTopicOffsets: () =>
        Promise.resolve(partitions.map((high, partition) => ({ partition, low: String(low), high: String(high) }))),
      fetchTopicOffsetsByTimestamp: () =>
        Promise.resolve(partitions.map((high, partition) => ({ partition, offset: String(high) }))),
    }) as unknown as Admin;
  const kafka = {} as unknown as Kafka;
  const left = { offset: 5, timestampMs: 1, tail: ['x'] };

  it('a topic that is not there, or has other partitions, is refused', async () => {
    await expect(placesOf({ kafka, admin: admin([0]) }, { 'legacy.u/0': left }, false)).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
    });
    await expect(placesOf({ kafka, admin: admin([0, 0]) }, { 'legacy.t/0': left }, false)).rejects.toMatchObject({
      code: 'PARTITIONS_CHANGED',
    });
  });

  it('a place that is not there is a gap, unless the connector itself writes there', async () => {
    const empty = { kafka, admin: admin([0]) };
    await expect(placesOf(empty, { 'legacy.t/0': left }, false)).rejects.toMatchObject({ code: 'SOURCE_GAP' });
    expect(await placesOf(empty, { 'legacy.t/0': left }, true)).toEqual(new Map([['legacy.t/0', 0]]));
    const expired = { kafka, admin: admin([9], 9) };
    await expect(placesOf(expired, { 'legacy.t/0': left }, true)).rejects.toThrow('has expired here');
  });

  it('a partition of which nothing was read is read from its first record; one whose records had expired must be empty', async () => {
    const none = { offset: 0, timestampMs: null, tail: [] };
    expect(await placesOf({ kafka, admin: admin([9]) }, { 'legacy.t/0': none }, false)).toEqual(
      new Map([['legacy.t/0', 0]]),
    );
    await expect(placesOf({ kafka, admin: admin([9], 1) }, { 'legacy.t/0': none }, true)).rejects.toMatchObject({
      code: 'SOURCE_GAP',
    });
    const expired = { ...none, offset: 5 };
    expect(await placesOf({ kafka, admin: admin([0]) }, { 'legacy.t/0': expired }, false)).toEqual(
      new Map([['legacy.t/0', 0]]),
    );
    for (const kept of [admin([9]), admin([9], 9)])
      await expect(placesOf({ kafka, admin: kept }, { 'legacy.t/0': expired }, false)).rejects.toMatchObject({
        code: 'SOURCE_GAP',
      });
  });
});
