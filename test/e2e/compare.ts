/**
 * Published events against the oracle. Pure.
 *
 * In:  what the oracle expects, in commit order; the committed records of the contract topic, in any order; those of aborted
 *      Kafka transactions. Out: every difference, in words, by kind; empty lists when there is none.
 *  C1 missing: an expected occurrence has no record.
 *  C2 repeated: an occurrence has more than one record, with the same event id, and the later ones do not say that they are repeats
 *     (`dragoman-repeat`; their content counts as that of all others, C5). Twice: with another id, which no consumer can
 *     notice; or one event id stands for several occurrences.
 *  C3 unexpected: a record tells of an occurrence that the oracle does not know, or cannot be read.
 *  C4 out of order: the records of an order are not on one partition, or stand in another order than the oracle's. Numbering:
 *     those of one contract and major version are not numbered 1, 2, 3 ... by offset. Repeated records (C2) are left out here.
 *  C5 wrong content: any field, the key or any header of a record differs from what is expected, one too many included; or a
 *     record of an aborted Kafka transaction gave the same occurrence another id than the committed one (G4).
 */
import { isDeepStrictEqual } from 'node:util';
import type { ExpectedEvent } from '../../legacy-db/oracle/expected-events.js';
import { expectedRecord, type Names } from './expected-record.js';
import { occurrenceOf, placeOf, readPublished, type Published, type PublishedRecord } from './published.js';

export interface Differences {
  readonly missing: readonly string[];
  readonly repeated: readonly string[];
  readonly twice: readonly string[];
  readonly unexpected: readonly string[];
  readonly outOfOrder: readonly string[];
  readonly misnumbered: readonly string[];
  readonly wrongContent: readonly string[];
}

export const NO_DIFFERENCES: Differences = {
  missing: [],
  repeated: [],
  twice: [],
  unexpected: [],
  outOfOrder: [],
  misnumbered: [],
  wrongContent: [],
};

export interface Comparison {
  readonly expected: readonly ExpectedEvent[];
  readonly committed: readonly PublishedRecord[];
  readonly aborted: readonly PublishedRecord[];
  readonly names: Names;
  /** So many rule sets took part; default 1. */
  readonly ruleSetsMax?: number;
}

