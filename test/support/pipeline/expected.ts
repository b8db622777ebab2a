/** What a pipeline published, in the words of the oracle that reads the truth of a recording. */
import { readTruth } from '../../../legacy-db/oracle/truth-file.js';
import { expect as oracle, type ExpectedEvent } from '../../../legacy-db/oracle/expected-events.js';
import { type Envelope, envelopeOf, readRecording, truthPath } from '../recordings.js';
import type { Rig } from '../rig.js';

export interface PlainEvent {
  readonly type: unknown;
  readonly order: unknown;
  readonly sequence: unknown;
  readonly occurredAt: unknown;
  readonly causationId: unknown;
  readonly context: readonly unknown[];
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * In commit order; events of several orders in one transaction by order number. A transaction that was committed while no
 * connector was streaming (07, between two snapshots) can cause no event.
 */
export function expectedOf(recording: string, truth = recording): PlainEvent[] {
  const streamed = streamedEnds(recording);
  const isStreamed = (end: unknown): boolean => streamed.has(String(end));
  const history = readTruth(truthPath(truth));
  const baseline = history.findIndex(({ commitEndLsn }) => isStreamed(commitEndLsn));
  return oracle(history, baseline)
    .events.filter(({ causation }) => isStreamed(causation.commitEndLsn))
    .map(plainExpectation);
}

/** Ends of the transactions that were streamed: numbers in the ids of END. */
export function streamedEnds(recording: string): ReadonlySet<string> {
  const boundaries = readRecording(recording)
    .filter(({ topic }) => topic.endsWith('.transaction'))
    .map((record) => unwrapped(envelopeOf(record)));
  return new Set(boundaries.filter(({ status }) => status === 'END').map(({ id }) => id?.split(':')[1] ?? ''));
}

/** Recording 10 has `schemas.enable=true`. */
const unwrapped = (value: Envelope & { payload?: Envelope }): Envelope => value.payload ?? value;

function plainExpectation(event: ExpectedEvent): PlainEvent {
  const { eventType: type, orderId: order, sequence, tenant, market, channel, causation, fields } = event;
  const occurredAt = new Date(event.occurredAt ?? 0).toISOString();
  const causationId = `legacy:${causation.txid}:${causation.commitEndLsn ?? ''}`;
  return { type, order, sequence, occurredAt, causationId, context: [tenant, market, channel], fields };
}

/** Events in the order in which they were published, those of one transaction by order number. */
export function publishedBy(rig: Rig): PlainEvent[] {
  const events = rig.told.flatMap((event) => (event.kind === 'decided' ? event.events : []));
  const place = new Map<unknown, number>();
  for (const { value } of events) if (!place.has(value.causationId)) place.set(value.causationId, place.size);
  return events
    .map(({ value }) => plainEvent(value))
    .sort(
      (a, b) => (place.get(a.causationId) ?? 0) - (place.get(b.causationId) ?? 0) || Number(a.order) - Number(b.order),
    );
}

const METADATA = ['eventId', 'eventType', 'schemaVersion', 'occurredAt', 'sequence', 'correlationId', 'causationId'];
const CONTEXT = ['tenant', 'market', 'channel', 'sourceSystem', 'orderId'];

function plainEvent(value: Readonly<Record<string, unknown>>): PlainEvent {
  const { eventType: type, orderId: order, sequence, occurredAt, causationId, tenant, market, channel } = value;
  const fields = Object.fromEntries(
    Object.entries(value).filter(([name]) => !METADATA.includes(name) && !CONTEXT.includes(name)),
  );
  return { type, order, sequence, occurredAt, causationId, context: [tenant, market, channel], fields };
}
