/**
 * The published events against what the oracle expects: type, order, sequence, time, cause and every field, and for each order
 * that they came one after another, of whichever type. Shares no code with what made the events. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ExpectedEvent } from '../../legacy-db/oracle/expected-events.js';

export type Value = Readonly<Record<string, unknown>>;

export interface Difference {
  readonly kind: 'missing' | 'unexpected' | 'twice' | 'out of order' | 'wrong';
  readonly text: string;
}

export interface Comparison {
  readonly expected: number;
  /** Expected events that came once, in their place, with the right content. */
  readonly matching: number;
  readonly differences: readonly Difference[];
}

/** @param published in the order in which they were published, at least inside each order. */
export function compare(expected: readonly ExpectedEvent[], published: readonly Value[]): Comparison {
  const wanted = new Map(
    expected.map((event, index) => [placeOf(event.eventType, event.orderId, event.sequence), { event, index }]),
  );
  const seen = new Map<string, Value>();
  const ids = new Set<unknown>();
  /** By order: which of the expected events came last. */
  const lastByOrder = new Map<string, number>();
  const differences: Difference[] = [];
  const faulty = new Set<string>();

  for (const value of published) {
    const order = textOf(value['orderId']);
    const place = placeOf(textOf(value['eventType']), order, Number(value['sequence']));
    const note = (kind: Difference['kind'], text: string): void => {
      faulty.add(place);
      differences.push({ kind, text: `${place}${text}` });
    };
    const owed = wanted.get(place);
    if (seen.has(place) || ids.has(value['eventId'])) note('twice', '');
    else if (owed === undefined) note('unexpected', '');
    else for (const fault of faultsOf(value, owed.event)) note('wrong', `: ${fault}`);
    const last = lastByOrder.get(order) ?? -1;
    if (owed !== undefined && owed.index < last) note('out of order', '');
    lastByOrder.set(order, Math.max(last, owed?.index ?? -1));
    seen.set(place, value);
    ids.add(value['eventId']);
  }
  for (const place of wanted.keys()) if (!seen.has(place)) differences.push({ kind: 'missing', text: place });
  const matching = [...wanted.keys()].filter((place) => seen.has(place) && !faulty.has(place)).length;
  return { expected: expected.length, matching, differences };
}

const placeOf = (type: string, orderId: string, sequence: number): string => `${type} ${orderId} #${sequence}`;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

/** Everything that the oracle knows, plus any field that it does not know. */
function faultsOf(value: Value, event: ExpectedEvent): string[] {
  const { eventType, tenant, market, channel, occurredAt, causation, fields } = event;
  const cause = `:${causation.txid}:${causation.commitEndLsn ?? ''}`;
  const known: Value = {
    ...{ eventType, tenant, market, channel, ...fields },
    occurredAt: occurredAt === null ? null : new Date(occurredAt).toISOString(),
  };
  const others = Object.keys(value).filter((name) => !(name in known) && !NOT_THE_ORACLES.includes(name));
  return [
    ...Object.entries(known)
      .filter(([name, field]) => !isDeepStrictEqual(plain(value[name]), plain(field)))
      .map(([name, field]) => `${name} is ${textOf(value[name])}, expected ${textOf(field)}`),
    ...(textOf(value['causationId']).endsWith(cause) ? [] : [`causationId is ${textOf(value['causationId'])}`]),
    ...others.map((name) => `${name} is one field too many`),
  ];
}

/** Of these the oracle has no opinion, or it stands in `placeOf` and `cause`. */
const NOT_THE_ORACLES = [
  ...['eventId', 'schemaVersion', 'sequence', 'correlationId', 'causationId', 'sourceSystem', 'orderId'],
];

/** Instants are compared as points in time: trailing zeros of the fraction mean nothing. */
function plain(field: unknown): unknown {
  if (typeof field !== 'string') return field;
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(field);
  return parts === null ? field : `${parts[1] ?? ''}.${(parts[2] ?? '').replace(/0+$/, '')}Z`;
}
