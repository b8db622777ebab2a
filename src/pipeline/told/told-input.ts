/**
 * Contract topics as an input: what services tell, and where handover records stand. Each partition by itself, in its order, bounded; records wait
 * here until the writer takes them. Trial topics are read along. It has no place among the sources: it moves no clock, and no table is known by it.
 *
 * A handover record holds from its place in its partition on, for what stands behind it there, whenever the pipeline itself changed the stage
 * (*marks*). So an event is judged by what was before it, not by when it is read.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import { type Handover, HANDOVER_TYPE } from '../../domain/ownership/handover.js';
import { type Route, routeOf, routeText, type Stage } from '../../domain/ownership/route.js';
import type { ToldCode, ToldFinding } from '../../domain/ownership/told.js';
import type { RecordPlace } from '../../domain/source/change-event.js';
import { shortened } from '../../domain/words/shortened.js';
import type { FoundTold } from '../../translate/parking/dead-letter.js';
import { inTurn } from '../in-turn.js';
import type { Bounds, Offsets, RawBatch, RawRecord, Source } from '../ports.js';
import { topicName } from '../topic-name.js';
import { type Mark, markAfter, type Marks, withMark } from './marks.js';
import type { FoundRecord, HandoverRead, ReadTold, ReadTrial, ToldRecord, ToldRecords } from './told-records.js';

/** A route as it stands now. */
export interface RouteNow extends Route {
  /** Its service was asked to hand it over. */
  readonly returning?: { readonly epoch: number; readonly to: Stage };
  /** It was taken without its service, which owns nothing of it any more. */
  readonly taken?: unknown;
}

/** A route at a place in a partition. */
interface RouteHere extends RouteNow {
  readonly mark: Mark;
}

export interface ToldInputSettings {
  /** Those that this shard reads: of keys that are its own. */
  readonly partitions: readonly string[];
  /** Where reading goes on, as the progress has it. */
  readonly known: Offsets;
  /** Of contract topics what stood there before anything is known of them is none of a service; trial topics are read from their beginning. */
  readonly bounds: Bounds;
  readonly isTrial: (topic: string) => boolean;
  readonly marks: Marks;
  readonly records: Pick<ToldRecords, 'read'>;
  readonly routesOf: (contract: string) => readonly RouteNow[];
  /** Stage of a route before any move; undefined: it came to be by one. */
  readonly initialOf: (route: Pick<Route, 'contract' | 'selector'>) => Stage | undefined;
}

/** What the writer takes for one draft. */
export interface TakenTold {
  readonly changeSets: readonly ChangeSet[];
  readonly findings: readonly FoundTold[];
}

/** Records that wait here, of all partitions together, from which nothing more is read. */
const WAITING_MAX = 1_000;

interface Waiting {
  readonly raw: RawRecord;
  readonly record: Exclude<ToldRecord, { readonly kind: 'passed' }>;
}

interface Partition {
  readonly name: string;
  readonly topic: string;
  readonly number: number;
  readonly isTrial: boolean;
  batch: { readonly raw: RawBatch; readonly records: Iterator<RawRecord> } | null;
  readonly waiting: Waiting[];
  /** Everything before it was read. */
  readTo: number;
  /** Its end, as far as is known. */
  end: number;
  /** When the last record that was read was written, as it says. */
  writtenMs: number;
}

export class ToldInput {
  readonly partitions: readonly string[];
  /** Some are begun now, at their ends. */
  readonly isAnew: boolean;
  readonly #settings: ToldInputSettings;
  readonly #all: readonly Partition[];
  #marks: Marks;
  #waiting = 0;
  #reads = 0;
  #turn = 0;

