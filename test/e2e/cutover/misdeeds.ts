/**
 * What a service may do wrong: records in the contract topic as an intruder, a zombie or a faulty service writes them, each with the code by which Dragoman
 * must find it. All but the first are about orders that nobody else knows, so that nothing right is touched by them.
 */
import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { partitionOf } from '../../../src/domain/partition.js';
import type { ToldCode } from '../../../src/domain/ownership/told.js';
import { ownContract } from '../../../src/producer/event/contract.js';
import { made, type OwnRecord } from '../../../src/producer/event/making.js';
import { ownFields } from '../../support/producer/topic.js';
import { readExport } from '../../../src/cli/contracts/check/read-export.js';
import { CONTRACT_TOPIC, type Scene } from '../scene.js';
import { SERVICE } from './settings.js';

export interface Misdeed {
  readonly name: string;
  /** Null: it is not wrong, and makes what follows it wrong. */
  readonly code: ToldCode | null;
  readonly record: Record;
}

/** Where it stands now. */
export interface Committed extends Misdeed {
  readonly place: string;
}

interface Record {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<{ [name: string]: string }>;
  /** Absent: that of the key. */
  readonly partition?: number;
}

interface Asked {
  readonly key: string;
  readonly market: string;
  readonly sequence: number;
  readonly epoch: number;
  readonly occurrence?: string;
}

const CONTRACT = 'OrderReleasedToWarehouse.v1';
const FIRST_ORDER = 9_000_001;

export class Misdeeds {
  readonly committed: Committed[] = [];
  readonly #scene: Scene;
  readonly #partitions: number;
  readonly #contract: ReturnType<typeof ownContract>;
  readonly #fields: Readonly<{ [name: string]: unknown }>;
  #orders = FIRST_ORDER;

  /** @param partitions of the contract topic. */
  constructor(scene: Scene, partitions: number) {
    const published = readExport(`${scene.directory}/contracts`).find(
      ({ name, version }) => `${name}.v${version}` === CONTRACT,
    )!;
    this.#scene = scene;
    this.#partitions = partitions;
    this.#contract = ownContract({ published }, '');
    this.#fields = ownFields(published);
  }

