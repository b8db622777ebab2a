/**
 * Who published, held against where each order began and against the handover records in front of an event in its partition. Pure; nothing is shared
 * with src/.
 *
 * W1 an event of an order that began in the new service is the service's, every other one is Dragoman's.
 * W2 an event of the service stands behind the handover record that gave it the route, in its own partition; its epoch is that of the last such
 *    record in front of it, or an older one since which the service has not handed the route over.
 * W3 each handover record stands in every partition, once, by who gives the route away, with the epoch after the one before it.
 */
import type { PublishedRecord } from '../published.js';

export interface OwnersFound {
  /** W1, W2. */
  readonly wrongOwner: readonly string[];
  /** W3. */
  readonly wrongHandover: readonly string[];
  readonly byService: number;
}

export interface Published {
  /** Of the contract topic, without handover records. */
  readonly events: readonly PublishedRecord[];
  readonly handovers: readonly PublishedRecord[];
  readonly partitions: number;
  /** Headers `ce_producer`. */
  readonly service: string;
  readonly pipeline: string;
  readonly isBornInService: (orderId: string) => boolean;
}

interface Handover {
  readonly contract: string;
  readonly selector: { readonly context: { readonly market?: string } };
  readonly epoch: number;
  readonly from: string;
  readonly to: string;
}

/** A route in a partition, behind the last handover record of it. */
interface Mark {
  readonly epoch: number;
  readonly to: string;
  /** Epoch of the last way back. */
  readonly away: number;
}

const byPlace = (a: PublishedRecord, b: PublishedRecord): number => a.partition - b.partition || a.offset - b.offset;

export function compareOwners(published: Published): OwnersFound {
  const { events, handovers, service } = published;
  const all = [...events, ...handovers].sort(byPlace);
  const marks = new Map<string, Mark>();
  const wrongOwner: string[] = [];
  const wrongHandover = new Set(incomplete(published));
  const isHandover = new Set(handovers);
  for (const record of all) {
    if (isHandover.has(record)) {
      const fault = moved(record, marks, published);
      if (fault !== null) wrongHandover.add(`${fault} at ${record.partition}/${record.offset}`);
    } else {
      const fault = owned(record, marks, published);
      if (fault !== null) wrongOwner.push(`${fault} at ${record.partition}/${record.offset}`);
    }
  }
  const byService = events.filter(({ headers }) => headers['ce_producer'] === service).length;
  return { wrongOwner, wrongHandover: [...wrongHandover], byService };
}

const routeIn = (partition: number, contract: string, market: string | undefined): string =>
  `${partition} ${contract} ${market ?? '*'}`;

function moved(record: PublishedRecord, marks: Map<string, Mark>, { service, pipeline }: Published): string | null {
  const { contract, selector, epoch, from, to } = JSON.parse(record.value) as Handover;
  const route = routeIn(record.partition, contract, selector.context.market);
  const before = marks.get(route) ?? { epoch: 0, to: 'legacy', away: 0 };
  marks.set(route, { epoch, to, away: from === 'service' ? epoch : before.away });
  const giver = from === 'service' ? service : pipeline;
  if (record.headers['ce_producer'] !== giver) return `${contract} ${to} is handed over by ${who(record)}`;
  if (epoch !== before.epoch + 1) return `${contract} ${to} has epoch ${epoch} behind ${before.epoch}`;
  return from === before.to ? null : `${contract} comes from ${from}, and was in ${before.to}`;
}

function owned(record: PublishedRecord, marks: ReadonlyMap<string, Mark>, published: Published): string | null {
  const { service, pipeline, isBornInService } = published;
  const owner = isBornInService(record.key) ? service : pipeline;
  if (who(record) !== owner) return `order ${record.key} is ${owner}'s, and ${who(record)} published`;
  if (owner !== service) return null;
  const { eventType, schemaVersion, market } = JSON.parse(record.value) as Record<string, string>;
  const mark = marks.get(routeIn(record.partition, `${eventType ?? ''}.v${schemaVersion ?? ''}`, market));
  if (mark === undefined) return `order ${record.key}: the service published in front of its handover record`;
  const epoch = Number(record.headers['ce_ownershipepoch']);
  return epoch === mark.epoch || (mark.away <= epoch && epoch < mark.epoch)
    ? null
    : `order ${record.key}: epoch ${epoch}; here it is ${mark.epoch}`;
}

const who = ({ headers }: PublishedRecord): string => headers['ce_producer'] ?? 'nobody';

/** Each in every partition, once. */
function incomplete({ handovers, partitions }: Published): string[] {
  const found = new Map<string, number[]>();
  for (const { partition, value } of handovers) {
    const { contract, selector, epoch, to } = JSON.parse(value) as Handover;
    const move = `${contract} ${selector.context.market ?? '*'} epoch ${epoch} to ${to}`;
    found.set(move, [...(found.get(move) ?? []), partition]);
  }
  return [...found]
    .filter(([, all]) => new Set(all).size !== partitions || all.length !== partitions)
    .map(([move, all]) => `${move} stands in partitions ${all.toSorted((a, b) => a - b).join(', ')}`);
}
