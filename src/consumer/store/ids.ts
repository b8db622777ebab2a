/** Which events are new: their ids are put into the inbox, many in one round trip. */
import { eventId } from '../../domain/event-id.js';
import type { ReadEvent } from '../read/event.js';
import type { Place } from '../read/record.js';
import { type Queries, rowsOf } from './transaction.js';

/** In the order of ids: two transactions that want the same ones wait for each other, and never in a circle. */
const CLAIM = `
  INSERT INTO dragoman_inbox (consumer, event_id, topic, partition, record_offset)
  SELECT $1, given.* FROM unnest($2::uuid[], $3::text[], $4::integer[], $5::bigint[])
    AS given (event_id, topic, partition, record_offset)
  ORDER BY given.event_id
  ON CONFLICT DO NOTHING
  RETURNING event_id`;

/** @param events each id once. @returns those that had not been there. */
export async function claim(tx: Queries, consumer: string, events: readonly ReadEvent[]): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const places = events.map(({ place }) => place);
  const rows = await rowsOf<{ event_id: string }>(tx, CLAIM, [
    consumer,
    events.map(({ id }) => id),
    places.map(({ topic }) => topic),
    places.map(({ partition }) => partition),
    places.map(({ offset }) => offset),
  ]);
  return new Set(rows.map(({ event_id }) => event_id));
}

/** The row of a record that is no event, by its place; of a topic, and so no id of an event. */
export const placeId = ({ topic, partition, offset }: Place): string =>
  eventId({ contract: topic, majorVersion: partition, aggregateId: offset, occurrence: 'place' });

/** Takes no effect, ever. */
export async function claimDiscarded(tx: Queries, consumer: string, id: string, place: Place): Promise<void> {
  await rowsOf(tx, CLAIM, [consumer, [id], [place.topic], [place.partition], [place.offset]]);
}

const FIND = `
  SELECT event_id, topic, partition, record_offset::text AS offset FROM dragoman_inbox
  WHERE consumer = $1 AND event_id = ANY ($2::uuid[])`;

/** Where the events stood that took effect. */
export async function placesOf(
  tx: Queries,
  consumer: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Place>> {
  if (ids.length === 0) return new Map();
  const rows = await rowsOf<Place & { event_id: string }>(tx, FIND, [consumer, ids]);
  return new Map(rows.map(({ event_id, topic, partition, offset }) => [event_id, { topic, partition, offset }]));
}

/** They take no effect after all. */
export async function giveBack(tx: Queries, consumer: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await rowsOf(tx, 'DELETE FROM dragoman_inbox WHERE consumer = $1 AND event_id = ANY ($2::uuid[])', [consumer, ids]);
}
