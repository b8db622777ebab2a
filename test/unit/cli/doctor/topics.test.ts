/** What the doctor says of topics and of how near to deletion their records are. */
import { describe, expect, it } from 'vitest';
import type { DescribedTopic } from '../../../../src/adapters/kafka/ground/described-topics.js';
import { journalSettings, STATE_SETTINGS, type TopicPlan } from '../../../../src/adapters/kafka/ground/topics.js';
import { summarized } from '../../../../src/cli/doctor/line.js';
import { judgeRetention } from '../../../../src/cli/doctor/pipeline.js';
import { judgeTopic } from '../../../../src/cli/doctor/topics.js';

const HOUR_MS = 3_600_000;
const partition = { partition: 0, leader: 1, replicas: 3, inSync: 3 };
const described: DescribedTopic = {
  id: 'a'.repeat(22),
  partitions: [partition],
  allowed: new Set(['Read', 'Write', 'Describe', 'DescribeConfigs'] as const),
};
const table: TopicPlan = { topic: 't', kind: 'table', partitions: 1, replicationFactor: -1, settings: {} };
const well = { 'cleanup.policy': 'delete', 'retention.ms': String(168 * HOUR_MS), 'min.insync.replicas': '2' };

const judge = (
  settings: Record<string, string> | null,
  changes: Partial<DescribedTopic> = {},
  plan: TopicPlan = table,
): string[] => {
  const known = settings === null ? null : new Map(Object.entries({ ...well, ...settings }));
  return judgeTopic(plan, { described: { ...described, ...changes }, settings: known }, 3)
    .filter(({ level }) => level !== 'ok')
    .map(({ level, check }) => `${level} ${check}`);
};

describe('a topic', () => {
  it('that is fit is well', () => {
    expect(judge({})).toEqual([]);
    expect(judge({ 'retention.ms': '-1', 'retention.bytes': '-1' })).toEqual([]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['compacted', { 'cleanup.policy': 'compact' }, 'fail TOPIC_SETTINGS'],
    ['with unclean elections', { 'unclean.leader.election.enable': 'true' }, 'fail TOPIC_SETTINGS'],
    ['kept for a day', { 'retention.ms': String(24 * HOUR_MS) }, 'warn TOPIC_RETENTION'],
    ['kept by size', { 'retention.bytes': '1000000' }, 'warn TOPIC_RETENTION'],
    ['that one broker confirms', { 'min.insync.replicas': '1' }, 'warn TOPIC_MIN_IN_SYNC'],
    ['that all brokers must confirm', { 'min.insync.replicas': '3' }, 'warn TOPIC_MIN_IN_SYNC'],
  ])('%s', (_, settings, complaint) => {
    expect(judge(settings)).toEqual([complaint]);
  });

  it.each<[string, Partial<DescribedTopic>, string]>([
    ['without a leader', { partitions: [{ ...partition, leader: -1 }] }, 'fail TOPIC_LEADERS'],
    ['whose replicas are behind', { partitions: [{ ...partition, inSync: 2 }] }, 'warn TOPIC_LEADERS'],
    ['that may not be read', { allowed: new Set(['Describe'] as const) }, 'fail ACCESS_TOPICS'],
    ['of which nobody says what is allowed', { allowed: null }, 'unknown ACCESS_TOPICS'],
  ])('%s', (_, changes, complaint) => {
    expect(judge({}, changes)).toEqual([complaint]);
  });

  it('with one replica', () => {
    expect(judge({ 'min.insync.replicas': '1' }, { partitions: [{ ...partition, replicas: 1, inSync: 1 }] })).toEqual([
      'warn TOPIC_REPLICATION',
      'warn TOPIC_MIN_IN_SYNC',
    ]);
  });

  it('whose settings may not be asked is not called well', () => {
    expect(judge(null)).toEqual(['unknown TOPIC_SETTINGS']);
  });

  it('that is the journal and forgets decisions too soon', () => {
    const journal: TopicPlan = { ...table, kind: 'journal', settings: journalSettings(30 * 24 * HOUR_MS) };
    const fit = { ...journalSettings(30 * 24 * HOUR_MS), 'min.insync.replicas': '2' };
    expect(judge(fit, {}, journal)).toEqual([]);
    expect(judge({ ...fit, 'retention.ms': '-1' }, {}, journal)).toEqual([]);
    expect(judge({ ...fit, 'retention.ms': '60000' }, {}, journal)).toEqual(['warn JOURNAL_RETENTION']);
    expect(judge({ ...fit, 'retention.bytes': '1000000' }, {}, journal)).toEqual(['warn JOURNAL_RETENTION']);
    expect(judge({ ...fit, 'cleanup.policy': 'compact,delete' }, {}, journal)).toEqual(['fail TOPIC_SETTINGS']);
    expect(judge({ ...fit, 'cleanup.policy': 'compact', 'retention.ms': '60000' }, {}, journal)).toEqual([
      'warn TOPIC_SETTINGS',
    ]);
  });

  it('that is the state and would lose it', () => {
    const state: TopicPlan = { ...table, kind: 'state', settings: STATE_SETTINGS };
    const fit = { ...STATE_SETTINGS, 'min.insync.replicas': '2' };
    expect(judge(fit, {}, state)).toEqual([]);
    expect(judge({ ...fit, 'cleanup.policy': 'delete' }, {}, state)).toEqual(['fail TOPIC_SETTINGS']);
    expect(judge({ ...fit, 'max.message.bytes': '1048588' }, {}, state)).toEqual(['warn TOPIC_RECORD_SIZE']);
  });

  it('that is not there says how it comes to be', () => {
    expect(judgeTopic(table, undefined, 3)).toMatchObject([
      {
        level: 'fail',
        check: 'TOPIC_SETTINGS',
        seen: 'it does not exist',
        todo: expect.stringContaining('topics --sources') as string,
      },
    ]);
  });

  it('among others that are well is one of a number', () => {
    const all = [0, 1].flatMap(() => judgeTopic(table, { described, settings: new Map(Object.entries(well)) }, 3));
    expect(summarized(all, 'topics')).toContainEqual(
      expect.objectContaining({ level: 'ok', check: 'TOPIC_LEADERS', about: '2 topics' }),
    );
  });
});

describe('retention', () => {
  it.each([
    [0, null, 'ok'],
    [0.49, 10, 'ok'],
    [0.5, 10, 'warn'],
    [0.875, 10, 'fail'],
  ])('of which %d is used: %s', (used, recordsLeft, level) => {
    expect(judgeRetention({ topic: 't', used, secondsLeft: 7_200, recordsLeft })).toMatchObject({ level });
  });
});
