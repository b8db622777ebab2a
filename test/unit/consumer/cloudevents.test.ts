/** Real events, made of a recording of Debezium: read back by the CloudEvents SDK, and by the kit; and what the SDK writes is read by the kit. */
import { type CloudEvent, Kafka, type KafkaMessage } from 'cloudevents';
import { beforeAll, describe, expect, it } from 'vitest';
import { orderAcceptedForFulfillmentV1 } from '../../../rules/contracts/order-accepted-for-fulfillment.v1.js';
import { orderCancellationAcceptedV1 } from '../../../rules/contracts/order-cancellation-accepted.v1.js';
import { orderReleasedToWarehouseV1 } from '../../../rules/contracts/order-released-to-warehouse.v1.js';
import { refundInitiatedV1 } from '../../../rules/contracts/refund-initiated.v1.js';
import { readContract } from '../../../src/consumer/read/contract.js';
import { EventReader } from '../../../src/consumer/read/event.js';
import type { ConsumedRecord } from '../../../src/consumer/read/record.js';
import { registered } from '../../../src/domain/registry/registration.js';
import { run } from '../../support/command.js';
import { recordingPath } from '../../support/recordings.js';

interface Line {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Readonly<Record<string, string>>;
}

let lines: readonly Line[] = [];
beforeAll(async () => {
  const { out } = await run(['translate', recordingPath('postgres/01-lifecycle')]);
  lines = out.map((line) => JSON.parse(line) as Line);
});

const all = [
  ...[orderAcceptedForFulfillmentV1, orderCancellationAcceptedV1],
  ...[orderReleasedToWarehouseV1, refundInitiatedV1],
];
const reader = new EventReader({ contracts: all.map(readContract), valueBytesMax: 1e6, now: () => 0 });
/** As a client of Kafka gives it. */
const recordOf = (line: Line, headers: ConsumedRecord['headers'], value: string): ConsumedRecord => ({
  ...{ topic: line.topic, partition: 0, offset: '7', key: Buffer.from(line.key), value: Buffer.from(value) },
  headers,
});
const sdk = ({ key, headers, value }: Line): CloudEvent<unknown> => {
  const body = JSON.stringify(value);
  const record: KafkaMessage = { key, headers, value: body, body, timestamp: '0' };
  return Kafka.toEvent(record) as CloudEvent<unknown>;
};

describe('every event of a recording', () => {
  it('is a CloudEvent to the SDK, whose attributes say what the value says', () => {
    expect(lines).toHaveLength(37);
    for (const line of lines) {
      const event = sdk(line);
      expect(event.validate()).toBe(true);
      expect(event).toMatchObject({
        id: line.value['eventId'],
        subject: line.key,
        specversion: '1.0',
        datacontenttype: 'application/json',
        correlationid: line.value['correlationId'],
        causationid: line.value['causationId'],
      });
      expect(event.type).toMatch(new RegExp(`(^|\\.)${line.value['eventType'] ?? ''}\\.v1$`));
      expect(event.dataschema).toBe(line.headers['ce_dataschema']);
      expect(Date.parse(event.time ?? '')).toBe(Date.parse(line.value['occurredAt'] ?? ''));
      expect(Number(event['ordersequence'])).toBe(line.value['sequence']);
      expect(typeof event.data === 'string' ? JSON.parse(event.data) : event.data).toEqual(line.value);
      for (const name of Object.keys(line.headers).filter((header) => header.startsWith('ce_')))
        expect(name).toMatch(/^ce_[a-z0-9]{1,20}$/);
    }
  });

  it('is read by the kit, in either mode, as the SDK writes it', () => {
    for (const line of lines) {
      const event = sdk(line).cloneWith({ data: line.value });
      const structured = Kafka.structured(event);
      const written = [
        recordOf(line, line.headers, JSON.stringify(line.value)),
        recordOf(line, structured.headers, String(structured.body)),
        recordOf(line, Kafka.binary(event).headers, JSON.stringify(line.value)),
      ];
      for (const record of written)
        expect(reader.read(record)).toMatchObject({ kind: 'event', id: line.value['eventId'], value: line.value });
    }
  });

  it('is read with what names its registered schema, as it is written', () => {
    for (const { key, headers, value, topic } of lines) {
      const type = { type: value['eventType'] ?? '', version: 1 };
      for (const how of [
        { how: 'prefix', id: 7 } as const,
        { how: 'header', guid: 'ab5a54d3-a6e2-4bf0-a0f7-5c9ea2a1e5a3' } as const,
      ]) {
        const registrations = new Map([[`${type.type}.v1`, how]]);
        const written = registered(type, { value: JSON.stringify(value), headers }, registrations);
        const [bytes, place] = [Buffer.from(written.value), { topic, partition: 0, offset: '7' }];
        const read = reader.read({ ...place, key, value: bytes, headers: written.headers });
        expect(read).toMatchObject({ kind: 'event', id: value['eventId'], value });
      }
    }
  });
});
