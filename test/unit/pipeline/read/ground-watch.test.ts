/** What the look at the ground tells, and what ends a task that runs. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { DragomanError } from '../../../../src/errors.js';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import type { Ground, Retention, TopicNow } from '../../../../src/pipeline/ports.js';
import { encodeFootprint } from '../../../../src/pipeline/progress/footprint.js';
import { GroundWatch } from '../../../../src/pipeline/read/ground-watch.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

const HEADER = 'legacy.oms.ord_hdr';
const before = new Map<string, TopicNow>([[HEADER, { id: 'a'.repeat(22), partitions: 1 }]]);
const retention: Retention = { topic: HEADER, used: 0.75, secondsLeft: 60, recordsLeft: 3 };
const unsafe = [{ topic: HEADER, text: 'Topic legacy.oms.ord_hdr has cleanup.policy=compact' }];
const ground = (changes: Partial<Ground> = {}): Ground => ({
  topics: () => Promise.resolve(before),
  retention: () => Promise.resolve([retention]),
  unsafe: () => Promise.resolve(unsafe),
  ...changes,
});

/** How often what can be written anew was asked for. */
let emptied = 0;

async function look(changes: Partial<Ground>, stoodOn = before): Promise<PipelineEvent[]> {
  const told: PipelineEvent[] = [];
  const watch = new GroundWatch(
    { ground: ground(changes), observe: (e) => told.push(e), needed: () => new Map(), onEmptied: () => (emptied += 1) },
    stoodOn,
  );
  const running = watch.run();
  watch.stop();
  await running;
  return told;
}

describe('a look at the ground', () => {
  it('tells settings that lose records, and how near to deletion what is needed is', async () => {
    expect(await look({})).toEqual([
      { kind: 'unsafeTopics', topics: unsafe },
      { kind: 'retention', ...retention },
    ]);
  });

  it('passes over a Kafka that is away', async () => {
    const away = (): Promise<never> => Promise.reject(new DragomanError('KAFKA_UNAVAILABLE', 'away'));
    expect(await look({ topics: away })).toEqual([]);
  });

  it('ends with a topic that is made again', async () => {
    const topics = new Map([[HEADER, { id: 'b'.repeat(22), partitions: 1 }]]);
    await expect(look({ topics: () => Promise.resolve(topics) })).rejects.toMatchObject({ code: 'TOPIC_RECREATED' });
  });
});

describe('a topic that can be written anew', () => {
  const OWNERSHIP = 'dragoman.ownership';
  const copy = (id: string): Map<string, TopicNow> => new Map([[OWNERSHIP, { id, partitions: 1, isCopy: true }]]);
  const seen = async (now: Map<string, TopicNow>): Promise<number> => {
    emptied = 0;
    await look({ topics: () => Promise.resolve(now) }, copy('a'));
    return emptied;
  };

  it('is asked for when it is another one, and ends nothing', async () => {
    expect([await seen(copy('a')), await seen(copy('b')), await seen(new Map())]).toEqual([0, 1, 0]);
  });

  it('is no part of what a start compares', () => {
    const stood = { cluster: 'c', names: {} as never, qualifier: null, shards: 1 };
    expect(encodeFootprint({ ...stood, topics: copy('a') })).toBe(encodeFootprint({ ...stood, topics: new Map() }));
  });
});

describe('a task', () => {
  let rules: LoadedRules;
  beforeAll(async () => {
    rules = await retailerRules();
  });

  it('asks for what it still needs, and ends when its journal is another one', async () => {
    const rig = new Rig(readRecording('postgres/01-lifecycle'), { rules });
    let asked: readonly string[] = [];
    let looks = 0;
    const own = ground({
      topics: () => Promise.resolve((looks += 1) === 1 ? before : new Map([[HEADER, { id: 'b', partitions: 1 }]])),
    });
    expect(await rig.live({ ...rig.ports(), ground: own })).toMatchObject({ kind: 'refused', code: 'TOPIC_RECREATED' });
    looks = -100;
    const retentionOf: Ground['retention'] = (needed) => {
      asked = [...needed.keys()];
      return Promise.resolve([]);
    };
    await rig.live({ ...rig.ports(), ground: ground({ retention: retentionOf }) });
    expect(asked).toContain(`${HEADER}/0`);
  });
});