export function compare({ expected, committed, aborted, names, ruleSetsMax = 1 }: Comparison): Differences {
  const unreadable: string[] = [];
  const published: Published[] = [];
  for (const record of [...committed].sort((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    const read = readPublished(record);
    if (typeof read === 'string') unreadable.push(`${placeOf(record)}: ${read}`);
    else published.push(read);
  }
  const plan = new Map(expected.map((event, index) => [occurrenceOf(event), { event, index }]));
  const { firsts, repeated, twice } = withoutRepeats(published);
  const known = firsts.filter(({ occurrence }) => plan.has(occurrence));
  const unexpected = firsts.filter(({ occurrence }) => !plan.has(occurrence));
  const there = new Set(known.map(({ occurrence }) => occurrence));
  return {
    missing: [...plan.keys()].filter((occurrence) => !there.has(occurrence)),
    repeated,
    twice,
    unexpected: [...unexpected.map(({ occurrence, place }) => `${occurrence} at ${place}`), ...unreadable],
    ...disorder(firsts, (occurrence) => plan.get(occurrence)?.index),
    wrongContent: [
      ...published.flatMap((event) => {
        const wanted = plan.get(event.occurrence);
        return wanted === undefined ? [] : contentFaults(event, wanted.event, names);
      }),
      ...digestFaults(published, ruleSetsMax),
      ...otherIds(firsts, aborted),
    ],
  };
}

export const differenceCount = (found: Differences): number =>
  Object.values(found as unknown as Record<string, readonly string[]>).reduce((sum, list) => sum + list.length, 0);

function withoutRepeats(published: readonly Published[]): {
  firsts: Published[];
  repeated: string[];
  twice: string[];
} {
  const byOccurrence = new Map<string, Published>();
  const occurrenceById = new Map<string, string>();
  const repeated: string[] = [];
  const twice: string[] = [];
  for (const event of published) {
    const { occurrence, eventId, place } = event;
    const first = byOccurrence.get(occurrence);
    if (first !== undefined) {
      if (first.eventId === eventId && event.record.headers[REPEAT_HEADER] !== undefined) continue;
      if (first.eventId === eventId) repeated.push(`${occurrence} at ${first.place} and at ${place}`);
      else twice.push(`${occurrence} at ${first.place} and, with another id, at ${place}`);
      continue;
    }
    byOccurrence.set(occurrence, event);
    const other = occurrenceById.get(eventId);
    if (other !== undefined) twice.push(`id ${eventId} stands for ${other} and, at ${place}, for ${occurrence}`);
    occurrenceById.set(eventId, occurrence);
  }
  return { firsts: [...byOccurrence.values()], repeated, twice };
}

function disorder(
  published: readonly Published[],
  indexOf: (occurrence: string) => number | undefined,
): Pick<Differences, 'outOfOrder' | 'misnumbered'> {
  const outOfOrder: string[] = [];
  const misnumbered: string[] = [];
  for (const [orderId, events] of byOrder(published)) {
    const partitions = new Set(events.map(({ record }) => record.partition));
    if (partitions.size > 1) outOfOrder.push(`order ${orderId} is on partitions ${[...partitions].join(', ')}`);
    let newest = -1;
    const counts = new Map<string, number>();
    for (const { contract, sequence, occurrence, place } of events) {
      const number = (counts.get(contract) ?? 0) + 1;
      counts.set(contract, number);
      if (sequence !== number)
        misnumbered.push(`${occurrence} at ${place} has sequence ${sequence}, it is number ${number} of ${contract}`);
      const index = indexOf(occurrence) ?? newest;
      if (index < newest) outOfOrder.push(`${occurrence} at ${place} was committed before the event in front of it`);
      newest = Math.max(newest, index);
    }
  }
  return { outOfOrder, misnumbered };
}

function byOrder(published: readonly Published[]): Map<string, Published[]> {
  const orders = new Map<string, Published[]>();
  for (const event of published) {
    const events = orders.get(event.orderId);
    if (events === undefined) orders.set(event.orderId, [event]);
    else events.push(event);
  }
  return orders;
}

function contentFaults({ record, value, occurrence, place }: Published, event: ExpectedEvent, names: Names): string[] {
  const wanted = expectedRecord(event, names);
  const digest = record.headers['ce_rulesdigest'];
  const headers = withoutOwn(names.knowsPlaces ? record.headers : withoutPlace(record.headers, 'ce_causationid'));
  const isByRules = names.publisherOf?.(event.orderId).isService !== true;
  return [
    ...(record.key === wanted.key ? [] : [`key is ${record.key}`]),
    ...faults('field', names.knowsPlaces ? value : withoutPlace(value, 'causationId'), wanted.value),
    ...faults('header', headers, wanted.headers),
    ...(isByRules && (digest === undefined || digest === '') ? ['header ce_rulesdigest is missing'] : []),
    ...(!isByRules && digest !== undefined ? [`header ce_rulesdigest is ${digest}, and no rules made it`] : []),
  ].map((fault) => `${occurrence} at ${place}: ${fault}`);
}

/** Those that no oracle can tell. */
const withoutOwn = (headers: PublishedRecord['headers']): PublishedRecord['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)));

const REPEAT_HEADER = 'dragoman-repeat';
const OWN_HEADERS: ReadonlySet<string> = new Set(['ce_rulesdigest', 'ce_ownershipepoch', REPEAT_HEADER]);

/** `source:transaction:place`; a place may have colons of its own. */
function withoutPlace<T extends Fields>(fields: T, name: string): T {
  const text = fields[name];
  return typeof text === 'string' ? { ...fields, [name]: text.replace(/^([^:]*:[^:]*:).+$/, '$1') } : fields;
}

type Fields = Readonly<Record<string, unknown>>;

function faults(kind: 'field' | 'header', actual: Fields, wanted: Fields): string[] {
  return [...new Set([...Object.keys(wanted), ...Object.keys(actual)])]
    .filter((name) => !(name in actual && name in wanted && isDeepStrictEqual(actual[name], wanted[name])))
    .map((name) => `${kind} ${name} is ${shown(actual, name)}, expected ${shown(wanted, name)}`);
}

const shown = (fields: Fields, name: string): string => (name in fields ? JSON.stringify(fields[name]) : 'absent');

/** One rule set published all of it, so its digest is one; after a rolling deployment there is one more. */
function digestFaults(published: readonly Published[], max: number): string[] {
  const digests = new Set(published.flatMap(({ record }) => record.headers['ce_rulesdigest'] ?? []));
  return digests.size > max ? [`several rule digests: ${[...digests].join(', ')}`] : [];
}

function otherIds(committed: readonly Published[], aborted: readonly PublishedRecord[]): string[] {
  const idByOccurrence = new Map(committed.map(({ occurrence, eventId }) => [occurrence, eventId]));
  return aborted.flatMap((record) => {
    const read = readPublished(record);
    if (typeof read === 'string') return [`aborted, ${placeOf(record)}: ${read}`];
    const id = idByOccurrence.get(read.occurrence);
    return id === undefined || id === read.eventId
      ? []
      : [`${read.occurrence} has id ${id}, but ${read.eventId} in an aborted Kafka transaction (${read.place})`];
  });
}
