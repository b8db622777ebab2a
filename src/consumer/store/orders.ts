/** What is known of orders: their numbers by contract, and whether they are parked. Their rows are held until the transaction ends. */
import { close, type Gap, type Numbers } from './numbers.js';
import { type Queries, rowsOf, TryLater } from './transaction.js';

export interface OrderName {
  readonly topic: string;
  readonly key: string;
}

export interface Order extends OrderName {
  /** By contract with major version. */
  readonly numbers: Map<string, Numbers>;
  parked: boolean;
  /** When it was seen first; null: now. */
  readonly begunMs: number | null;
}

export const orderText = ({ topic, key }: OrderName): string => JSON.stringify([topic, key]);

interface OrderRow extends OrderName {
  readonly numbers: Readonly<Record<string, readonly [first: number, last: number, closed?: readonly Gap[]]>>;
  readonly gaps: Readonly<Record<string, readonly Gap[]>> | null;
  readonly parked: boolean;
  readonly begun_ms: number;
}

/** In the order of keys, so never in a circle. A statement of its own: it has to see what was committed while ids were waited for. */
const HOLD = `
  SELECT topic, key, numbers, gaps, parked, (extract(epoch FROM begun_at) * 1000)::float8 AS begun_ms FROM dragoman_order
  WHERE consumer = $1 AND (topic, key) IN (SELECT * FROM unnest($2::text[], $3::text[]))
  ORDER BY topic, key
  FOR UPDATE`;

/** By {@link orderText}; those that nothing is known of, too. */
export async function holdOrders(
  tx: Queries,
  consumer: string,
  names: readonly OrderName[],
): Promise<ReadonlyMap<string, Order>> {
  const orders = new Map<string, Order>();
  for (const { topic, key } of names)
    orders.set(orderText({ topic, key }), { topic, key, numbers: new Map(), parked: false, begunMs: null });
  if (orders.size === 0) return orders;
  const wanted = [...orders.values()];
  const values = [consumer, wanted.map(({ topic }) => topic), wanted.map(({ key }) => key)];
  for (const { topic, key, numbers, gaps, parked, begun_ms: begunMs } of await rowsOf<OrderRow>(tx, HOLD, values)) {
    const known = Object.entries(numbers).map(
      ([contract, [first, last, closed]]) =>
        [contract, { first, last, gaps: gaps?.[contract] ?? [], ...(closed && { closed }) }] as const,
    );
    orders.set(orderText({ topic, key }), { topic, key, numbers: new Map(known), parked, begunMs });
  }
  return orders;
}

const KEEP = `
  INSERT INTO dragoman_order (consumer, topic, key, numbers, gaps, parked)
  SELECT $1, given.* FROM unnest($2::text[], $3::text[], $4::jsonb[], $5::jsonb[], $6::boolean[])
    AS given (topic, key, numbers, gaps, parked)
  ORDER BY given.topic, given.key
  ON CONFLICT (consumer, topic, key) DO UPDATE
  SET numbers = EXCLUDED.numbers, gaps = EXCLUDED.gaps, parked = EXCLUDED.parked, seen_at = now()
  RETURNING topic, key, begun_at = now() AS "isBegun"`;

/** @throws TryLater somebody else began one of them meanwhile: there was no row to hold, and what they noted would be written over. */
export async function keepOrders(tx: Queries, consumer: string, orders: readonly Order[]): Promise<void> {
  if (orders.length === 0) return;
  const kept = await rowsOf<OrderName & { readonly isBegun: boolean }>(tx, KEEP, [
    consumer,
    orders.map(({ topic }) => topic),
    orders.map(({ key }) => key),
    orders.map(numbersJson),
    orders.map(gapsJson),
    orders.map(({ parked }) => parked),
  ]);
  const others = new Set(kept.filter(({ isBegun }) => !isBegun).map(orderText));
  if (orders.some((order) => order.begunMs === null && others.has(orderText(order))))
    throw new TryLater('Another process took events of the same new order meanwhile.');
}

const numbersJson = ({ numbers }: Order): string =>
  JSON.stringify(
    Object.fromEntries(
      [...numbers].map(([contract, { first, last, closed }]) => [
        contract,
        [first, last, ...(closed === undefined ? [] : [closed])],
      ]),
    ),
  );

function gapsJson({ numbers }: Order): string | null {
  const open = [...numbers].filter(([, { gaps }]) => gaps.length > 0);
  return open.length === 0 ? null : JSON.stringify(Object.fromEntries(open.map(([c, { gaps }]) => [c, gaps])));
}

/** Its events do not wait any more. */
export async function freeOrder(tx: Queries, consumer: string, { topic, key }: OrderName): Promise<void> {
  const text = 'UPDATE dragoman_order SET parked = false WHERE consumer = $1 AND topic = $2 AND key = $3 AND parked';
  await rowsOf(tx, text, [consumer, topic, key]);
}

export interface OpenGaps extends OrderName {
  readonly contract: string;
  readonly gaps: readonly Gap[];
  /** When the last event of the order was taken. */
  readonly seen: Date;
}

const OPEN = `
  SELECT topic, key, gaps, seen_at AS seen FROM dragoman_order WHERE consumer = $1 AND gaps IS NOT NULL
  ORDER BY seen_at, topic, key LIMIT $2`;

/** Orders with numbers that were not seen; first those of which nothing came for the longest time. */
export async function openGaps(tx: Queries, consumer: string, limit: number): Promise<readonly OpenGaps[]> {
  const rows = await rowsOf<OrderRow & Pick<OpenGaps, 'seen'>>(tx, OPEN, [consumer, limit]);
  return rows.flatMap(({ topic, key, gaps, seen }) =>
    Object.entries(gaps ?? {}).map(([contract, ranges]) => ({ topic, key, contract, gaps: ranges, seen })),
  );
}

/** Not an event of the order: when the last one was taken stays. */
const CLOSE = `
  UPDATE dragoman_order SET numbers = $4::jsonb, gaps = $5::jsonb WHERE consumer = $1 AND topic = $2 AND key = $3`;

/** Of these gaps those that are open still. */
export async function closeGaps(
  tx: Queries,
  consumer: string,
  { topic, key, contract, gaps }: Omit<OpenGaps, 'seen'>,
): Promise<void> {
  const [order] = (await holdOrders(tx, consumer, [{ topic, key }])).values();
  const numbers = order?.numbers.get(contract);
  if (order === undefined || numbers === undefined) return;
  order.numbers.set(contract, close(numbers, gaps));
  await rowsOf(tx, CLOSE, [consumer, topic, key, numbersJson(order), gapsJson(order)]);
}
