/**
 * A new order service: it accepts the orders of markets that were moved to it, and publishes what becomes of them under the retailer's contracts, as
 * Dragoman did for the legacy system. What it needs: KAFKA_BROKERS, DATABASE_URL, PORT, and CONTRACTS, the folder that `dragoman contracts export` wrote; a
 * Debezium connector with connector.json over its database, before the first route is moved.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import {
  type EventMetadata,
  exported,
  inTransaction,
  kafkajsRun,
  Outbox,
  OUTBOX_SQL,
  partitionsBy,
  type Queries,
} from 'dragoman/producer';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import type { OrderAcceptedForFulfillmentV1 } from '../../../rules/contracts/published/OrderAcceptedForFulfillment.v1/types.js';
import type { OrderCancellationAcceptedV1 } from '../../../rules/contracts/published/OrderCancellationAccepted.v1/types.js';
import type { OrderReleasedToWarehouseV1 } from '../../../rules/contracts/published/OrderReleasedToWarehouse.v1/types.js';
import type { RefundInitiatedV1 } from '../../../rules/contracts/published/RefundInitiated.v1/types.js';

const env = (name: string, otherwise?: string): string => {
  const value = process.env[name] ?? otherwise;
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};
const contract = (name: string): unknown =>
  JSON.parse(readFileSync(`${env('CONTRACTS')}/${name}/contract.json`, 'utf8'));
const accepted = exported<OrderAcceptedForFulfillmentV1>(contract('OrderAcceptedForFulfillment.v1'));
const released = exported<OrderReleasedToWarehouseV1>(contract('OrderReleasedToWarehouse.v1'));
const cancelled = exported<OrderCancellationAcceptedV1>(contract('OrderCancellationAccepted.v1'));
const refunded = exported<RefundInitiatedV1>(contract('RefundInitiated.v1'));

const kafka = new Kafka({ brokers: env('KAFKA_BROKERS').split(','), logLevel: logLevel.ERROR });
const admin = kafka.admin();
const pool = new pg.Pool({ connectionString: env('DATABASE_URL'), max: 8 });
pool.on('error', (error) => console.error(error.message)); // an idle connection was lost; the next one is new

const outbox = new Outbox({
  ...{ service: 'order-service', namespace: env('NAMESPACE', 'dragoman'), pipeline: env('PIPELINE', 'orders') },
  contracts: [accepted, released, cancelled, refunded],
  // As Dragoman's config and rules have them, so that consumers see no difference.
  ...{ sourceSystem: env('SOURCE_SYSTEM', 'legacy'), eventSource: env('EVENT_SOURCE', 'urn:dragoman') },
  ...{ aggregate: 'order', context: ['tenant', 'market', 'channel'] },
  partitionsOf: partitionsBy(admin),
});

interface Order {
  readonly orderId: string;
  readonly tenant: string;
  readonly market: string;
  readonly channel: string;
}
type Fields<T> = Omit<T, keyof EventMetadata | keyof Order>;
type Purchase = Order & Fields<OrderAcceptedForFulfillmentV1>;

/** All orders that it knows are its own: under a contract that has none of their events yet the first one is number 1. */
const said = (causationId: string, occurrence = '') => ({ before: 0, causationId, occurrence });

async function place(tx: Queries, purchase: Purchase, causationId: string): Promise<boolean> {
  const { orderId, tenant, market, channel, ...content } = purchase;
  const text = `INSERT INTO purchase (order_id, tenant, market, channel, content) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT DO NOTHING RETURNING order_id`;
  const { rows } = await tx.query(text, [orderId, tenant, market, channel, JSON.stringify(content)]);
  if (rows.length === 0) return false; // sent again
  await outbox.publish(tx, accepted, purchase, said(causationId));
  return true;
}

/** False: the step was done before, and the request is sent again. */
async function isNew(tx: Queries, { orderId }: Order, step: string, number: string, content: object): Promise<boolean> {
  const text = `INSERT INTO purchase_step (order_id, step, number, content) VALUES ($1, $2, $3, $4)
                ON CONFLICT DO NOTHING RETURNING number`;
  return (await tx.query(text, [orderId, step, number, JSON.stringify(content)])).rows.length > 0;
}

