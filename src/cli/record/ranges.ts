/** What is read for a recording: topics of connectors, from which offset up to which, and in which order where rows are found via others. */
import type { Admin } from 'kafkajs';
import { partitionName, splitName } from '../../adapters/kafka/names.js';
import type { OffsetRange } from '../../adapters/kafka/read/range-reader.js';
import type { TableOf } from '../rules/drift-records.js';
import type { AggregatePick } from './picked.js';

export type Ranges = ReadonlyMap<string, OffsetRange>;

/** Milliseconds since 1970, as the broker has them of its records. */
export interface Window {
  readonly since?: number;
  /** Not included. */
  readonly until?: number;
}

export interface ConnectorTopics {
  /** Of tables. */
  readonly rows: readonly string[];
  /** Boundaries of transactions, logical messages, schema changes. */
  readonly others: readonly string[];
}

/** What the connector with this prefix writes, its own history of schemas left out. Most often a point follows the prefix. */
export function topicsOfConnector(topics: readonly string[], prefix: string): ConnectorTopics {
  const delimiter = ['.', '_', '-'].find((each) => topics.some((topic) => topic.startsWith(prefix + each)));
  if (delimiter === undefined) return { rows: [], others: topics.filter((topic) => topic === prefix) };
  const own = ['transaction', 'message'].map((name) => prefix + delimiter + name);
  const below = topics.filter((topic) => topic.startsWith(prefix + delimiter) && !topic.endsWith('schema-history'));
  return {
    rows: below.filter((topic) => !own.includes(topic)),
    others: topics.filter((topic) => topic === prefix || own.includes(topic)),
  };
}

export async function rangesOf(admin: Admin, topics: readonly string[], { since, until }: Window): Promise<Ranges> {
  const ranges = new Map<string, OffsetRange>();
  const placesAt = async (topic: string, timeMs: number | undefined): Promise<Map<number, number>> => {
    const found = timeMs === undefined ? [] : await admin.fetchTopicOffsetsByTimestamp(topic, timeMs);
    return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
  };
  for (const topic of topics) {
    const [starts, ends] = [await placesAt(topic, since), await placesAt(topic, until)];
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const [first, end] = [Number(low), Number(high)];
      const from = Math.max(first, since === undefined ? first : (starts.get(partition) ?? end));
      const to = Math.min(end, ends.get(partition) ?? end);
      if (from < to) ranges.set(partitionName(topic, partition), { from, to });
    }
  }
  return ranges;
}

/** Rows that others are found via come first. Without such a pick, all at once. */
export function roundsOf(ranges: Ranges, pick: AggregatePick | null, tableOf: TableOf): Ranges[] {
  if (pick === null) return [ranges];
  const rounds = new Map<number, Map<string, OffsetRange>>();
  for (const [partition, range] of ranges) {
    const round = pick.roundOf(tableOf(splitName(partition).topic) ?? '');
    if (round === null) continue;
    const ofRound = rounds.get(round) ?? new Map<string, OffsetRange>();
    rounds.set(round, ofRound.set(partition, range));
  }
  return [...rounds].sort(([a], [b]) => a - b).map(([, ofRound]) => ofRound);
}

/** What is left after a part was written. */
export const rest = (ranges: Ranges, next: ReadonlyMap<string, number>): Ranges =>
  new Map(
    [...ranges].map(([partition, { from, to }]) => [
      partition,
      { from: Math.max(from, next.get(partition) ?? from), to },
    ]),
  );
