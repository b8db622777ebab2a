/**
 * One record of a contract topic -> what it means to the pipeline: an event that a service told, a handover record, something that is wrong with
 * it, or nothing, because Dragoman wrote it or it is under no contract that is moved. Read as consumers read it. Pure.
 */
import { readContract } from '../../consumer/read/contract.js';
import type { Fields } from '../../consumer/read/content.js';
import { EventReader, type ReadEvent } from '../../consumer/read/event.js';
import { type ConsumedRecord, headerOf, keyOf } from '../../consumer/read/record.js';
import { eventId } from '../../domain/event-id.js';
import { contractText } from '../../domain/integration-event.js';
import { type Handover, HANDOVER_TYPE, readHandover } from '../../domain/ownership/handover.js';
import {
  isPipeline,
  OCCURRENCE_HEADER,
  OWNERSHIP_EPOCH_HEADER,
  PRODUCER_HEADER,
  serviceIn,
} from '../../domain/ownership/headers.js';
import type { ToldCode, ToldEvent, ToldFinding, TrialEvent } from '../../domain/ownership/told.js';
import { RECORD_BYTES_MAX } from '../../domain/record-size.js';
import { shortened } from '../../domain/words/shortened.js';
import type { ContractDefinition } from '../../rules/contract.js';

/** An event before its route was looked for. */
export interface ReadTold extends Omit<ToldEvent, 'stage'> {
  readonly kind: 'event';
  /** First name of the aggregate that the contract's fact is of. */
  readonly aggregate: string;
  /** Of the aggregate, as its events are keyed. */
  readonly id: string;
  readonly occurredAtMs: number;
  /** Where the event says that it belongs, by the names that the contract is moved by. */
  readonly context: Readonly<Record<string, string | null>>;
}

/** An event of a trial topic. */
export interface ReadTrial extends Pick<ReadTold, 'aggregate' | 'id'> {
  readonly kind: 'trial';
  readonly trial: Omit<TrialEvent, 'writtenMs'>;
}

export type ToldRecord = ReadTold | ReadTrial | HandoverRead | FoundRecord | { readonly kind: 'passed' };

export interface HandoverRead {
  readonly kind: 'handover';
  readonly handover: Handover;
  readonly producer: string;
  /** It was written by a service, not by this pipeline. */
  readonly isOfService: boolean;
}

export interface FoundRecord {
  readonly kind: 'finding';
  readonly finding: ToldFinding;
  /** As the record says, as far as it does. */
  readonly producer: string | null;
  readonly key: string | null;
}

/** A contract that is moved. */
export interface MovedContract {
  readonly contract: ContractDefinition;
  /** First name of the aggregate that its fact is of. */
  readonly aggregate: string;
  /** Names of the context that it is moved by. */
  readonly by: readonly string[];
  readonly isSticky: boolean;
}

export interface ToldRecordsSettings {
  readonly pipeline: string;
  /** As this pipeline writes it: `dragoman:dragoman.orders`. */
  readonly producer: string;
  /** Topic of the contract whose trial topic a topic is; null: it is none. */
  readonly triedIn: (topic: string) => string | null;
  /** Part of the id of each aggregate; null: they have none. */
  readonly qualifier: string | null;
  readonly contracts: readonly MovedContract[];
  /** Number of the partition that a key belongs to. */
  readonly partitionOf: (topic: string, key: string) => number;
}

const PASSED = { kind: 'passed' } as const;

export class ToldRecords {
  readonly #settings: ToldRecordsSettings;
  readonly #reader: EventReader;
  /** By `contractText`. */
  readonly #moved: ReadonlyMap<string, MovedContract>;

