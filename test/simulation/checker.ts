/**
 * Holds everything that a world's servers come to against what the history owes, at the step at which it happens. What was checked is
 * not looked at again, so a history costs as much as it does.
 *
 * - at the decision of each Kafka transaction: its events are the next owed ones of their orders, with their ids (G2, G3, G4, G5); its
 *   journal entries tell exactly these events; nothing undeclared is in it (G7)
 * - at each commit of offsets: they do not go back, and no transaction is passed that still owes an event (G1, G3)
 * - at each change of Redis: a state is the one that the journal has at the marker (R5, R6)
 * - at the end: everything owed is published, what is not has a parked aggregate (G6), and Redis is as the journal
 */
import type { JournalEntry } from '../../src/domain/state/journal-entry.js';
import { decodeMarker } from '../../src/pipeline/state/marker.js';
import { journalEntry } from '../../src/pipeline/state/records.js';
import { plainEvent } from '../support/delivery/pipeline.js';
import { type Expected, UNDECLARED } from './expected.js';
import type { Cluster } from './kafka/cluster.js';
import type { LogEntry } from './kafka/partition-log.js';
import type { Decided } from './kafka/transactions.js';
import type { RedisServer } from './redis/server.js';

/** An invariant does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
  constructor(
    readonly invariant: string,
    text: string,
  ) {
    super(`${invariant}: ${text}`);
  }
}

export interface CheckerSettings {
  readonly cluster: Cluster;
  readonly expected: Expected;
  readonly group: string;
  readonly journalTopic: string;
  readonly contractTopics: readonly string[];
  readonly redisPrefix: string;
}

interface Version {
  readonly partition: number;
  readonly offset: number;
  readonly text: string;
  readonly entry: JournalEntry;
}

export class Checker {
  eventsChecked = 0;
  readonly #settings: CheckerSettings;
  /** How many events of each order are published. */
  readonly #published = new Map<string, number>();
  /** How many events of each transaction are. */
  readonly #publishedOf = new Map<string, number>();
  /** By partition and producer: entries from here on belong to a Kafka transaction that is not decided yet. */
  readonly #seen = new Map<string, number>();
  /** By aggregate: its states, in the order of their decisions. */
  readonly #versions = new Map<string, Version[]>();
  /** By partition: how many transactions are passed, and where. */
  readonly #passed = new Map<string, { offset: number; count: number }>();
  #offsets: unknown = null;

  constructor(settings: CheckerSettings) {
    this.#settings = settings;
  }

  get isAllPublished(): boolean {
    const { byOrder } = this.#settings.expected;
    return [...byOrder].every(([order, events]) => this.#published.get(order) === events.length);
  }

  /** Aggregates that are parked, as the journal has it. */
  get parked(): string[] {
    return [...this.#versions]
      .filter(([, versions]) => versions.at(-1)?.entry.state.parked != null)
      .map(([key]) => key.replace('order:', ''))
      .sort();
  }

  decided({ producerId, kind, partitions }: Decided): void {
    const events: LogEntry[] = [];
    const decisions: JournalEntry[] = [];
    for (const partition of partitions) {
      const topic = partition.slice(0, partition.lastIndexOf('/'));
      for (const entry of this.#undecided(partition, producerId)) {
        if (`${entry.value} ${JSON.stringify(entry.headers)}`.includes(UNDECLARED))
          throw new Violation('G7', `${partition} has an undeclared value at offset ${entry.offset}`);
        if (kind === 'abort') continue;
        if (this.#settings.contractTopics.includes(topic)) events.push(entry);
        if (topic === this.#settings.journalTopic) decisions.push(this.#remember(partition, entry));
      }
    }
    const told = decisions.flatMap((entry) => entry.events.map(({ id }) => id)).sort();
    const published = this.#publish(events).sort();
    if (told.join() !== published.join())
      throw new Violation(
        'G3',
        `one Kafka transaction has events ${published.join()}, its journal tells ${told.join()}`,
      );
  }

  #undecided(partition: string, producerId: number): LogEntry[] {
    const { entries } = this.#settings.cluster.log(partition);
    const name = `${partition} ${producerId}`;
    const from = this.#seen.get(name) ?? 0;
    const found: LogEntry[] = [];
    for (let i = entries.length - 1; i >= 0 && entries[i]!.offset >= from; i -= 1) {
      const entry = entries[i]!;
      if (entry.kind === 'record' && entry.producerId === producerId) found.push(entry);
    }
    this.#seen.set(name, this.#settings.cluster.log(partition).end);
    return found.reverse();
  }

  #remember(partition: string, { key, value, offset }: LogEntry): JournalEntry {
    const entry = journalEntry(value ?? '');
    const versions = this.#versions.get(key ?? '') ?? [];
    this.#versions.set(key ?? '', versions);
    const number = Number(partition.slice(partition.lastIndexOf('/') + 1));
    versions.push({ partition: number, offset, text: JSON.stringify(entry.state), entry });
    return entry;
  }

  /** @returns their ids. */
  #publish(events: readonly LogEntry[]): string[] {
    const records = events.map(({ key, value, headers }) => ({
      ...{ topic: '', key: key ?? '', headers },
      value: JSON.parse(value ?? '{}') as Record<string, unknown>,
    }));
    return records.map((record) => {
      const plain = plainEvent(record);
      const done = this.#published.get(plain.order) ?? 0;
      const owed = this.#settings.expected.byOrder.get(plain.order)?.[done];
      const found = JSON.stringify(plain);
      const { eventId } = record.value;
      if (owed?.text !== found)
        throw new Violation(
          'G2, G3',
          `event ${done + 1} of ${plain.order} is ${found}, owed is ${owed?.text ?? 'none'}`,
        );
      if (owed.id !== eventId) throw new Violation('G4', `${found} has id ${String(eventId)}, not ${owed.id}`);
      this.#published.set(plain.order, done + 1);
      this.#publishedOf.set(owed.txid, (this.#publishedOf.get(owed.txid) ?? 0) + 1);
      this.eventsChecked += 1;
      return owed.id;
    });
  }

  /** After every step: looks when the group's offsets were replaced. */
  afterStep(): void {
    const committed = this.#settings.cluster.groups.committed(this.#settings.group);
    if (committed === this.#offsets) return;
    this.#offsets = committed;
    for (const [partition, { offset }] of committed) this.#pass(partition, offset);
  }

  #pass(partition: string, offset: number): void {
    const { passedAt, owedBy } = this.#settings.expected;
    const passed = this.#passed.get(partition) ?? { offset: 0, count: 0 };
    this.#passed.set(partition, passed);
    if (offset < passed.offset)
      throw new Violation('G3', `the committed offset of ${partition} went back from ${passed.offset} to ${offset}`);
    passed.offset = offset;
    const transactions = passedAt.get(partition) ?? [];
    for (let next = transactions[passed.count]; next !== undefined && next.end <= offset;) {
      const { txid } = next;
      if (this.#publishedOf.get(txid) !== owedBy.get(txid))
        throw new Violation(
          'G3',
          `${partition} was committed at ${offset}, but transaction ${txid} before it owes events`,
        );
      passed.count += 1;
      next = transactions[passed.count];
    }
  }

  redisChanged(server: RedisServer): void {
    const { redisPrefix } = this.#settings;
    const marker = server.get(`${redisPrefix}marker`);
    if (marker === null) return;
    const { journal, part } = decodeMarker(marker);
    if (part !== undefined) return;
    for (const [key, versions] of this.#versions) {
      const last = versions.findLast(({ partition, offset }) => offset < (journal[partition] ?? 0));
      const found = server.get(`${redisPrefix}${key}`);
      if ((last?.text ?? null) !== found)
        throw new Violation(
          'R5, R6',
          `at marker ${marker} Redis has of ${key}: ${found}, the journal has: ${last?.text ?? null}`,
        );
    }
  }

  /** When nothing comes any more. */
  atEnd(): void {
    const { byOrder, owed } = this.#settings.expected;
    for (const [order, events] of byOrder) {
      const done = this.#published.get(order) ?? 0;
      if (done < events.length)
        throw new Violation('G3', `${order} was owed ${events.length} events, ${done} were published`);
    }
    const parked = [...owed.parked].sort().join();
    if (this.parked.join() !== parked)
      throw new Violation('G6', `parked are ${this.parked.join()}, and should be ${parked}`);
  }
}
