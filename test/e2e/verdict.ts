/** After a run: the independent reader and the oracle are asked, and compared. Dragoman has stopped, the database is quiet. */
import type { Expectation, ExpectedEvent, MissedFact } from '../../legacy-db/oracle/expected-events.js';
import type { CommonStack } from './tools.js';
import { compare, type Differences } from './compare.js';
import { readTopic, type Isolation } from './console-consumer.js';
import type { Names } from './expected-record.js';
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
  /** Records of the contract topic that tell of moves, and of nothing else. */
  readonly handovers: readonly PublishedRecord[];
  /** Dead letters of what Dragoman found in the contract topic. */
  readonly findings: readonly FoundLetter[];
  /** Records that a reader of uncommitted records sees and a reader of committed ones does not. */
  readonly aborted: { readonly events: readonly PublishedRecord[]; readonly journal: number };
}

/** What a dead letter says of a record of the contract topic that is not as it should be. */
export interface FoundLetter {
  readonly kind: 'told';
  readonly refusal: { readonly code: string; readonly text: string };
  readonly original: { readonly topic: string; readonly partition: number; readonly offset: number };
}

export interface JudgeOptions {
  /** So many rule sets took part; default 1. */
  readonly ruleSetsMax?: number;
  /** Where contracts move: the scene's, with who publishes what. */
  readonly names?: Names;
  /** Records that others wrote, and that nobody expects. */
  readonly isStrange?: (record: PublishedRecord) => boolean;
}

export async function judge(
  stack: CommonStack,
  scene: Scene,
  streamed: Streamed,
  { ruleSetsMax = 1, names = scene.names, isStrange = () => false }: JudgeOptions = {},
): Promise<Verdict> {
  const oracle = await scene.legacy.expectation(streamed);
  const isOfScene = ({ partition, offset }: PublishedRecord): boolean =>
    offset >= (scene.firstOffsets.get(partition) ?? 0);
  const read = async (isolation: Isolation): Promise<PublishedRecord[]> =>
    (await readTopic(stack, { topic: CONTRACT_TOPIC, isolation })).filter(isOfScene);
  const [everything, all, letters, journal] = await Promise.all([
    read('read_committed'),
    read('read_uncommitted'),
    readTopic(stack, { topic: scene.deadLetterTopic, isolation: 'read_committed' }),
    abortedInJournal(stack, scene.journalTopic),
  ]);
  const events = withoutThose(all, everything).filter((record) => !isHandover(record));
  const own = everything.filter((record) => !isStrange(record));
  const handovers = own.filter(isHandover);
  const committed = own.filter((record) => !isHandover(record));
  return {
    differences: compare({ expected: oracle.events, committed, aborted: events, names, ruleSetsMax }),
    parkedDifferently: compareParked(
      oracle.parked,
      letters.filter((letter) => foundIn(letter) === null),
    ),
    parked: oracle.parked.size,
    expected: oracle.events,
    missed: oracle.missed,
    committed,
    handovers,
    findings: letters.flatMap((letter) => foundIn(letter) ?? []),
    aborted: { events, journal },
  };
}

const isHandover = ({ headers }: PublishedRecord): boolean => headers['ce_type'] === 'dragoman.ownership.v1';

function foundIn({ value }: PublishedRecord): FoundLetter | null {
  const letter = JSON.parse(value) as FoundLetter | { readonly kind: string };
  return letter.kind === 'told' ? (letter as FoundLetter) : null;
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
