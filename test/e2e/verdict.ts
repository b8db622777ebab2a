/** After a run: the independent reader and the oracle are asked, and compared. Dragoman has stopped, the database is quiet. */
import type { Expectation, ExpectedEvent, MissedFact } from '../../legacy-db/oracle/expected-events.js';
import type { CommonStack } from './tools.js';
import { compare, type Differences } from './compare.js';
import { readTopic, type Isolation } from './console-consumer.js';
import type { PublishedRecord } from './published.js';
import type { Streamed } from './legacy-source.js';
import { CONTRACT_TOPIC, type Scene } from './scene.js';

export interface Verdict {
  readonly differences: Differences;
  /** Orders that only one side parked, or for another reason. */
  readonly parkedDifferently: readonly string[];
  readonly parked: number;
  readonly expected: readonly ExpectedEvent[];
  /** Became true while no connector streamed, so no event may tell of it. */
  readonly missed: readonly MissedFact[];
  readonly committed: readonly PublishedRecord[];
  /** Records that a reader of uncommitted records sees and a reader of committed ones does not. */
  readonly aborted: { readonly events: readonly PublishedRecord[]; readonly journal: number };
}

/** @param ruleSetsMax so many rule sets took part. */
export async function judge(stack: CommonStack, scene: Scene, streamed: Streamed, ruleSetsMax = 1): Promise<Verdict> {
  const oracle = await scene.legacy.expectation(streamed);
  const own = ({ partition, offset }: PublishedRecord): boolean => offset >= (scene.firstOffsets.get(partition) ?? 0);
  const read = async (isolation: Isolation): Promise<PublishedRecord[]> =>
    (await readTopic(stack, { topic: CONTRACT_TOPIC, isolation })).filter(own);
  const [committed, all, letters, journal] = await Promise.all([
    read('read_committed'),
    read('read_uncommitted'),
    readTopic(stack, { topic: scene.deadLetterTopic, isolation: 'read_committed' }),
    abortedInJournal(stack, scene.journalTopic),
  ]);
  const events = withoutThose(all, committed);
  const { names } = scene;
  return {
    differences: compare({ expected: oracle.events, committed, aborted: events, names, ruleSetsMax }),
    parkedDifferently: compareParked(oracle.parked, letters),
    parked: oracle.parked.size,
    expected: oracle.events,
    missed: oracle.missed,
    committed,
    aborted: { events, journal },
  };
}

async function abortedInJournal(stack: CommonStack, topic: string): Promise<number> {
  const read = (isolation: Isolation): Promise<PublishedRecord[]> =>
    readTopic(stack, { topic, isolation, withValues: false });
  const [committed, all] = await Promise.all([read('read_committed'), read('read_uncommitted')]);
  return withoutThose(all, committed).length;
}

function withoutThose(all: readonly PublishedRecord[], these: readonly PublishedRecord[]): PublishedRecord[] {
  const place = ({ partition, offset }: PublishedRecord): string => `${partition}/${offset}`;
  const known = new Set(these.map(place));
  return all.filter((record) => !known.has(place(record)));
}

/** Key changes are known to both by the same name; why an event could not be built is each side's own word. */
function compareParked(expected: Expectation['parked'], letters: readonly PublishedRecord[]): string[] {
  const actual = new Map<string, string>();
  for (const { value, key } of letters) {
    const { id, refusal } = JSON.parse(value) as { id: string | null; refusal: { code: string } };
    const order = id ?? `row ${key}`;
    if (!actual.has(order)) actual.set(order, refusal.code);
  }
  const faults: string[] = [];
  for (const [order, reason] of expected) {
    const code = actual.get(order);
    if (code === undefined) faults.push(`order ${order} should be parked (${reason})`);
    else if (reason === 'AGGREGATE_KEY_CHANGED' && code !== reason) faults.push(`order ${order} is parked by ${code}`);
  }
  for (const [order, code] of actual) if (!expected.has(order)) faults.push(`order ${order} is parked by ${code}`);
  return faults;
}