  constructor(settings: ToldRecordsSettings) {
    const { contracts } = settings;
    this.#settings = settings;
    // No version of a contract ends here: which are published, the rules say.
    const read = { contracts: contracts.map(({ contract }) => readContract(contract)), now: () => 0 };
    this.#reader = new EventReader({ ...read, valueBytesMax: RECORD_BYTES_MAX });
    this.#moved = new Map(
      contracts.map((each) => [contractText(each.contract.name, each.contract.majorVersion), each]),
    );
  }

  get contracts(): readonly MovedContract[] {
    return this.#settings.contracts;
  }

  read(record: ConsumedRecord): ToldRecord {
    const said = headerOf(record, PRODUCER_HEADER);
    // It names itself, and is repeated wherever this is told of.
    const producer = said === null ? null : shortened(said);
    const tried = this.#settings.triedIn(record.topic);
    if (headerOf(record, 'ce_type') === HANDOVER_TYPE)
      return tried === null ? this.#handover(record, producer) : PASSED;
    if (isOfDragoman(record, producer)) return PASSED;
    const found = findingIn(record, producer);
    try {
      const read = this.#reader.read(record);
      if (read.kind === 'passed')
        return read.code === 'TYPE_UNKNOWN' ? PASSED : found('TOLD_UNKNOWN_VERSION', read.text);
      if (read.kind === 'refused') return found(CONTENT.has(read.code) ? 'TOLD_NOT_JSON' : 'TOLD_INVALID', read.text);
      if (!this.#isOfPipeline(read.key)) return PASSED;
      if (producer === null || serviceIn(producer) === null)
        return found('TOLD_UNNAMED', `It is under ${nameOf(read)}, and ${UNNAMED}.`);
      return this.#event(read, { producer, tried, found });
    } catch (error) {
      // Refinements of a contract are functions of its author.
      const words = error instanceof Error ? error.name : 'something';
      return found('TOLD_INVALID', `Its contract threw ${words} over it.`);
    }
  }

  #event(
    { contract: { name, version }, id, key, sequence, occurredAtMs, value, record, place }: ReadEvent,
    { producer, tried, found }: Reading,
  ): ToldRecord {
    const contract = contractText(name, version);
    const moved = this.#moved.get(contract);
    if (moved === undefined) return PASSED;
    const about = `${contract} of ${moved.aggregate} ${shortened(key)}`;
    // On trial nothing is owned.
    const epoch = tried === null ? wholeNumber(headerOf(record, OWNERSHIP_EPOCH_HEADER)) : 0;
    if (epoch === null)
      return found('TOLD_INVALID', `${about}: the header ${OWNERSHIP_EPOCH_HEADER} is no whole number.`);
    const occurrence = headerOf(record, OCCURRENCE_HEADER) ?? '';
    const derived = eventId({ contract: name, majorVersion: version, aggregateId: key, occurrence });
    if (id !== derived)
      return found(
        'TOLD_ID_WRONG',
        `${about}: its id is ${id}; of this contract, aggregate and occurrence it is ${derived}.`,
      );
    const partition = this.#settings.partitionOf(tried ?? place.topic, key);
    if (partition !== place.partition)
      return found(
        'TOLD_MISPLACED',
        `${about}: it stands in partition ${place.partition}; by its key it belongs to ${partition}.`,
      );
    const { aggregate } = moved;
    if (tried !== null)
      return {
        ...{ kind: 'trial', aggregate, id: key },
        trial: { contract, eventId: id, occurrence, sequence, producer, value },
      };
    const context = contextIn(value, moved.by);
    return {
      ...{ kind: 'event', contract, eventId: id, occurrence, sequence, epoch, producer },
      ...{ aggregate, id: key, occurredAtMs, context, isSticky: moved.isSticky },
    };
  }

  /** Of the others: pipelines with qualifiers publish under the same contracts. */
  #isOfPipeline(key: string): boolean {
    const { qualifier } = this.#settings;
    return qualifier === null || key.startsWith(`${qualifier}/`);
  }

  #handover(record: ConsumedRecord, producer: string | null): ToldRecord {
    const isOfService = producer !== this.#settings.producer;
    if (isOfService && producer !== null && isPipeline(producer)) return PASSED;
    const found = findingIn(record, producer);
    if (producer === null || (isOfService && serviceIn(producer) === null))
      return found('HANDOVER_UNREADABLE', `Who wrote it is not known: ${UNNAMED}.`);
    const { value } = record;
    const read = readHandover(value === null ? '' : typeof value === 'string' ? value : Buffer.from(value).toString());
    if (typeof read === 'string') return found('HANDOVER_UNREADABLE', read);
    return read.pipeline === this.#settings.pipeline
      ? { kind: 'handover', handover: read, producer, isOfService }
      : PASSED;
  }
}

interface Reading {
  readonly producer: string;
  /** Topic of the contract whose trial topic it is read from; null: it is none. */
  readonly tried: string | null;
  readonly found: ReturnType<typeof findingIn>;
}

/** Of this pipeline or another one; before its contract could move it did not say so, but by which rules it was decided. */
const isOfDragoman = (record: ConsumedRecord, producer: string | null): boolean =>
  producer === null ? headerOf(record, 'ce_rulesdigest') !== null : isPipeline(producer);

const UNNAMED = `it has no header ${PRODUCER_HEADER} that names a service, as service:orders does`;

const findingIn =
  (record: ConsumedRecord, producer: string | null) =>
  (code: ToldCode, text: string): FoundRecord => ({
    ...{ kind: 'finding', finding: { code, text }, producer, key: keyOf(record) },
  });

/** Codes of what cannot be read at all. */
const CONTENT: ReadonlySet<string> = new Set([
  ...['VALUE_ABSENT', 'VALUE_TOO_LARGE', 'CONTENT_TYPE_UNKNOWN', 'EVENT_NOT_JSON', 'EVENT_UNTYPED'],
]);

const nameOf = ({ contract: { name, version } }: ReadEvent): string => contractText(name, version);

const WHOLE = /^(0|[1-9]\d{0,8})$/;
const wholeNumber = (text: string | null): number | null => (text !== null && WHOLE.test(text) ? Number(text) : null);

const contextIn = (value: Fields, names: readonly string[]): ReadTold['context'] =>
  Object.fromEntries(names.map((name) => [name, typeof value[name] === 'string' ? value[name] : null]));
