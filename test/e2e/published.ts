/**
 * Records of the contract topic as the independent reader printed them, and what can be said of one record alone: whether it
 * can be read, and which occurrence it tells of. No opinion on whether it should be there.
 */
import { EVENT_TYPES, type EventType } from '../../legacy-db/oracle/facts.js';

export interface PublishedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

/** One readable record. `occurrence` names what happened: type, order, and `once` or the number of the row. */
export interface Published {
  readonly record: PublishedRecord;
  readonly place: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly eventId: string;
  readonly orderId: string;
  /** Name and major version: what `sequence` counts by, in each order. */
  readonly contract: string;
  readonly sequence: number;
  readonly occurrence: string;
}

export const occurrenceOf = (event: { eventType: string; orderId: string; occurrence: string }): string =>
  `${event.eventType} of order ${event.orderId} (${event.occurrence})`;

export const placeOf = ({ partition, offset }: PublishedRecord): string => `partition ${partition} offset ${offset}`;

/** The record as an event, or in words why it is none. */
export function readPublished(record: PublishedRecord): Published | string {
  let value: unknown;
  try {
    value = JSON.parse(record.value);
  } catch {
    return 'the value is not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the value is not an object';
  const fields = value as Record<string, unknown>;
  const { eventType, orderId, eventId, sequence } = fields;
  if (typeof orderId !== 'string' || typeof eventId !== 'string') return 'orderId or eventId is not a text';
  if (typeof sequence !== 'number') return 'sequence is not a number';
  const type = EVENT_TYPES.find((known) => known === eventType);
  if (type === undefined) return `eventType ${JSON.stringify(eventType)} is not known`;
  const number = rowNumber(type, fields);
  if (number === undefined) return `${type} does not name its row`;
  const occurrence = occurrenceOf({ eventType: type, orderId, occurrence: number });
  const contract = `${type} v${JSON.stringify(fields['schemaVersion'])}`;
  return { record, place: placeOf(record), value: fields, eventId, orderId, contract, sequence, occurrence };
}

const ROW_FIELD: Readonly<Record<EventType, string | null>> = {
  OrderAcceptedForFulfillment: null,
  OrderReleasedToWarehouse: 'releaseNumber',
  OrderCancellationAccepted: 'requestNumber',
  RefundInitiated: 'paymentId',
  OrderAcceptanceOverdue: 'dueAt',
};

function rowNumber(type: EventType, fields: Readonly<Record<string, unknown>>): string | undefined {
  const field = ROW_FIELD[type];
  if (field === null) return 'once';
  const number = fields[field];
  return typeof number === 'string' || typeof number === 'number' ? String(number) : undefined;
}
