/**
 * An outbox through Debezium's outbox event router: what arrives is what Dragoman would have written, and nothing of the service stands behind its own
 * handover record, however many publish while it hands back.
 */
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { conformOf } from '../../src/cli/conform/conform.js';
import type { TimedRecord } from '../../src/cli/conform/conformance.js';
import { headerOf, keyOf } from '../../src/consumer/read/record.js';
import { partitionOf } from '../../src/domain/partition.js';
import { type Outbox, outboxRouter } from '../../src/producer/index.js';
import { ownContract } from '../../src/producer/event/contract.js';
import { made } from '../../src/producer/event/making.js';
import { createConnector, deleteConnector, waitUntilRunning, withDatabase } from '../stack/connector.js';
import { OwnService } from '../support/producer/service.js';
import { CONTEXT, PARTITIONS, valueOf, WIRE } from '../support/producer/topic.js';

const endpoints = inject('stack');
let own: OwnService;
let outbox: Outbox;

beforeAll(async () => {
  own = await OwnService.open();
  const config = {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    ...{ 'tasks.max': '1', 'topic.prefix': own.name, 'plugin.name': 'pgoutput', 'poll.interval.ms': '10' },
    ...{ 'slot.name': own.name, 'publication.name': own.name, 'publication.autocreate.mode': 'filtered' },
    ...{ 'topic.creation.default.replication.factor': '1', 'topic.creation.default.partitions': '1' },
    ...outboxRouter(`${own.name}.dragoman_outbox`),
  };
  await createConnector(endpoints.connect, own.name, withDatabase(config, endpoints));
  await waitUntilRunning(endpoints.connect, own.name);
  outbox = own.outbox();
  await own.follow(outbox);
});

afterAll(async () => {
  await deleteConnector(endpoints.connect, own.name, {
    ...{ postgres: endpoints.postgres, slot: own.name, publication: own.name },
  });
  await own.close();
});

const stage = async (): Promise<string | undefined> => (await outbox.standing(own.pool))[0]?.routes[0]?.stage;
const WAIT = { timeout: 60_000, interval: 100 };
const headersOf = ({ headers = {} }: TimedRecord): Record<string, string | null> =>
  Object.fromEntries(Object.keys(headers).map((name) => [name, headerOf({ headers } as never, name)]));
const isHandover = (record: TimedRecord): boolean => headerOf(record, 'ce_type') === 'dragoman.ownership.v1';
const findings = async () => (await conformOf(own.kafka, own.admin, own.topic, [own.contract.published])).findings;

it('an event that is written to the outbox arrives as Dragoman would have written it', async () => {
  await own.move();
  await vi.waitFor(async () => expect(await stage()).toBe('service'), WAIT);
  await own.publish(outbox, '4711', { before: 0, occurrence: '70' });
  await vi.waitFor(
    async () => expect((await own.read()).filter((record) => !isHandover(record))).toHaveLength(1),
    WAIT,
  );
  const record = (await own.read()).find((each) => !isHandover(each))!;
  const settings = {
    service: 'order-service',
    ...WIRE,
    aggregate: 'order',
    context: CONTEXT,
    recordBytesMax: 1_000_000,
  };
  const expected = made(
    ownContract(own.contract, ''),
    { ...valueOf('4711'), releaseNumber: '70' },
    { occurrence: '70', occurredAt: '2026-03-01T00:00:00Z', causationId: 'request' },
    ...[settings, 0],
  ).record({ sequence: 1, epoch: 1 });
  expect({ key: keyOf(record), value: String(record.value), headers: headersOf(record) }).toEqual({
    ...{ key: '4711', value: expected.value, headers: expected.headers },
  });
  expect(record.partition).toBe(partitionOf('4711', PARTITIONS));
});

it('handed back while many publish, nothing of the service stands behind its handover record in any partition', async () => {
  const published = new Map<string, number>();
  const refused: unknown[] = [];
  let at = 0;
  const writers = Array.from({ length: 12 }, async () => {
    for (;;) {
      at += 1;
      const key = String(10_000 + at);
      try {
        const { sequence } = await own.publish(outbox, key, { before: 0, occurrence: '1' });
        published.set(key, sequence ?? 0);
      } catch (error) {
        refused.push((error as { code?: string }).code);
        return;
      }
    }
  });
  await vi.waitFor(() => expect(published.size).toBeGreaterThan(300), WAIT);
  await own.ask();
  await Promise.all(writers);
  expect(new Set(refused)).toEqual(new Set(['ROUTE_NOT_OWNED']));
  const answers = async () =>
    (await own.read()).filter(
      (record) => headerOf(record, 'ce_producer') === 'service:order-service' && isHandover(record),
    );
  await vi.waitFor(async () => expect(await answers()).toHaveLength(PARTITIONS), WAIT);
  const records = await own.read();
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const last = records.filter((record) => record.partition === partition).at(-1)!;
    expect(headersOf(last)).toMatchObject({ ce_type: 'dragoman.ownership.v1', ce_ownershipepoch: '2' });
  }
  const keys = records.filter((record) => !isHandover(record)).map(keyOf);
  expect(keys.filter((key) => key !== '4711').toSorted()).toEqual([...published.keys()].toSorted());
  expect(await findings()).toEqual([]);
});

it('conform finds in the real topic what an intruder wrote', async () => {
  const settings = { service: 'zombie', ...WIRE, aggregate: 'order', context: CONTEXT, recordBytesMax: 1_000_000 };
  const { record } = made(ownContract(own.contract, ''), valueOf('99'), { causationId: 'c' }, settings, 0);
  const { topic, ...event } = record({ sequence: 2, epoch: 1 });
  await own.write([{ topic, messages: [event] }]);
  expect((await findings()).map(({ code }) => code).toSorted()).toEqual(['EPOCH_WRONG', 'SEQUENCE_GAP']);
});
