/** A Kafka record as any client gives it. */

/** Of the repeated headers of one name some clients give a list. */
export type HeaderValue = Uint8Array | string | null | undefined;

export interface ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string | number | bigint;
  readonly key?: Uint8Array | string | null | undefined;
  readonly value: Uint8Array | string | null;
  readonly headers?: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>> | undefined;
}

/** Where it stands. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  /** Decimal: it may be more than a number can hold. */
  readonly offset: string;
}

export const placeOf = ({ topic, partition, offset }: ConsumedRecord): Place => ({
  topic,
  partition,
  offset: String(offset),
});

/** `orders.fulfillment/3@17` */
export const placeText = ({
  topic,
  partition,
  offset,
}: Omit<Place, 'offset'> & Pick<ConsumedRecord, 'offset'>): string => `${topic}/${partition}@${offset}`;

/** The last one of that name, as UTF-8; null: there is none. */
export function headerOf({ headers }: ConsumedRecord, name: string): string | null {
  const given = headers?.[name];
  const value = isList(given) ? given.at(-1) : given;
  return value === undefined || value === null ? null : textOf(value);
}

const isList = (given: unknown): given is readonly HeaderValue[] => Array.isArray(given);

export const keyOf = ({ key }: ConsumedRecord): string | null =>
  key === null || key === undefined ? null : textOf(key);

const decoder = new TextDecoder('utf-8');
const textOf = (bytes: Uint8Array | string): string => (typeof bytes === 'string' ? bytes : decoder.decode(bytes));

const ENCODER = new TextEncoder();
export const bytesOf = (value: Uint8Array | string): Uint8Array =>
  typeof value === 'string' ? ENCODER.encode(value) : value;
