/**
 * Records of one contract topic, each partition from its beginning -> what breaks the protocol of ownership (docs/ownership-protocol.md), whoever
 * wrote it. Read as consumers read it. Pure.
 */
import { EventReader, type ReadEvent } from '../../consumer/read/event.js';
import { readContract } from '../../consumer/read/contract.js';
import { type ConsumedRecord, headerOf, keyOf, placeOf, placeText } from '../../consumer/read/record.js';
import type { PublishedContract } from '../../contracts/published.js';
import { eventId } from '../../domain/event-id.js';
import { contractText } from '../../domain/integration-event.js';
import { HANDOVER_TYPE } from '../../domain/ownership/handover.js';
import {
  isPipeline,
  OCCURRENCE_HEADER,
  OWNERSHIP_EPOCH_HEADER,
  PRODUCER_HEADER,
  serviceIn,
} from '../../domain/ownership/headers.js';
import { trialTopic } from '../../domain/ownership/topics.js';
import { partitionOf } from '../../domain/partition.js';
import { REPEAT_HEADER } from '../../domain/repair/headers.js';
import { shortened } from '../../domain/words/shortened.js';
import { eventHeaders } from '../../translate/publish/event.js';
import type { ConformCode, Finding } from './codes.js';
import { Handovers } from './handovers.js';

/** A record with the time that its broker gave it. */
export interface TimedRecord extends ConsumedRecord {
  readonly timestampMs: number;
}

export interface Partition {
  /** Something of it expired: what stood before its first record is not known. */
  readonly isCut: boolean;
}

/** What is known of a key under a contract. */
interface Key {
  last: number;
  readonly ids: Set<string>;
  /** The service has published of it. */
  isOfService: boolean;
}

const VALUE_BYTES_MAX = 64 * 1024 * 1024;
/** Listed; all are counted. */
export const FINDINGS_MAX = 1_000;

export class Conformance {
  /** Read, whatever they are. */
  records = 0;
  events = 0;
  /** Of types that the contracts do not have. */
  passed = 0;
  readonly handovers = new Handovers();
  readonly findings: Finding[] = [];
  readonly counts = new Map<ConformCode, number>();
  readonly #topic: string;
  /** Of a service on trial: nobody owns anything there. */
  readonly #isTrial: boolean;
  readonly #partitions: readonly Partition[];
  readonly #contracts: ReadonlyMap<string, PublishedContract>;
  readonly #reader: EventReader;
  readonly #keys = new Map<string, Key>();
  /** Services that have published of a key, under any contract: one goes on under all of its contracts with what it began under one. */
  readonly #speakers = new Map<string, Set<string>>();
  /** Contracts under which Dragoman has published of a key. */
  readonly #ofLegacy = new Map<string, Set<string>>();
  readonly #firstMs = new Map<number, number>();
  #source: string | null = null;

