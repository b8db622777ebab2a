/** A pipeline that waits for a person is not ready between two tries. */
import { describe, expect, it } from 'vitest';
import { Standing } from '../../../../src/cli/run/standing.js';
import type { PipelineEvent, TaskState } from '../../../../src/pipeline/events.js';

const state = (name: TaskState, reason: string | null = null): PipelineEvent => ({
  kind: 'state',
  state: name,
  reason,
});
const failed = (disposition: string): PipelineEvent => ({
  kind: 'failed',
  code: disposition === 'refuse' ? 'BEGINNING_UNKNOWN' : 'REDIS_UNAVAILABLE',
  disposition,
  text: 'no baseline',
});
const committed = (result: 'committed' | 'failed'): PipelineEvent => ({
  kind: 'committed',
  result,
  seconds: 1,
  published: [],
});
const begun = [state('fencing'), state('restoring'), state('running')];
const refused = [...begun, failed('refuse'), state('paused', 'BEGINNING_UNKNOWN: no baseline')];

/** What is said after these events, so long after the last one. */
const after = (events: readonly PipelineEvent[], ms = 0): true | string => {
  let nowMs = 1_000_000;
  const standing = new Standing({ nowMs: () => nowMs });
  for (const event of events) standing.observe(event);
  nowMs += ms;
  return standing.readiness();
};

describe('a task is ready', () => {
  it.each<[string, readonly PipelineEvent[], number]>([
    ['as soon as it runs for the first time', begun, 0],
    ['as soon as it runs after a failure that passes', [...begun, failed('retry'), state('paused'), ...begun], 0],
    ['when something was committed after a refusal', [...refused, ...begun, committed('committed')], 0],
    ['when a try has run for ten seconds', [...refused, ...begun], 10_000],
    ['when another member has it', [...refused, state('fenced')], 0],
  ])('%s', (_, events, ms) => {
    expect(after(events, ms)).toBe(true);
  });
});

describe('a task is not ready, and says why', () => {
  it.each<[string, readonly PipelineEvent[], number, string]>([
    ['before it runs', begun.slice(0, 2), 0, 'restoring'],
    ['while it is paused', refused, 60_000, 'paused (BEGINNING_UNKNOWN: no baseline)'],
    ['while a refusal is tried again', [...refused, ...begun], 9_999, 'tried again (BEGINNING_UNKNOWN: no baseline)'],
    [
      'when the commit after it fails',
      [...refused, ...begun, committed('failed')],
      0,
      'tried again (BEGINNING_UNKNOWN: no baseline)',
    ],
  ])('%s', (_, events, ms, text) => {
    expect(after(events, ms)).toBe(text);
  });
});
