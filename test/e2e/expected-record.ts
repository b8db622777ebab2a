/**
 * What the record of an expected event must look like, down to the last header: the oracle's event and the names of the
 * deployment -> key, value, headers.
 *
 * Nothing here is shared with src/: the promise is written down a second time, so that a mistake there shows. Sources: the
 * contracts' README, CloudEvents 1.0.2 (Kafka binding, binary mode), RFC 9562 5.5 (UUIDv5).
 */
import { createHash } from 'node:crypto';
import type { ExpectedEvent } from '../../legacy-db/oracle/expected-events.js';

/** Names that the config gives and that stand in every event. */
export interface Names {
  /** The connector's topic.prefix. */
  readonly source: string;
  readonly sourceSystem: string;
  readonly eventSource: string;
  readonly typePrefix: string;
  /** False: the oracle knows the transaction, but not its place in the log, which then stands in no expected record. */
  readonly knowsPlaces: boolean;
  /** Where contracts move: who publishes what becomes of an order. Absent: events do not say it. */
  readonly publisherOf?: (orderId: string) => Publisher;
}

export interface Publisher {
  /** Header `ce_producer`. */
  readonly producer: string;
  /** What its causation ids begin with. */
  readonly causes: string;
  readonly isService: boolean;
}

export interface ExpectedRecord {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
  /**
   * Without `ce_rulesdigest`, which is whatever the rules are, but the same in every record of Dragoman; and without `ce_ownershipepoch`, of which
   * only a place in the topic can tell what is right (cutover/owners.ts).
   */
  readonly headers: Readonly<Record<string, string>>;
}

const SCHEMA_VERSION = 1;
const SEQUENCE_DIGITS = 12;
const URL_NAMESPACE = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';
const EVENT_NAMESPACE = uuid5('urn:dragoman:integration-event', URL_NAMESPACE);

export function expectedRecord(event: ExpectedEvent, names: Names): ExpectedRecord {
  const { eventType, orderId, sequence, tenant, market, channel, causation, fields } = event;
  const eventId = expectedId(event);
  const occurredAt = new Date(event.occurredAt ?? 0).toISOString();
  const correlationId = `${names.sourceSystem}:order:${orderId}`;
  const publisher = names.publisherOf?.(orderId);
  const causationId =
    event.dueAt !== undefined
      ? `timers:expected:OrderAcceptedForFulfillment:${event.dueAt}`
      : `${publisher?.causes ?? names.source}:${causation.txid}:${names.knowsPlaces ? (causation.commitEndLsn ?? '') : ''}`;
  const type = `${names.typePrefix}.${eventType}.v${SCHEMA_VERSION}`;
  return {
    key: orderId,
    value: {
      eventId,
      eventType,
      schemaVersion: SCHEMA_VERSION,
      occurredAt,
      sequence,
      correlationId,
      causationId,
      tenant,
      market,
      channel,
      sourceSystem: names.sourceSystem,
      orderId,
      ...fields,
    },
    headers: {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_source: names.eventSource,
      ce_type: type,
      ce_subject: orderId,
      ce_time: occurredAt,
      ce_dataschema: `urn:dragoman:contract:${type}`,
      ce_correlationid: correlationId,
      ce_causationid: causationId,
      ce_ordersequence: String(sequence).padStart(SEQUENCE_DIGITS, '0'),
      'content-type': 'application/json',
      ...(publisher === undefined ? {} : { ce_producer: publisher.producer }),
      ...(publisher?.isService === true ? { ce_occurrence: ownOccurrence(event) } : {}),
    },
  };
}

/** Nothing but contract, order and occurrence: no clock, no offset, no random number (G4). */
const expectedId = (event: ExpectedEvent): string =>
  uuid5(
    JSON.stringify([`${event.eventType}.v${SCHEMA_VERSION}`, event.orderId, ownOccurrence(event)]),
    EVENT_NAMESPACE,
  );

/** What distinguishes a fact from others of its order under the contract: the key of its row. */
export function ownOccurrence({ eventType, orderId, occurrence }: ExpectedEvent): string {
  const rowKey: Readonly<Record<ExpectedEvent['eventType'], string>> = {
    OrderAcceptedForFulfillment: '',
    OrderReleasedToWarehouse: occurrence,
    OrderCancellationAccepted: `${orderId}/${occurrence}`,
    RefundInitiated: occurrence,
    OrderAcceptanceOverdue: occurrence,
  };
  return rowKey[eventType];
}

export function uuid5(name: string, namespace: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