  /** @param contracts all that are known; those of other topics say where a handover record has no place. */
  constructor(topic: string, partitions: readonly Partition[], contracts: readonly PublishedContract[]) {
    const own = contracts.filter((contract) => contract.topic === topic || trialTopic(contract.topic) === topic);
    this.#topic = topic;
    this.#isTrial = own.some((contract) => contract.topic !== topic);
    this.#partitions = partitions;
    this.#contracts = new Map(contracts.map((contract) => [contractText(contract.name, contract.version), contract]));
    this.#reader = new EventReader({
      contracts: own.map((published) => readContract({ published: { ...published, topic } })),
      ...{ valueBytesMax: VALUE_BYTES_MAX, now: () => 0 },
    });
  }

  /** Each partition in its order; partitions in any. */
  see(record: TimedRecord): void {
    this.records += 1;
    if (!this.#firstMs.has(record.partition)) this.#firstMs.set(record.partition, record.timestampMs);
    if (headerOf(record, 'ce_type') === HANDOVER_TYPE) return this.#handover(record);
    const read = this.#reader.read(record);
    if (read.kind === 'event') return this.#event(read);
    if (read.kind === 'passed') return void (this.passed += 1);
    this.events += 1;
    this.#find(CODE_OF[read.code] ?? 'EVENT_UNREADABLE', record, null, read.text);
  }

  /** When all was read. */
  end(): void {
    const reaches = (partition: number, ms: number): boolean =>
      this.#partitions[partition]?.isCut !== true || (this.#firstMs.get(partition) ?? Infinity) < ms;
    for (const { partition, text } of this.handovers.missing(this.#partitions.length, reaches))
      this.#add({ code: 'HANDOVER_MISSING', place: `${this.#topic}/${partition}`, contract: null, key: null, text });
  }

  #handover(record: TimedRecord): void {
    const text = record.value === null ? '' : Buffer.from(record.value as Uint8Array).toString();
    const isOfTopic = (contract: string): boolean =>
      (this.#contracts.get(contract)?.topic ?? this.#topic) === this.#topic;
    const { partition, timestampMs: atMs } = record;
    const fault = this.handovers.see(text, { partition, atMs, isOfService: isOfService(record) }, isOfTopic);
    if (fault !== null) this.#find(fault.code, record, null, fault.text);
  }

  #event(event: ReadEvent): void {
    this.events += 1;
    const { contract, key, record } = event;
    const text = contractText(contract.name, contract.version);
    const name = JSON.stringify([text, key]);
    const known = this.#keys.get(name) ?? { last: 0, ids: new Set<string>(), isOfService: false };
    this.#keys.set(name, known);
    const found = (code: ConformCode, words: string): void => this.#find(code, record, text, words);
    this.#place(event, found);
    this.#headers(event, text, found);
    // What stands there twice has its number twice, and says nothing else that is new; a repeat alone tells nothing by its place.
    if (this.#id(event, text, known, found) || isRepeat(record)) return;
    this.#number(event, known, found);
    if (!this.#isTrial) this.#owner(event, text, known, found);
  }

  #place({ key, place }: ReadEvent, found: Found): void {
    const partition = partitionOf(key, this.#partitions.length);
    if (partition !== place.partition) found('KEY_MISPLACED', `Its key belongs to partition ${partition}.`);
  }

  /** Those that every event has, as the value gives them. */
  #headers({ value, key, record, place }: ReadEvent, contract: string, found: Found): void {
    const type = this.#contracts.get(contract)?.type ?? contract;
    const source = headerOf(record, 'ce_source');
    this.#source ??= source;
    const expected = eventHeaders(value, { key, type, source: this.#source ?? '' });
    const isPrefixed = headerOf(record, 'content-type') === 'application/octet-stream';
    for (const [name, text] of Object.entries(expected)) {
      const given = headerOf(record, name);
      if (given === null) found('HEADER_MISSING', `${name} is not there.`);
      else if (given !== text && !(name === 'content-type' && isPrefixed))
        found('HEADER_WRONG', `${name} is not what ${name === 'ce_source' ? 'other events have' : 'the value says'}.`);
    }
    const producer = headerOf(record, PRODUCER_HEADER);
    if (producer !== null && !isPipeline(producer) && serviceIn(producer) === null)
      found('HEADER_WRONG', `${PRODUCER_HEADER} names neither a service, as service:orders does, nor a pipeline.`);
    if (producer === null && this.handovers.isRouted(place.partition, contract))
      found('HEADER_MISSING', `${PRODUCER_HEADER} is not there, and its contract was moved.`);
  }

  /** Of Dragoman's own events no record says which occurrence they are of, unless there is but one. @returns whether it stood before. */
  #id({ contract, id, key, record }: ReadEvent, text: string, known: Key, found: Found): boolean {
    const occurrence =
      headerOf(record, OCCURRENCE_HEADER) ??
      (isOfService(record) || this.#contracts.get(text)?.cardinality.comes === 'once' ? '' : null);
    const { name, version: majorVersion } = contract;
    if (occurrence !== null && id !== eventId({ contract: name, majorVersion, aggregateId: key, occurrence }))
      found('ID_WRONG', `Its id is not that of ${text}, its key and its occurrence.`);
    const isAgain = known.ids.has(id);
    if (isAgain && !isRepeat(record)) found('ID_TWICE', 'An event with its id stood before it.');
    known.ids.add(id);
    return isAgain;
  }

  #number({ sequence, place }: ReadEvent, known: Key, found: Found): void {
    const isFirst = known.last === 0;
    if (isFirst && this.#partitions[place.partition]?.isCut === true) {
      known.last = sequence;
      return;
    }
    if (sequence <= known.last) found('SEQUENCE_BACK', `Number ${sequence} stands behind number ${known.last}.`);
    else if (sequence > known.last + 1)
      found('SEQUENCE_GAP', `Number ${sequence} stands behind ${isFirst ? 'none' : `number ${known.last}`}.`);
    known.last = Math.max(known.last, sequence);
  }

  #owner({ key, value, record, place, sequence }: ReadEvent, contract: string, known: Key, found: Found): void {
    const context = value as unknown as Readonly<Record<string, string | null>>;
    const route = this.handovers.routeAt(place.partition, contract, { id: key, context });
    const speakers = this.#speakers.get(key) ?? new Set<string>();
    if (!isOfService(record)) {
      this.#ofLegacy.set(key, (this.#ofLegacy.get(key) ?? new Set<string>()).add(contract));
      if (known.isOfService && route?.to !== 'legacy')
        found('OWNER_WRONG', 'It is not of the service that published of its key before, and nothing was handed back.');
      return;
    }
    const producer = headerOf(record, PRODUCER_HEADER) ?? '';
    const isOwn = speakers.has(producer);
    // Others may never move, or moved at another time, and say nothing of it.
    const isMovedAlike = (other: string): boolean =>
      this.handovers.routeAt(place.partition, other, { id: key, context })?.moves === route?.moves;
    const isOfLegacy = [...(this.#ofLegacy.get(key) ?? [])].some(isMovedAlike);
    this.#speakers.set(key, speakers.add(producer));
    const said = headerOf(record, OWNERSHIP_EPOCH_HEADER);
    const epoch = said !== null && /^\d{1,9}$/.test(said) ? Number(said) : null;
    if (epoch === null) return found('HEADER_MISSING', `${OWNERSHIP_EPOCH_HEADER} is not there, or no whole number.`);
    // What stood before the first record may have been a handover.
    const isCut = this.#partitions[place.partition]?.isCut === true;
    if (route === undefined && isCut) return void (known.isOfService = true);
    if (route === undefined) return found('OWNER_WRONG', 'No handover record of its route stands in front of it.');
    // Its earlier ones may have expired; or it began, while it had the route, before there was anything to tell.
    const isBegun = isOwn || (isCut && known.ids.size === 1 && sequence > 1) || (route.away > 0 && !isOfLegacy);
    // What it began it goes on with meanwhile, and learns of a move to it only when it has read all of it.
    const from = isBegun || route.away > 0 ? route.away : route.epoch;
    if (epoch > route.epoch || epoch < from)
      return found('EPOCH_WRONG', `Its epoch is ${epoch}; that of its route is ${route.epoch} here.`);
    const isFormer = epoch < route.epoch;
    if (!isBegun && (isFormer || route.to !== 'service')) {
      const owner = isFormer ? "not the service's by its epoch" : `${route.to} here`;
      const why = "Dragoman published of its key before, or the route was never the service's";
      return found('OWNER_WRONG', `Its route is ${owner}, and the service cannot have begun it: ${why}.`);
    }
    known.isOfService = true;
  }

  #find(code: ConformCode, record: ConsumedRecord, contract: string | null, text: string): void {
    const key = keyOf(record);
    this.#add({ code, place: placeText(placeOf(record)), contract, key: key === null ? null : shortened(key), text });
  }

  #add(finding: Finding): void {
    this.counts.set(finding.code, (this.counts.get(finding.code) ?? 0) + 1);
    if (this.findings.length < FINDINGS_MAX) this.findings.push(finding);
  }
}

type Found = (code: ConformCode, text: string) => void;

/** Dragoman published it once more, and says so (docs/repairing.md). */
const isRepeat = (record: ConsumedRecord): boolean => headerOf(record, REPEAT_HEADER) !== null && !isOfService(record);

const isOfService = (record: ConsumedRecord): boolean => serviceIn(headerOf(record, PRODUCER_HEADER) ?? '') !== null;

/** Codes of the consumer kit. */
const CODE_OF: Readonly<Record<string, ConformCode>> = {
  EVENT_INVALID: 'EVENT_INVALID',
  ENUM_UNKNOWN: 'EVENT_INVALID',
  EVENT_CONTRADICTORY: 'EVENT_CONTRADICTORY',
};