/** What distinguishes a step is what the key of its row was in the legacy system: so a fact has one id, whoever tells of it. */
type Step = (tx: Queries, order: Order, given: never, causationId: string) => Promise<boolean>;
const steps: Readonly<Record<string, Step>> = {
  releases: async (tx, order, given: Fields<OrderReleasedToWarehouseV1>, causationId) => {
    const number = given.releaseNumber;
    if (!(await isNew(tx, order, 'release', number, given))) return false;
    await outbox.publish(tx, released, { ...order, ...given }, said(causationId, number));
    return true;
  },
  cancellations: async (tx, order, given: Fields<OrderCancellationAcceptedV1>, causationId) => {
    const number = String(given.requestNumber);
    if (!(await isNew(tx, order, 'cancellation', number, given))) return false;
    await outbox.publish(tx, cancelled, { ...order, ...given }, said(causationId, `${order.orderId}/${number}`));
    return true;
  },
  refunds: async (tx, order, given: Fields<RefundInitiatedV1>, causationId) => {
    const number = given.paymentId;
    if (!(await isNew(tx, order, 'refund', number, given))) return false;
    await outbox.publish(tx, refunded, { ...order, ...given }, said(causationId, number));
    return true;
  },
};

/** `POST /orders`, `POST /orders/4711/releases` ... @returns whether something was written; null: there is no such order, or no such step. */
async function answer(path: string, body: unknown, causationId: string): Promise<boolean | null> {
  if (path === '/orders') return inTransaction(pool, (tx) => place(tx, body as Purchase, causationId));
  const [, orderId = '', name = ''] = /^\/orders\/([^/]+)\/(\w+)$/.exec(path) ?? [];
  const step = Object.hasOwn(steps, name) ? steps[name] : undefined;
  if (step === undefined) return null;
  return inTransaction(pool, async (tx) => {
    const read = 'SELECT tenant, market, channel FROM purchase WHERE order_id = $1 FOR UPDATE';
    const [known] = (await tx.query(read, [decodeURIComponent(orderId)])).rows as Omit<Order, 'orderId'>[];
    if (known === undefined) return null;
    return step(tx, { orderId: decodeURIComponent(orderId), ...known }, body as never, causationId);
  });
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const part of request) text += String(part);
  return text === '' ? {} : JSON.parse(text);
}

let requests = 0;
const server = createServer((request, response) => {
  const end = (status: number, content: unknown): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  void (async () => {
    if (request.url === '/routes') return end(200, await outbox.standing(pool));
    const causationId = `order-service:${process.pid}:${(requests += 1)}`;
    const written = await answer(request.url ?? '', await bodyOf(request), causationId);
    end(written === null ? 404 : written ? 201 : 200, { written });
  })().catch((error: unknown) => {
    const { code = 'INTERNAL', message } = error as Error & { code?: string };
    end(code === 'ROUTE_NOT_OWNED' ? 409 : code === 'EVENT_INVALID' ? 422 : 500, { code, message });
  });
});

await pool.query(OUTBOX_SQL);
await pool.query(readFileSync(new URL('order-service.sql', import.meta.url), 'utf8'));
await admin.connect();
const consumer = kafka.consumer({ groupId: 'order-service.routes', sessionTimeout: 15_000, heartbeatInterval: 2_000 });
consumer.on(consumer.events.GROUP_JOIN, () => console.log('order-service has joined its group'));
await consumer.connect();
await consumer.subscribe({ topics: [...outbox.topics], fromBeginning: true });
await consumer.run(kafkajsRun(outbox, pool));
server.listen(Number(env('PORT')), '127.0.0.1', () => console.log(`order-service listens on ${env('PORT')}`));
const cleaning = setInterval(() => void outbox.cleanUp(pool).catch(console.error), 86_400_000);

process.once('SIGTERM', () => {
  clearInterval(cleaning);
  server.close();
  void consumer.disconnect().then(async () => {
    await admin.disconnect();
    await pool.end();
  });
});
