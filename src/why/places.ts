/** Where events stand in their topics, and whether a consumer group has read them. */
import type { AggregateRef } from '../domain/change-set.js';
import type { EventAnswer } from './answer.js';
import type { History } from './history/chain.js';
import type { EventWanted, Outside } from './outside.js';

/** Events that are looked for; of the others only the ids are told. */
export const PLACES_MAX = 50;

interface PlacesOf {
  readonly ref: AggregateRef;
  readonly history: History;
  readonly group: string | undefined;
}

/** Fills in what is found. */
export async function withPlaces(
  events: EventAnswer[],
  { ref, history, group }: PlacesOf,
  outside: Outside,
): Promise<void> {
  const written = writtenIn(history);
  const wanted = events.flatMap((event): { event: EventAnswer; want: EventWanted }[] => {
    const nearMs = written.get(event.id);
    return nearMs === undefined ? [] : [{ event, want: { id: event.id, topic: event.topic, key: ref.id, nearMs } }];
  });
  const looked = wanted.slice(0, PLACES_MAX);
  const topics = [...new Set(events.map(({ topic }) => topic))];
  const [places, committed] = await Promise.all([
    looked.length === 0 ? [] : outside.places(looked.map(({ want }) => want)),
    group === undefined || topics.length === 0 ? null : outside.committed(group, topics),
  ]);
  for (const [i, { event }] of looked.entries()) Object.assign(event, places[i] ?? {});
  if (group !== undefined) for (const event of events) event.reader = readerOf(event, group, committed);
}

/** By event id. */
const writtenIn = ({ entries }: History): Map<string, number> =>
  new Map(
    entries.flatMap(({ entry: { events = [] }, writtenMs }) =>
      events.map(({ value }): [string, number] => [String(value['eventId']), writtenMs]),
    ),
  );

/** A group that never committed in the partition has read nothing of it, as far as anybody knows. */
function readerOf(
  { topic, partition, offset }: EventAnswer,
  group: string,
  committed: ReadonlyMap<string, number> | null,
): NonNullable<EventAnswer['reader']> {
  if (committed === null || partition === null || offset === null)
    return { group, next: null, isRead: null, behind: null };
  const next = committed.get(`${topic}/${partition}`) ?? null;
  if (next === null) return { group, next, isRead: false, behind: null };
  return { group, next, isRead: next > offset, behind: Math.max(0, offset + 1 - next) };
}
