/** A contract topic as Dragoman and a service write it one after the other, record by record: good, unless a test damages it. */
import { readFileSync } from 'node:fs';
import { orderReleasedToWarehouseV1 } from '../../../rules/contracts/order-released-to-warehouse.v1.js';
import { Conformance, type TimedRecord } from '../../../src/cli/conform/conformance.js';
import type { PublishedContract } from '../../../src/contracts/published.js';
import { type Handover, handoverRecord } from '../../../src/domain/ownership/handover.js';
import { pipelineProducer, serviceProducer } from '../../../src/domain/ownership/headers.js';
import { selectorOf } from '../../../src/domain/ownership/route.js';
import { partitionOf } from '../../../src/domain/partition.js';
import { ownContract } from '../../../src/producer/event/contract.js';
import { made } from '../../../src/producer/event/making.js';
import { METADATA_FIELDS } from '../../../src/rules/contract.js';
import { changeSet } from '../../unit/translate/examples.js';
import { eventText, makeEvent } from '../../../src/translate/publish/event.js';

export const TOPIC = 'orders.fulfillment';
export const CONTRACT = 'OrderReleasedToWarehouse.v1';
export const PARTITIONS = 3;
const SERVICE = 'order-service';
const DRAGOMAN = pipelineProducer('dragoman', 'orders');
export const WIRE = { sourceSystem: 'legacy', eventSource: 'urn:dragoman' };
export const CONTEXT = ['tenant', 'market', 'channel'];

export const releasedContract = JSON.parse(
  readFileSync(`rules/contracts/published/${CONTRACT}/contract.json`, 'utf8'),
) as PublishedContract;

const METADATA = new Set<string>(METADATA_FIELDS);

/** Key, context and business fields of an event under it, of the contract's example. */
export const ownFields = ({ example }: Pick<PublishedContract, 'example'>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(example).filter(([name]) => !METADATA.has(name)));

export const valueOf = (orderId: string, market = 'DE'): Record<string, unknown> => ({
  ...ownFields(releasedContract),
  ...{ orderId, market },
});

export type TopicRecord = TimedRecord & { readonly headers: Readonly<Record<string, string>>; readonly value: string };

export class ContractTopic {
  readonly records: TopicRecord[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #offsets = Array.from({ length: PARTITIONS }, () => 0);
  #timeMs = Date.parse('2026-03-01T00:00:00Z');

  /** The next event of an order, by Dragoman. */
  legacy(key: string, market = 'DE'): this {
    const sequence = this.#next(key);
    const fields = valueOf(key, market);
    const context = Object.fromEntries(CONTEXT.map((name) => [name, fields[name]])) as Record<string, string>;
    const event = makeEvent({
      ...{ changeSet: changeSet({ id: key, changes: [] }), contract: orderReleasedToWarehouseV1, sequence, context },
      ...{ occurrence: String(sequence), occurredAt: '2026-03-01T00:00:00.000Z', fields: fields as never },
      settings: { ...WIRE, eventTypePrefix: '', digest: 'd' },
    });
    return this.write(
      { key, value: eventText(event), headers: { ...event.headers, ce_producer: DRAGOMAN } },
      partitionOf(key, PARTITIONS),
    );
  }

  /** The next event of an order, by the service. */
  service(key: string, epoch: number, market = 'DE'): this {
    const sequence = this.#next(key);
    const settings = { service: SERVICE, ...WIRE, aggregate: 'order', context: CONTEXT, recordBytesMax: 1_000_000 };
    const { record } = made(
      ownContract({ published: releasedContract }, ''),
      valueOf(key, market),
      { occurrence: String(sequence), occurredAt: '2026-03-01T00:00:00Z', causationId: 'r' },
      ...[settings, 0],
    );
    return this.write(record({ sequence, epoch }), partitionOf(key, PARTITIONS));
  }

  /** In every partition. */
  handover(epoch: number, to: Handover['to'], said: Partial<Handover> = {}): this {
    const from = to === 'service' ? 'legacy' : 'service';
    const handover: Handover = {
      ...{ v: 1, contract: CONTRACT, selector: selectorOf({ market: 'DE' }), epoch, from, to },
      ...{ at: '2026-03-01T00:00:00Z', pipeline: 'orders', shard: 0, shards: 1, by: 'ops', reason: 'r', ...said },
    };
    const producer = to === 'service' ? DRAGOMAN : serviceProducer(SERVICE);
    for (let partition = 0; partition < PARTITIONS; partition += 1)
      this.write(handoverRecord(handover, partition, { source: WIRE.eventSource, producer }), partition);
    return this;
  }

  write(record: Pick<TopicRecord, 'value' | 'headers'> & { key: string }, partition: number): this {
    const offset = this.#offsets[partition] ?? 0;
    this.#offsets[partition] = offset + 1;
    this.#timeMs += 1;
    this.records.push({ topic: TOPIC, partition, offset: String(offset), timestampMs: this.#timeMs, ...record });
    return this;
  }

  #next(key: string): number {
    const number = (this.#numbers.get(key) ?? 0) + 1;
    this.#numbers.set(key, number);
    return number;
  }
}

/** Code and place of each finding. @param cut partitions of which something expired. @param topic in which they stand. */
export function conformed(records: readonly TimedRecord[], cut: readonly number[] = [], topic = TOPIC): string[] {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ isCut: cut.includes(partition) }));
  const conformance = new Conformance(topic, partitions, [releasedContract]);
  for (const record of records) conformance.see({ ...record, topic });
  conformance.end();
  return conformance.findings.map(({ code, place }) => `${code} ${place}`);
}
