/** A pipeline of which no commit succeeds does not count as running, and says for how long; one that is told to end while it restores ends. */
import { beforeAll, expect, it } from 'vitest';
import { TextRecords } from '../../../../src/adapters/memory/text-records.js';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { DragomanError } from '../../../../src/errors.js';
import { createMetrics } from '../../../../src/metrics/metrics.js';
import { decodeMarker } from '../../../../src/pipeline/state/marker.js';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import type { Sink } from '../../../../src/pipeline/ports.js';
import { Task } from '../../../../src/pipeline/task.js';
import { readRecording } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { ORDERS } from '../../../support/pipeline/orders.js';

const records = readRecording('postgres/01-lifecycle');
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

/** Runs until `isOver` says so of an event. */
async function run(rig: Rig, sink: Sink, isOver: (event: PipelineEvent) => boolean): Promise<readonly PipelineEvent[]> {
  const told: PipelineEvent[] = [];
  const observe = (event: PipelineEvent): void => {
    told.push(event);
    if (isOver(event)) task.stop();
  };
  const task = new Task({ ...rig.ports(), sink, clock: { nowMs: Date.now }, observe }, rig.settings());
  await task.run();
  return told;
}

const statesOf = (told: readonly PipelineEvent[]): string[] =>
  told.flatMap((event) => (event.kind === 'state' ? [event.state] : []));

it('is paused from the third failed commit in a row on, and the age of what was read grows', async () => {
  const rig = new Rig(records, { rules });
  const metrics = createMetrics({ clock: { nowMs: () => nowMs }, version: 'x', rulesDigest: 'x' });
  let nowMs = 1_000_000;
  const observe = metrics.observer(ORDERS);
  const commit = (): Promise<never> => Promise.reject(new DragomanError('COMMIT_UNCERTAIN', 'it fails'));
  let failed = 0;
  const told = await run(rig, replaced<Sink>(rig.ports().sink, { commit }), (event) => {
    if (event.kind === 'state' && ['closing', 'closed'].includes(event.state)) return false;
    observe(event);
    if (event.kind === 'failed') nowMs += 60_000;
    return event.kind === 'state' && event.state === 'paused' && (failed += 1) > 0;
  });
  const states = statesOf(told);
  expect(states.filter((state) => state === 'running')).toHaveLength(3);
  expect(states.slice(states.indexOf('paused') - 1)).toEqual(['running', 'paused', 'closing', 'closed']);
  expect(await metrics.render()).toContain(
    'dragoman_oldest_uncommitted_row_age_seconds{pipeline="orders",shard="0"} 180',
  );
}, 20_000);

it('has no age of what is committed', async () => {
  const rig = new Rig(records, { rules });
  const metrics = createMetrics({ clock: { nowMs: Date.now }, version: 'x', rulesDigest: 'x' });
  const observe = metrics.observer(ORDERS);
  await run(rig, rig.ports().sink, (event) => {
    if (event.kind === 'state' && event.state === 'closed') return false;
    observe(event);
    return event.kind === 'committed' && rig.published().length === 37;
  });
  const line = (await metrics.render()).split('\n').find((text) => text.startsWith('dragoman_oldest_uncommitted_row_'));
  expect(Number(line?.split(' ')[1])).toBeLessThan(5);
});

it('ends while it restores, and the store does not say that it is complete', async () => {
  const rig = new Rig(records, { rules });
  await rig.live();
  rig.store.clear();
  const { sink } = rig.ports();
  let stop = (): void => undefined;
  let given = 0;
  const endless: Sink['walk'] = async function* (topic, from, to) {
    for await (const records of sink.read(topic, from, to))
      yield new TextRecords(records[0]?.partition ?? 0, records.slice(0, 1));
    for (const isRestore = from.every((offset) => offset === 0); isRestore; given += 1) {
      if (given === 3) stop();
      await new Promise((resolve) => setTimeout(resolve, 1));
      yield new TextRecords(0, []);
    }
  };
  const states: string[] = [];
  const observe = (event: PipelineEvent): void => {
    if (event.kind === 'state') states.push(event.state);
  };
  const ports = {
    ...rig.ports(),
    sink: replaced<Sink>(sink, { walk: endless }),
    clock: { nowMs: Date.now },
    observe,
  };
  const task = new Task(ports, rig.settings());
  stop = () => task.stop();
  expect(await task.run()).toBe('closed');
  expect(given).toBe(3);
  expect(states).toEqual(['fencing', 'restoring', 'closing', 'closed']);
  expect(decodeMarker((await rig.store.marker()) ?? '').restoring).toBe(true);
  await rig.live();
  expect(rig.published()).toHaveLength(37);
});