  /** Into the topic, in this order. */
  async commit(misdeeds: readonly Misdeed[]): Promise<void> {
    const kafka: Kafka = this.#scene.kafka();
    const producer = kafka.producer({ maxInFlightRequests: 1 });
    await producer.connect();
    for (const misdeed of misdeeds) {
      const { key, value, headers, partition = partitionOf(key, this.#partitions) } = misdeed.record;
      const [sent] = await producer.send({ topic: CONTRACT_TOPIC, messages: [{ key, value, headers, partition }] });
      this.committed.push({ ...misdeed, place: `${partition}/${sent?.baseOffset ?? ''}` });
    }
    await producer.disconnect();
  }

  /** Nobody has moved it yet. */
  early(market: string): Misdeed[] {
    return [this.#one('published before any move', 'INTRUDER_ROUTE', { market, epoch: 1, ...this.#order() })];
  }

  /** It is with legacy again, and its service does not know. @param epoch before the way back. */
  zombie(market: string, epoch: number): Misdeed[] {
    const key = this.#order();
    return [
      this.#one('a zombie goes on', 'INTRUDER_EPOCH', { market, epoch, ...key }),
      this.#one('and on', 'INTRUDER_EPOCH', { market, epoch, ...key, sequence: 2, occurrence: '2' }),
    ];
  }

  /** @param market with the service. @param legacyOrder of that market, which began in legacy. */
  faulty(market: string, epoch: number, legacyOrder: string): Misdeed[] {
    const asked = { market, epoch };
    const one = (name: string, code: Misdeed['code'], more: Partial<Asked> = {}): Misdeed =>
      this.#one(name, code, { ...asked, ...this.#order(), ...more });
    const [gap, back, again] = [this.#order(), this.#order(), this.#order()];
    const good = (): Record => one('', null).record;
    const misplaced = good();
    return [
      one('an order that began in legacy', 'INTRUDER_ROUTE', { key: legacyOrder, occurrence: 'x', sequence: 1 }),
      one('an order that nobody knows, in a market that nobody moved', 'INTRUDER_ROUTE', { market: 'SE' }),
      one('an epoch that never was', 'INTRUDER_EPOCH', { epoch: epoch + 7 }),
      one('a number that skips others', 'TOLD_SEQUENCE_GAP', { ...gap, sequence: 4 }),
      one('the first of an order', null, back),
      one('a number that was given', 'TOLD_SEQUENCE_BACK', { ...back, occurrence: '2' }),
      one('the first of another order', null, again),
      one('the same fact with the next number', 'TOLD_AGAIN', { ...again, sequence: 2 }),
      with_(one('an id that does not follow', 'TOLD_ID_WRONG'), withId(randomUUID())),
      with_(one('a version that nobody publishes', 'TOLD_UNKNOWN_VERSION'), withVersion(9)),
      with_(one('broken JSON', 'TOLD_NOT_JSON'), ({ value, ...rest }) => ({ ...rest, value: value.slice(0, 40) })),
      with_(
        one('a field too few', 'TOLD_INVALID'),
        withValue((value) => without(value, 'warehouseCode')),
      ),
      with_(one('nobody says that it was him', 'TOLD_UNNAMED'), withoutHeader('ce_producer')),
      {
        ...{ name: 'in the partition of another key', code: 'TOLD_MISPLACED' },
        record: { ...misplaced, partition: (partitionOf(misplaced.key, this.#partitions) + 1) % this.#partitions },
      },
      with_(one('a handover that nobody asked for', 'HANDOVER_UNASKED'), (record) => ({
        ...record,
        headers: { ...record.headers, ce_type: 'dragoman.ownership.v1', ce_producer: 'service:zombie' },
        value: JSON.stringify({
          ...{ v: 1, contract: CONTRACT, selector: { context: { market } }, epoch: epoch + 1, from: 'service' },
          ...{
            to: 'legacy',
            at: new Date().toISOString(),
            pipeline: 'orders',
            shard: 0,
            shards: 1,
            by: 'x',
            reason: 'x',
          },
        }),
      })),
      with_(one('a handover that says nothing', 'HANDOVER_UNREADABLE'), (record) => ({
        ...record,
        headers: { ...record.headers, ce_type: 'dragoman.ownership.v1', ce_producer: 'service:zombie' },
        value: '{}',
      })),
    ];
  }

  #order(): { readonly key: string; readonly sequence: number } {
    this.#orders += 1;
    return { key: String(this.#orders), sequence: 1 };
  }

  #one(name: string, code: Misdeed['code'], { key, market, sequence, epoch, occurrence = '1' }: Asked): Misdeed {
    const { names } = this.#scene;
    const settings = {
      ...{ service: SERVICE, sourceSystem: names.sourceSystem, eventSource: names.eventSource, aggregate: 'order' },
      ...{ context: ['tenant', 'market', 'channel'], recordBytesMax: 1_000_000 },
    };
    const value = { ...this.#fields, orderId: key, market, releaseNumber: occurrence };
    const record: OwnRecord = made(
      this.#contract,
      value,
      { occurrence, causationId: 'misdeed' },
      ...[settings, Date.now()],
    ).record({ sequence, epoch });
    return { name, code, record };
  }
}

const without = (fields: object, name: string): object =>
  Object.fromEntries(Object.entries(fields).filter(([each]) => each !== name));

const with_ = (misdeed: Misdeed, change: (record: Record) => Record): Misdeed => ({
  ...misdeed,
  record: change(misdeed.record),
});

const withValue =
  (change: (value: { [name: string]: unknown }) => object) =>
  (record: Record): Record => ({
    ...record,
    value: JSON.stringify(change(JSON.parse(record.value) as { [name: string]: unknown })),
  });

const withId =
  (id: string) =>
  (record: Record): Record =>
    withValue((value) => ({ ...value, eventId: id }))({ ...record, headers: { ...record.headers, ce_id: id } });

const withVersion =
  (version: number) =>
  (record: Record): Record => {
    const headers = { ...record.headers };
    for (const name of ['ce_type', 'ce_dataschema'])
      headers[name] = String(headers[name]).replace(/\.v\d+$/, `.v${version}`);
    return withValue((value) => ({ ...value, schemaVersion: version }))({ ...record, headers });
  };

const withoutHeader =
  (name: string) =>
  (record: Record): Record => ({
    ...record,
    headers: Object.fromEntries(Object.entries(record.headers).filter(([header]) => header !== name)),
  });
