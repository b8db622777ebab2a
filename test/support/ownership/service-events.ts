/** Events of a service: those that Dragoman published out of a recording, as the service would publish them. */
import { eventId } from '../../../src/domain/event-id.js';
import { type Handover, handoverRecord } from '../../../src/domain/ownership/handover.js';
import { serviceProducer } from '../../../src/domain/ownership/headers.js';
import { ALL } from '../../../src/domain/ownership/route.js';
import type { RawRecord } from '../../../src/pipeline/ports.js';
import type { PublishedRecord } from '../rig.js';

/** As a log holds it, without its place. */
export interface Written {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface AsTold {
  readonly sequence?: number;
  readonly epoch?: number;
  readonly occurrence?: string;
  readonly producer?: string;
  /** Another key: of another order. */
  readonly key?: string;
}

export const PRODUCER = serviceProducer('orders');

/** The same event under another owner. */
export function toldBy(published: PublishedRecord, told: AsTold = {}): Written {
  const { eventType, schemaVersion } = published.value;
  const { sequence = Number(published.value['sequence']), epoch = 0, occurrence = '', producer = PRODUCER } = told;
  const { key = published.key } = told;
  const named = { contract: String(eventType), majorVersion: Number(schemaVersion) };
  const id = eventId({ ...named, aggregateId: key, occurrence });
  const value = { ...published.value, eventId: id, sequence, orderId: key };
  const headers = {
    ...published.headers,
    ...{ ce_id: id, ce_subject: key, ce_ordersequence: String(sequence).padStart(12, '0') },
    ...{ ce_producer: producer, ce_ownershipepoch: String(epoch) },
    ...(occurrence === '' ? {} : { ce_occurrence: occurrence }),
  };
  return { key, value: JSON.stringify(value), headers };
}

export const handover = (of: Partial<Handover> & Pick<Handover, 'contract' | 'epoch'>): Handover => ({
  ...{ v: 1, selector: ALL, from: 'service', to: 'legacy', at: '2026-11-21T09:52:35.035Z' },
  ...{ pipeline: 'orders', shard: 0, shards: 1, by: 'ada', reason: 'a test' },
  ...of,
});

export function handoverBy(producer: string, of: Handover, partition = 0): Written {
  const { key, value, headers } = handoverRecord(of, partition, { source: 'urn:example:orders', producer });
  return { key, value, headers };
}

export const raw = ({ key, value, headers }: Written, offset = 0): RawRecord => ({
  ...{ offset, timestampMs: 0, key: Buffer.from(key), value: Buffer.from(value), headers },
});
