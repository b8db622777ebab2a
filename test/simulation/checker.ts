/**
 * Holds everything that a world's servers come to of one shard against what the history owes, at the step at which it happens. What was checked is
 * not looked at again, so a history costs as much as it does.
 *
 * - at the decision of each Kafka transaction: its events are the next owed ones of their orders, with their ids (G2, G3, G4, G5); its
 *   journal entries tell exactly these events, and name the entries before them; its cells have a progress beside them, which is the next one and
 *   knows where state and journal end; nothing undeclared is in it (G7)
 *   what is forgotten is gone, and nothing of it is written any more (T18); orders keep the rules by which they began (T21)
 *   what is expected is awaited, and decided in time, once (T17)
 * - at each progress: its offsets do not go back, and no transaction is passed that still owes an event (G1, G3); none is told to tools before (T8)
 * - at each change of Redis: every cell is the one that the state topic has at the marker, and there is no other (R5, R6)
 * - at the end: everything owed is published, and what is not has a parked aggregate (G6); the history of each aggregate is there (T15)
 */
import type { OwnTopics } from '../../src/domain/own-topics.js';
import { ownsPartition, type Shard } from '../../src/domain/shard.js';
import type { JournalEntry } from '../../src/domain/state/journal-entry.js';
import { PARKED } from '../../src/pipeline/state/cells.js';
import { HANDOVER_TYPE } from '../../src/domain/ownership/handover.js';
import type { Offsets } from '../../src/pipeline/ports.js';
import { decodeProgress } from '../../src/pipeline/progress/progress.js';
import { journalEntry } from '../../src/pipeline/state/journal-entries.js';
import { type Expected, UNDECLARED } from './expected.js';
import { type Awaits, Waiting } from './awaiting.js';
import { CellVersions } from './cell-versions.js';
import { Chains } from './chain.js';
import { Forgotten, readable } from './forgetting.js';
import { PinnedOrders } from './pinning.js';
import type { Cluster } from './kafka/cluster.js';
import type { LogEntry } from './kafka/partition-log.js';
import type { Decided } from './kafka/transactions.js';
import { OwnPublications, type Publications } from './publications.js';
import type { RedisServer } from './redis/server.js';
import { Ledger } from './routes/ledger.js';
import type { RoutesPlan } from './routes/plan.js';
import { type Fence, type Moving, Stages } from './routes/stages.js';
import { Violation } from './violation.js';

export interface CheckerSettings {
  readonly cluster: Cluster;
  readonly expected: Expected;
  readonly group: string;
  readonly own: OwnTopics & { readonly ownership: string };
  readonly contractTopics: readonly string[];
  /** Whose Kafka transactions are looked at: what they write, and what is owed. */
  readonly shard: Shard;
  readonly redisPrefix: string;
  /** Aggregates have personal columns. */
  readonly isClassed: boolean;
  /** What orders are to come to in time; null: nothing. */
  readonly awaits: Awaits | null;
  /** What may move to a service; null: nothing. */
  readonly routes: RoutesPlan | null;
}

export class Checker {
  readonly #settings: CheckerSettings;
  readonly #publications: Publications;
  readonly ledger: Ledger | null;
  readonly stages: Stages | null;
  /** By partition and producer: entries from here on belong to a Kafka transaction that is not decided yet. */
  readonly #seen = new Map<string, number>();
  readonly #cells: CellVersions;
  /** By aggregate: offsets of its journal entries, newest first. */
  readonly #entries = new Map<string, number[]>();
  readonly #chains: Chains;
  /** Number of the newest progress, and of the next command. */
  #commit = 0;
  #commandsNext = 0;
  readonly #forgotten: Forgotten;
  readonly #pinned = new PinnedOrders();
  /** By partition: how many transactions are passed, and where. */
  readonly #passed = new Map<string, { offset: number; count: number }>();
  #told: unknown = null;
  readonly #waiting: Waiting | null;
  #clockMs: number | null = null;
  /** Kafka transactions. */
  #decided = 0;
  #lacks: { readonly after: number; readonly what: Violation | null } = { after: -1, what: null };

  constructor(settings: CheckerSettings) {
    this.#settings = settings;
    this.#forgotten = new Forgotten(settings.shard.count > 1);
    const { awaits, cluster, own, routes, expected, shard, contractTopics, redisPrefix } = settings;
    this.#cells = new CellVersions(redisPrefix);
    const isParked = (order: string): boolean => this.#cells.get(PARKED, `order:${order}`) !== null;
    this.stages = routes && new Stages(routes, shard, cluster.partitionsOf(contractTopics[0] ?? '').length);
    this.ledger = this.stages && routes && new Ledger(routes, this.stages, expected, isParked);
    this.#publications = this.ledger ?? new OwnPublications(expected);
    this.#chains = new Chains((partition) => cluster.log(`${own.journal}/${partition}`).entries);
    this.#waiting = awaits && new Waiting(awaits, this.#cells, (order) => this.#isLeftOut(order));
  }

