/**
 * Shipping: a whole consumer of the retailer's order events. It plans a parcel for each release, and stops what was cancelled.
 * What it needs: KAFKA_BROKERS, DATABASE_URL, and CONTRACTS, the folder that `dragoman contracts export` wrote.
 */
import { readFileSync } from 'node:fs';
import { deadLetterTopic, exported, Inbox, INBOX_SQL, kafkajsRun, on, type Queries } from 'dragoman/consumer';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import type { OrderAcceptedForFulfillmentV1 } from '../../../rules/contracts/published/OrderAcceptedForFulfillment.v1/types.js';
import type { OrderCancellationAcceptedV1 } from '../../../rules/contracts/published/OrderCancellationAccepted.v1/types.js';
import type { OrderReleasedToWarehouseV1 } from '../../../rules/contracts/published/OrderReleasedToWarehouse.v1/types.js';

const env = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};
const contract = (name: string): unknown =>
  JSON.parse(readFileSync(`${env('CONTRACTS')}/${name}/contract.json`, 'utf8'));
const accepted = exported<OrderAcceptedForFulfillmentV1>(contract('OrderAcceptedForFulfillment.v1'));
const released = exported<OrderReleasedToWarehouseV1>(contract('OrderReleasedToWarehouse.v1'));
const cancelled = exported<OrderCancellationAcceptedV1>(contract('OrderCancellationAccepted.v1'));

/** An effect is an ordinary write; `tx` is the transaction in which the inbox notes that it was done. */
const step = (
  tx: Queries,
  order: string,
  ...what: [step: string, reference: string, detail: string]
): Promise<unknown> =>
  tx.query('INSERT INTO shipping_step (order_id, step, reference, detail) VALUES ($1, $2, $3, $4)', [order, ...what]);

const kafka = new Kafka({ brokers: env('KAFKA_BROKERS').split(','), logLevel: logLevel.ERROR });
const pool = new pg.Pool({ connectionString: env('DATABASE_URL'), max: 4 });
pool.on('error', (error) => console.error(error.message)); // an idle connection was lost; the next one is new
const producer = kafka.producer();

const inbox = new Inbox({
  consumer: 'shipping',
  reads: [
    on(accepted, ({ key, value }, tx) => step(tx, key, 'prepare', 'once', `${value.lines.length} lines`)),
    on(released, ({ key, value }, tx) => step(tx, key, 'plan', value.releaseNumber, value.warehouseCode)),
    on(cancelled, ({ key, value }, tx) => step(tx, key, 'stop', String(value.requestNumber), value.reason)),
  ],
  tell: ({ code, text, key }) => console.log(JSON.stringify({ code, text, key })),
  deadLetters: deadLetterTopic(producer, 'shipping.dead-letters'),
});

await pool.query(INBOX_SQL);
await pool.query(readFileSync(new URL('shipping.sql', import.meta.url), 'utf8'));
await producer.connect();
const consumer = kafka.consumer({ groupId: 'shipping', sessionTimeout: 6_000, heartbeatInterval: 1_000 });
consumer.on(consumer.events.GROUP_JOIN, () => console.log('shipping has joined its group'));
await consumer.connect();
await consumer.subscribe({ topic: 'orders.fulfillment', fromBeginning: true });
await consumer.run(kafkajsRun(inbox, pool));
const cleaning = setInterval(() => void inbox.cleanUp(pool).catch(console.error), 3_600_000);

process.once('SIGTERM', () => {
  clearInterval(cleaning);
  void consumer.disconnect().then(async () => {
    await producer.disconnect();
    await pool.end();
  });
});