  constructor(settings: ToldInputSettings) {
    const { partitions, known, bounds, isTrial, marks } = settings;
    this.#settings = settings;
    this.partitions = partitions;
    this.#all = partitions.map((name) => {
      const topic = topicName(name);
      const number = Number(name.slice(topic.length + 1));
      const { first, end } = bounds.get(name) ?? { first: 0, end: 0 };
      const readTo = known.get(name) ?? (isTrial(topic) ? first : end);
      return {
        name,
        topic,
        number,
        isTrial: isTrial(topic),
        batch: null,
        waiting: [],
        readTo,
        end,
        writtenMs: -Infinity,
      };
    });
    this.#marks = marks;
    this.isAnew = partitions.some((name) => !known.has(name));
  }

  /** Records that the writer can take. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Reads about `recordsMax` records, of another partition first each time. @returns how many; 0 when nothing is there, or enough waits. */
  read(source: Pick<Source, 'take'>, recordsMax: number): number {
    let read = 0;
    const all = inTurn(this.#all, this.#reads);
    this.#reads += 1;
    for (const partition of all)
      while (read < recordsMax && this.#waiting < WAITING_MAX && this.#readOne(partition, source)) read += 1;
    return read;
  }

  /** A record, or the end of a batch. @returns false when nothing is there. */
  #readOne(partition: Partition, source: Pick<Source, 'take'>): boolean {
    if (partition.batch === null) {
      const raw = source.take(partition.name);
      if (raw === undefined) return false;
      partition.batch = { raw, records: raw.records[Symbol.iterator]() };
      partition.end = Math.max(partition.end, raw.endOffset);
    }
    const { raw: batch, records } = partition.batch;
    const next = records.next();
    if (next.done !== true) this.#push(partition, next.value);
    else {
      partition.readTo = Math.max(partition.readTo, batch.nextOffset);
      partition.batch = null;
    }
    return true;
  }

  #push(partition: Partition, raw: RawRecord): void {
    if (raw.offset < partition.readTo) return;
    partition.readTo = raw.offset + 1;
    partition.writtenMs = raw.timestampMs;
    const { topic, number } = partition;
    const record = this.#settings.records.read({ ...raw, topic, partition: number });
    if (record.kind === 'passed') return;
    partition.waiting.push({ raw, record });
    this.#waiting += 1;
  }

  /**
   * Takes what waits, up to so many records; another partition is first each time, so that none keeps the others from going on.
   * @param clockMs of the pipeline; null: there is none yet.
   */
  take(recordsMax: number, clockMs: number | null): TakenTold | null {
    if (this.#waiting === 0) return null;
    const changeSets: ChangeSet[] = [];
    const findings: FoundTold[] = [];
    let left = recordsMax;
    const all = inTurn(this.#all, this.#turn);
    this.#turn += 1;
    for (const partition of all) {
      const taken = partition.waiting.splice(0, left);
      for (const { raw, record } of taken) {
        const place = { partition: partition.name, offset: raw.offset };
        const made =
          record.kind === 'trial'
            ? triedChangeSet(record, { place, writtenMs: raw.timestampMs, clockMs })
            : this.#made(record, partition, place);
        if (made === null) continue;
        if ('finding' in made) findings.push({ ...made, place, timestampMs: raw.timestampMs });
        else changeSets.push(made);
      }
      left -= taken.length;
      this.#waiting -= taken.length;
    }
    return { changeSets, findings };
  }

  #made(
    record: Exclude<Waiting['record'], ReadTrial>,
    partition: Partition,
    place: RecordPlace,
  ): ChangeSet | Omit<FoundRecord, 'kind'> | null {
    if (record.kind === 'finding') return record;
    return record.kind === 'event' ? this.#told(record, partition, place) : this.#handedOver(record, partition);
  }

  #told(read: ReadTold, partition: Partition, place: RecordPlace): ChangeSet | Omit<FoundRecord, 'kind'> {
    const { contract, eventId, occurrence, sequence, epoch, producer, occurredAtMs } = read;
    const { aggregate, id, context } = read;
    const found = (code: ToldCode, text: string): Omit<FoundRecord, 'kind'> => ({
      ...{ finding: { code, text: `${contract} of ${aggregate} ${shortened(id)}: ${text}` }, producer, key: id },
    });
    const route = routeOf(this.#routesAt(partition, contract), { id, context });
    if (route === undefined) return found('INTRUDER_ROUTE', 'no route has it, so legacy publishes.');
    const { epoch: epochHere, stage, away } = route.mark;
    const isSticky = read.isSticky && route.taken === undefined;
    const isFormer = isSticky && epoch > 0 && away <= epoch && epoch < epochHere;
    if (epoch !== epochHere && !isFormer)
      return found(
        'INTRUDER_EPOCH',
        `it is of epoch ${epoch}; there the route ${routeText(route)} is in epoch ${epochHere}.`,
      );
    return {
      ...{ aggregate, id, kind: 'told', changes: [], refusal: null, place },
      origin: { source: producer, transactionId: eventId, position: null, commitTimeMs: occurredAtMs },
      told: {
        ...{ contract, eventId, occurrence, sequence, epoch, producer, stage, isSticky },
        ...(isFormer ? { isFormer } : {}),
      },
    };
  }

  /** Handed over behind this place in the partition. @returns what is wrong with it. */
  #handedOver(
    { handover, isOfService, producer }: HandoverRead,
    partition: Partition,
  ): Omit<FoundRecord, 'kind'> | null {
    const { contract, epoch, to } = handover;
    const text = routeText(handover);
    const route = this.#settings.routesOf(contract).find((each) => routeText(each) === text);
    const mark = route && this.#markOf(route, partition);
    if (isOfService) {
      if (mark?.epoch === epoch && mark.stage === to) return null; // told a second time
      if (route?.returning?.epoch !== epoch || route.returning.to !== to) return unasked(handover, producer, route);
    } else if (mark !== undefined && epoch <= mark.epoch) return null;
    const after = markAfter(mark, { epoch, stage: to });
    this.#marks = withMark(this.#marks, text, partition.number, after);
    return null;
  }

  /** As handover records before this place left them: what came to be by a move is there behind its record alone. */
  #routesAt(partition: Partition, contract: string): RouteHere[] {
    return this.#settings.routesOf(contract).flatMap((route) => {
      const mark = this.#markOf(route, partition);
      return mark === undefined ? [] : [{ ...route, mark }];
    });
  }

  #markOf(route: RouteNow, { number }: Partition): Mark | undefined {
    const known = this.#marks.get(routeText(route))?.get(number);
    const stage = known === undefined ? this.#settings.initialOf(route) : undefined;
    return stage === undefined ? known : { epoch: 0, stage, away: 0 };
  }

  /** Its service has handed it over in every partition that is read here. @param topic of its contract. */
  isReturned(route: RouteNow, topic: string): boolean {
    const { returning } = route;
    if (returning === undefined) return false;
    const all = this.#all.filter((partition) => partition.topic === topic);
    return all.every((partition) => this.#markOf(route, partition)?.epoch === returning.epoch);
  }

  /** Everything before these ends was taken. */
  isPast(ends: Offsets): boolean {
    const told = this.#all.filter(({ isTrial }) => !isTrial);
    return told.every((partition) => neededOf(partition) >= (ends.get(partition.name) ?? 0));
  }

  /** Everything on trial that was written by then was taken, as far as is known. */
  isTried(untilMs: number): boolean {
    return this.#all.every(({ isTrial, batch, waiting: [first], readTo, end, writtenMs }) => {
      if (!isTrial) return true;
      if (first !== undefined) return first.raw.timestampMs > untilMs;
      return writtenMs > untilMs || (batch === null && readTo >= end && this.#waiting < WAITING_MAX);
    });
  }

  get marks(): Marks {
    return this.#marks;
  }

  /** Next offset of each partition, from which another process would have to read. */
  needed(): Map<string, number> {
    return new Map(this.#all.map((partition) => [partition.name, neededOf(partition)]));
  }

  readTo(partition: string): number {
    return this.#all.find(({ name }) => name === partition)?.readTo ?? 0;
  }
}

const neededOf = ({ waiting, readTo }: Partition): number => waiting[0]?.raw.offset ?? readTo;

interface Taken {
  readonly place: RecordPlace;
  readonly writtenMs: number;
  readonly clockMs: number | null;
}

const triedChangeSet = ({ aggregate, id, trial }: ReadTrial, { place, writtenMs, clockMs }: Taken): ChangeSet => ({
  ...{ aggregate, id, kind: 'trial', changes: [], refusal: null, place },
  origin: {
    ...{ source: trial.producer, transactionId: trial.eventId, position: null },
    commitTimeMs: clockMs ?? writtenMs,
  },
  trial: { ...trial, writtenMs },
});

const unasked = (handover: Handover, producer: string, route: RouteNow | undefined): Omit<FoundRecord, 'kind'> => ({
  finding: {
    code: 'HANDOVER_UNASKED',
    text:
      `${HANDOVER_TYPE} of ${routeText(handover)}, epoch ${handover.epoch}, to ${handover.to}: ` +
      (route === undefined ? 'there is no such route.' : `the route is in stage ${route.stage}, epoch ${route.epoch}.`),
  } satisfies ToldFinding,
  producer,
  key: routeText(handover),
});