  #isLeftOut(order: string): boolean {
    return this.#forgotten.has(order) || this.#cells.get(PARKED, `order:${order}`) !== null;
  }

  get eventsChecked(): number {
    return this.#publications.checked;
  }

  /** Timers that were decided. */
  get timers(): number {
    return this.#waiting?.decided ?? 0;
  }

  /** Orders that were forgotten. */
  get forgotten(): number {
    return this.#forgotten.count;
  }

  isKnown(order: string): boolean {
    return this.#cells.get(`order:${order}`, '') !== null;
  }

  isDoneWith(commands: number): boolean {
    return this.#commandsNext >= commands;
  }

  /** Aggregates that are parked, as the state topic has it. */
  get parked(): string[] {
    return [...this.#cells.all()]
      .flatMap(([hash, field]) => (hash === PARKED ? [field.replace('order:', '')] : []))
      .sort();
  }

  decided({ producerId, kind, partitions }: Decided): void {
    const events: LogEntry[] = [];
    const fences: Fence[] = [];
    const announced: LogEntry[] = [];
    const journal: [partition: number, entry: LogEntry][] = [];
    const progress: LogEntry[] = [];
    let isOwn = false;
    this.#decided += 1;
    const { own, contractTopics, shard } = this.#settings;
    for (const partition of partitions) {
      const slash = partition.lastIndexOf('/');
      const [topic, number] = [partition.slice(0, slash), Number(partition.slice(slash + 1))];
      for (const entry of this.#undecided(partition, producerId)) {
        if (`${entry.value} ${JSON.stringify(entry.headers)}`.includes(UNDECLARED))
          throw new Violation('G7', `${partition} has an undeclared value at offset ${entry.offset}`);
        if (kind === 'commit' && topic === own.ownership) announced.push(entry);
        if (kind === 'abort' || !ownsPartition(shard, number)) continue;
        if (topic === own.state || topic === own.journal) isOwn = true;
        if (contractTopics.includes(topic)) {
          if (entry.headers['ce_type'] === HANDOVER_TYPE) fences.push({ partition: number, entry });
          else events.push(entry);
        }
        if (topic === own.state) this.#stored(number, entry);
        if (topic === own.journal) journal.push([number, entry]);
        if (topic === own.progress && entry.key === 'progress') progress.push(entry);
      }
    }
    const offsets = kind === 'commit' ? this.#progressed(progress, isOwn) : new Map<string, number>();
    const decisions = journal.map(([partition, entry]) => this.#entry(partition, entry));
    this.#keeps(this.#pinned.counted());
    if (kind === 'commit') this.#routed(progress, { fences, announced }, decisions);
    const told = decisions.flatMap(({ events: all = [] }) => all.map(({ value }) => String(value['eventId']))).sort();
    const published = this.#publish(events).sort();
    const isOfService = progress.length === 0 && this.ledger !== null;
    if (!isOfService && told.join() !== published.join())
      throw new Violation(
        'G3',
        `one Kafka transaction has events ${published.join()}, its journal tells ${told.join()}`,
      );
    for (const order of this.#forgotten.decided(decisions)) this.#waive(order);
    if (kind === 'commit') this.#checkTimers(this.#waiting?.committed(decisions, this.#clockMs) ?? null);
    for (const [partition, offset] of offsets) this.#pass(partition, offset);
  }

  /** Of a service, where there is no progress. */
  #routed(
    progress: readonly LogEntry[],
    moved: Pick<Moving, 'fences' | 'announced'>,
    entries: readonly JournalEntry[],
  ): void {
    const [record] = progress;
    if (record === undefined) this.stages?.handedBack(moved.fences);
    else if (this.stages !== null) {
      const { ownership } = decodeProgress(record.value ?? '');
      this.stages.stand({ ...moved, ownership }, entries);
    }
    this.ledger?.decided(entries);
  }

  /** Whoever recovers goes by it: it is the next one, and knows where everything ends. @returns its offsets. */
  #progressed(records: readonly LogEntry[], isOwn: boolean): Offsets {
    if (records.length === 0 && !isOwn) return new Map();
    const [record] = records;
    if (record === undefined || records.length > 1)
      throw new Violation('R3', `a Kafka transaction with cells or entries has ${records.length} records of progress`);
    const { commit, ends, commands, offsets, clock } = decodeProgress(record.value ?? '');
    this.#clockMs = clock;
    this.#commandsNext = commands.next ?? 0;
    if (commit !== this.#commit + 1) throw new Violation('R3', `progress ${commit} follows ${this.#commit}`);
    this.#commit = commit;
    for (const topic of ['state', 'journal'] as const) {
      ends[topic].forEach((end, partition) => {
        const { entries } = this.#settings.cluster.log(`${this.#settings.own[topic]}/${partition}`);
        const last = entries.findLast(({ kind, producerId }) => kind === 'record' && producerId === record.producerId);
        if (last !== undefined && end <= last.offset)
          throw new Violation(
            'R3',
            `progress ${commit} says that ${topic}/${partition} ends at ${end}; it has offset ${last.offset}`,
          );
      });
    }
    return offsets;
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

  #stored(partition: number, entry: LogEntry): void {
    const { key, value } = entry;
    this.#cells.stored(partition, entry);
    this.ledger?.stored(key ?? '', value);
    this.#check(this.#forgotten.cell(key ?? '', value));
    this.#keeps(this.#pinned.cell(key ?? '', value));
  }

  /** History is walked by these offsets. */
  #entry(partition: number, record: LogEntry): JournalEntry {
    const { key, value, offset } = record;
    this.#chains.decided(partition, record);
    const entry = journalEntry(value ?? '', (name) => this.#sealKeyOf(name));
    this.#check(this.#forgotten.entry(entry));
    this.#keeps(this.#pinned.entry(entry));
    if (this.#settings.isClassed) this.#check(readable(value ?? ''));
    const before = this.#entries.get(key ?? '') ?? [];
    const owed = before.slice(0, 16);
    if (entry.previous.join() !== owed.join())
      throw new Violation(
        'R11',
        `the entry of ${key ?? ''} at ${offset} names ${entry.previous.join()} before it; there are ${owed.join()}`,
      );
    // A stub knows its newest entry alone.
    const isStub = entry.outcome === 'forgotten' || this.#forgotten.has(entry.id);
    this.#entries.set(key ?? '', isStub ? [offset] : [offset, ...before]);
    return entry;
  }

  #checkTimers(wrong: string | null): void {
    if (wrong !== null) throw new Violation('T17', wrong);
  }

  #check(wrong: string | null): void {
    if (wrong !== null) throw new Violation('T18', wrong);
  }

  #keeps(wrong: string | null): void {
    if (wrong !== null) throw new Violation('T21', wrong);
  }

  /** The last that it had. */
  #sealKeyOf(name: string): string | undefined {
    return this.#cells.lastText(name, 'k');
  }

  /** From now on no event of it is owed, and no cell is there. */
  #waive(order: string): void {
    this.#publications.waive(order);
    for (const [key, text] of this.#cells.texts()) this.#check(this.#forgotten.cell(key, text));
  }

  /** @returns their ids. */
  #publish(events: readonly LogEntry[]): string[] {
    return events.map(({ key, value, headers }) => {
      const fields = JSON.parse(value ?? '{}') as Record<string, unknown>;
      this.#publications.publish({ topic: '', key: key ?? '', headers, value: fields });
      return String(fields['eventId']);
    });
  }

  /** After every step: looks when the group's offsets were replaced. Ones that are told late may be older. */
  afterStep(): void {
    const told = this.#settings.cluster.groups.committed(this.#settings.group);
    if (told === this.#told) return;
    this.#told = told;
    for (const [partition, { offset }] of told) {
      const passed = this.#passed.get(partition)?.offset ?? 0;
      if (offset > passed) throw new Violation('T8', `${partition} is told at ${offset}, the progress has ${passed}`);
    }
  }

  #pass(partition: string, offset: number): void {
    const { passedAt } = this.#settings.expected;
    const passed = this.#passed.get(partition) ?? { offset: 0, count: 0 };
    this.#passed.set(partition, passed);
    if (offset < passed.offset)
      throw new Violation('G3', `the offset of ${partition} went back from ${passed.offset} to ${offset}`);
    passed.offset = offset;
    const transactions = passedAt.get(partition) ?? [];
    for (let next = transactions[passed.count]; next !== undefined && next.end <= offset;) {
      const { txid } = next;
      if (!this.#publications.isSettled(txid))
        throw new Violation(
          'G3',
          `${partition} was committed at ${offset}, but transaction ${txid} before it owes events`,
        );
      passed.count += 1;
      next = transactions[passed.count];
    }
  }

  redisChanged(server: RedisServer): void {
    const wrong = this.#cells.differing(server);
    if (wrong !== null) throw new Violation('R5, R6', wrong);
  }

  /** What is not there yet of all that has to be at the end; null: nothing is lacking. Nothing comes but by a Kafka transaction. */
  lacking(): Violation | null {
    if (this.#lacks.after !== this.#decided) this.#lacks = { after: this.#decided, what: this.#lackingNow() };
    return this.#lacks.what;
  }

  #lackingNow(): Violation | null {
    const { byOrder, owed } = this.#settings.expected;
    for (const [order, events] of byOrder) {
      const missing = this.#publications.missing(order);
      if (missing > 0)
        return new Violation(
          'G3',
          `${order} was owed ${events.length} events, ${missing} are missing${this.ledger === null ? '' : `: ${this.ledger.story(order)}`}`,
        );
    }
    const parked = [...owed.parked]
      .filter((order) => !this.#forgotten.has(order))
      .sort()
      .join();
    if (this.parked.join() !== parked)
      return new Violation('G6', `parked are ${this.parked.join()}, and should be ${parked}`);
    const behind = this.#waiting?.atEnd() ?? null;
    if (behind !== null) return new Violation('T17', behind);
    const untold = this.ledger?.untold() ?? null;
    return untold === null ? null : new Violation('T22', untold);
  }

  /** When nothing comes any more. */
  async atEnd(): Promise<void> {
    const lacking = this.lacking();
    if (lacking !== null) throw lacking;
    const chains = await this.#chains.fault(this.#cells);
    if (chains !== null) throw new Violation('T15', chains);
  }
}
