/**
 * The task of one pipeline, from assignment to its end. Invariants T1-T10 in `SPEC.md`. What goes wrong is settled here, by the
 * disposition of the error alone: recover, wait and recover, or end.
 */
import { contractText } from '../domain/integration-event.js';
import { REGISTRATION_BYTES_MAX } from '../domain/registry/registration.js';
import { ONLY_FIRST } from '../domain/state/queue.js';
import { DragomanError } from '../errors.js';
import { type CommandSettings, CommandSteps } from './commands/command-steps.js';
import { Commands } from './commands/commands.js';
import { Care } from './decide/care.js';
import { boundary, hasClock } from './decide/draft.js';
import type { Observer, ParkedAggregate } from './events.js';
import { GroundWatch } from './read/ground-watch.js';
import { HeartbeatWatch } from './read/heartbeat-watch.js';
import { Input, type SourceInput } from './read/input.js';
import type { Pinning } from './kept/pinned-rules.js';
import { standing } from './kept/standing.js';
import { Lifecycle } from './lifecycle.js';
import { Memory } from './state/memory.js';
import type {
  Bounds,
  Clock,
  CommandLog,
  Ground,
  Heartbeats,
  Offsets,
  Random,
  Schemas,
  Sink,
  Source,
  StateStore,
} from './ports.js';
import { parkedAggregate, parkedStates } from './parked-aggregates.js';
import { StoredStates } from './state/stored-states.js';
import { NO_COMMANDS } from './progress/progress.js';
import { Routes } from './routes/routes.js';
import { presented } from './presented.js';
import { PlainRecords } from './read/plain-records.js';
import { Quarantine } from './read/quarantine.js';
import { observeStatus, Reader } from './read/reader.js';
import { type Recovered, recover } from './recover/recovery.js';
import { Signal } from './signal.js';
import { type InputSettings, sourceInputs } from './read/source-inputs.js';
import { Stop } from './stop.js';
import type { ToldInput } from './told/told-input.js';
import { trialTopics } from './state/records.js';
import { toldInput, type ToldStanding, toldTopics } from './told/told-inputs.js';
import { topicName } from './topic-name.js';
import { expectedFact } from '../translate/timers/named.js';
import { BrokerClock } from './timers/broker-clock.js';
import { PAST, timerOf } from './timers/due-hours.js';
import { Writer, type WriterSettings } from './write/writer.js';

export interface TaskSettings extends WriterSettings, CommandSettings, InputSettings {
  /** How rules that aggregates keep are loaded. */
  readonly compile: Pinning['compile'];
  readonly cacheBytesMax: number;
  /** Who the pipeline is under contracts of capabilities (`domain/ownership/headers.ts`). */
  readonly producer: string;
  /** Topics that an operator vouches for as they are now. */
  readonly acceptedTopics?: ReadonlySet<string>;
  /** Names that an operator vouches for: they are gone for good, or mean something else on purpose. */
  readonly acceptedNames?: ReadonlySet<string>;
}

export interface TaskPorts {
  readonly source: Source;
  readonly commands: CommandLog;
  readonly sink: Sink;
  readonly store: StateStore;
  readonly ground?: Ground;
  /** Absent: the time of a source moves with its transactions only. */
  readonly heartbeats?: Heartbeats;
  /** Absent: there is no registry. */
  readonly schemas?: Schemas;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observer;
}

/** Of a running task. */
interface Part {
  /** Resolves after `stop`. */
  run(): Promise<void>;
  stop(): void;
}

/** Sources, and contract topics, where a contract is moved. */
interface Reads {
  readonly inputs: readonly SourceInput[];
  readonly told: ToldInput | null;
}

/** Drafts whose rows are read ahead of the writer. */
const DRAFTS_AHEAD = 2;
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 15_000;
/** One after the other, whatever they are: nothing is committed, so the task does not count as running. */
const PAUSED_FROM_FAILURES = 3;
/** A person has to act; looked at again in case somebody did. */
const REFUSED_MS = 30_000;
export class Task {
  readonly #ports: TaskPorts;
  readonly #settings: TaskSettings;
  readonly #lifecycle: Lifecycle;
  readonly #memory: Memory;
  readonly #stop = new Stop();
  /** Everything that runs until one of it ends. */
  #running: readonly Part[] = [];
  #lost = false;
  #failures = 0;
  readonly #care = new Care();
  readonly #plain: PlainRecords;
  readonly #routes: Routes;

  constructor(ports: TaskPorts, settings: TaskSettings) {
    const observe = presented(settings.rules, ports.observe);
    this.#ports = { ...ports, observe };
    const { store, sink, clock, random } = ports;
    this.#lifecycle = new Lifecycle((state, reason) => observe({ kind: 'state', state, reason }));
    const { topics, cacheBytesMax: bytesMax, translate, rules } = settings;
    const partitionOf = (topic: string, place: string): number => sink.partitionOf(topic, place);
    const { parts } = translate;
    this.#memory = new Memory({
      ...{ store, clock, random, observe, bytesMax, topics, partitionOf, parts },
      tables: rules.tables,
      pinning: { rules, digest: translate.digest, compile: settings.compile },
    });
    const { registrations } = settings;
    const named = rules.contracts.filter((one) => registrations.has(contractText(one.name, one.majorVersion)));
    const namedTopics = new Set(named.map(({ topic }) => topic));
    const recordBytesMax = (topic: string): number =>
      sink.recordBytesMax(topic) - (namedTopics.has(topic) ? REGISTRATION_BYTES_MAX : 0);
    const { pinned: pins } = this.#memory;
    this.#routes = new Routes({
      ...{ routed: rules.routed, pipeline: settings.pipeline, shard: settings.shard, producer: settings.producer },
      ...{ source: translate.eventSource, ownership: topics.ownership },
      topics: new Map(rules.contracts.map((one) => [contractText(one.name, one.majorVersion), one.topic])),
      partitionsOf: (topic) => sink.partitionsOf(topic),
    });
    const routing = rules.routed.size === 0 ? {} : { routing: this.#routes };
    this.#settings = { ...settings, translate: { ...translate, recordBytesMax, pins, ...routing } };
    this.#plain = new PlainRecords(ports.schemas ?? null);
  }

  /** Commits what is decided and ends. */
  stop(): void {
    this.#stop.set();
    this.#halt();
  }

  /** The partitions belong to another member: ends without publishing anything more. */
  lose(): void {
    this.#lost = true;
    this.stop();
  }

  /**
   * Resolves when the task has ended. May be called again after it has thrown: it recovers, as after any doubt.
   * @throws DragomanError with disposition `fatal`; the task is paused.
   */
  async run(): Promise<'closed' | 'fenced'> {
    while (!this.#stop.isSet()) {
      try {
        await this.#runOnce();
      } catch (cause) {
        const error = asDragomanError(cause);
        const { code, disposition, message: text } = error;
        // A former owner that was stopped meanwhile holds what it read before against what was written since: no alarm.
        if (disposition === 'refuse' && (await this.#isOwned()) !== true) break;
        if (this.#takesCare(error)) continue;
        this.#ports.observe({ kind: 'failed', code, disposition, text });
        if (disposition === 'fatal') this.#lifecycle.moveTo('paused', `${code}: ${text}`);
        if (disposition === 'fatal') throw error;
        if (this.#stop.isSet()) break;
        await this.#settle(error);
      }
    }
    return this.#end(this.#lost ? 'fenced' : 'closed');
  }

  /**
   * One transaction of a draft stops the pipeline: first all that come before it are committed, by themselves. So nothing waits for it
   * that came earlier, and what it meets is there for an operator to look at.
   */
  #takesCare({ code, disposition, message: text }: DragomanError): boolean {
    if (!this.#care.begin(code, this.#settings.limits)) return false;
    // What comes of the others is told when they are met again, by themselves.
    if (code === 'RULE_TOO_SLOW') this.#ports.observe({ kind: 'failed', code, disposition, text });
    return true;
  }

  async #runOnce(): Promise<void> {
    const { sink, source, clock } = this.#ports;
    this.#lifecycle.moveTo('fencing');
    await sink.fence();
    this.#lifecycle.moveTo('restoring');
    const recovered = await this.#recover();
    if (recovered === null) return;
    await this.#memory.reset(recovered.marker, recovered.ends);
    this.#routes.checkKept(this.#memory.pinned.contracts);
    await this.#tellPinned();
    await this.#tellParked(recovered);
    await this.#tellOverdue(recovered);
    const broker = new BrokerClock(clock);
    const inputs = sourceInputs(this.#settings, source.partitions, { ...recovered, broker });
    const told = this.#toldInput(recovered);
    await source.seek(boundary(inputs, told).offsets);
    if (this.#stop.isSet()) return;
    this.#lifecycle.moveTo('running');
    await this.#work({ inputs, told }, broker, recovered);
  }

  /**
   * A refusal is believed of the only writer alone: one that was stopped on the way, and fenced meanwhile, holds what it read before
   * against what others did since (SPEC T8).
   */
  async #recover(): Promise<(Recovered & { readonly bounds: Bounds }) | null> {
    const { sink, store, ground, clock, observe, source } = this.#ports;
    const { rules, qualifier, shard, acceptedTopics: accepted, acceptedNames } = this.#settings;
    try {
      const isStopping = (): boolean => this.#stop.isSet();
      const recovered = await recover({
        ...{ sink, store, ground, rules, qualifier, shard, clock, observe, accepted, acceptedNames, isStopping },
      });
      if (recovered === null) return null;
      const bounds = await source.bounds();
      this.#routes.reset(recovered.progress?.ownership);
      checkOffsets(recovered, bounds, this.#isNeeded);
      return { ...recovered, bounds };
    } catch (error) {
      if (error instanceof DragomanError && error.disposition === 'refuse') await sink.confirmFence();
      throw error;
    }
  }

  /** In a contract topic nothing is that is not ours, as long as no service ever had a route; in a trial topic nothing that has to be read. */
  readonly #isNeeded = (partition: string): boolean => {
    const { rules } = this.#settings;
    const topic = topicName(partition);
    if (trialTopics(rules).includes(topic)) return false;
    return this.#routes.isServed || !toldTopics(rules).includes(topic);
  };

  /** Null: no contract is moved. */
  #toldInput({ progress, bounds }: Pick<ToldStanding, 'progress' | 'bounds'>): ToldInput | null {
    const { sink, source } = this.#ports;
    const partitionOf = (topic: string, key: string): number => sink.partitionOf(topic, key);
    const routesOf = (contract: string) => this.#routes.answerable(contract);
    return toldInput(this.#settings, source.partitions, { progress, bounds, partitionOf, routesOf });
  }

  async #tellPinned(): Promise<void> {
    const { sink, observe } = this.#ports;
    const { topics } = this.#memory.pinned;
    if (topics.length > 0) await sink.alsoTo(topics);
    const isRouted = this.#settings.rules.routed.size > 0;
    for (const event of standing(this.#memory, isRouted)) observe(event);
    if (isRouted) observe(this.#routes.told);
  }

  async #tellParked({ marker }: Recovered): Promise<void> {
    const { store, observe } = this.#ports;
    const aggregates: ParkedAggregate[] = [];
    const stored = new StoredStates(store, ONLY_FIRST);
    await stored.open(marker);
    const reads = { parked: () => stored.parked(marker), load: (keys: readonly string[]) => stored.load(marker, keys) };
    for await (const { ref, state } of parkedStates(reads)) {
      if (this.#stop.isSet()) return;
      aggregates.push(parkedAggregate(ref, state, this.#settings.rules));
    }
    observe({ kind: 'parkedBefore', aggregates });
  }

  async #tellOverdue({ marker }: Recovered): Promise<void> {
    const { store, observe } = this.#ports;
    const stored = new StoredStates(store, ONLY_FIRST);
    await stored.open(marker);
    observe({ kind: 'overdueBefore' });
    for await (const fields of stored.fields(marker, PAST))
      for (const [field, dueMs] of fields) {
        const fact = expectedFact(timerOf(field).name);
        if (fact !== null) observe({ kind: 'overdue', fact, dueMs: Number(dueMs), more: 1 });
      }
  }

  async #work({ inputs, told }: Reads, broker: BrokerClock, recovered: Recovered): Promise<void> {
    const { source, sink, clock, observe } = this.#ports;
    const work = new Signal();
    const { commands: known = NO_COMMANDS, parity } = recovered.progress ?? {};
    const { next, resolved } = known;
    const commands = new Commands({ log: this.#ports.commands, observe, work }, next);
    await commands.read();
    const onIdle = (): void => {
      if (inputs.some(({ sequencer }) => sequencer.look() !== null) || (told?.waiting ?? 0) > 0) return;
      if (!reader.isIdle || !writer.isIdle || !commands.isEmpty) return;
      observeStatus(inputs, observe);
      observe({ kind: 'idle' });
    };
    const read = { source, inputs, told, plain: this.#plain, observe };
    const input = new Input(read, this.#settings.limits.rowsMax * DRAFTS_AHEAD);
    const quarantine = new Quarantine(this.#settings.shard);
    const reader = new Reader({ source, input, inputs, told, quarantine, observe, work, onIdle });
    /** What is committed is progress: the next failure is the first again, however long this task has been running. */
    const settled: Observer = (event) => {
      if (event.kind === 'committed' && event.result === 'committed') this.#failures = 0;
      observe(event);
    };
    const memory = this.#memory;
    const routes = this.#routes;
    const ports = { commands, inputs, memory, source, sink, quarantine, clock, routes, told };
    const decided = { resolved, ...(parity === undefined ? {} : { parity }) };
    const steps = new CommandSteps(ports, this.#settings, decided);
    const onCollected = (): void => source.wake();
    const writer = new Writer(
      {
        sink,
        memory,
        inputs,
        told,
        commands: steps,
        routes,
        clock,
        broker,
        observe: settled,
        care: this.#care,
        work,
        onIdle,
        onCollected,
      },
      this.#settings,
      recovered,
    );
    const { ground, heartbeats } = this.#ports;
    const needed = (): Offsets => boundary(inputs, told).offsets;
    const parts: Part[] = [reader, writer, commands];
    if (ground !== undefined)
      parts.push(new GroundWatch({ ground, observe, needed, onEmptied: () => writer.announce() }, recovered.topics));
    if (heartbeats !== undefined && hasClock(this.#memory.pinned.sets, this.#settings.rules))
      parts.push(new HeartbeatWatch({ heartbeats, source, inputs, work }));
    this.#running = parts;
    if (this.#stop.isSet()) this.#halt();
    try {
      const all = parts.map((part) => part.run().finally(() => this.#halt()));
      const failed = (await Promise.allSettled(all)).find((part) => part.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    } finally {
      this.#running = [];
    }
  }

  /** Asks the group, which may be away longer than there is time. @returns null when the task is told to end before it has answered. */
  async #isOwned(): Promise<boolean | null> {
    const isOwned = await this.#stop.or(() => this.#ports.source.confirmOwned());
    if (isOwned === false) this.lose();
    return isOwned;
  }

  #halt(): void {
    for (const part of this.#running) part.stop();
  }

  async #settle({ code, disposition, message: text }: DragomanError): Promise<void> {
    this.#failures += 1;
    const isPaused = disposition === 'retry' || disposition === 'refuse' || this.#failures >= PAUSED_FROM_FAILURES;
    if (isPaused) this.#lifecycle.moveTo('paused', `${code}: ${text}`);
    const retryMs = Math.min(RETRY_MS * 2 ** Math.min(this.#failures - 1, 10), RETRY_MAX_MS);
    if (disposition === 'refuse') await this.#stop.wait(REFUSED_MS);
    else if (disposition === 'retry' || this.#failures > 1) await this.#stop.wait(retryMs);
    await this.#isOwned();
  }

  #end(end: 'closed' | 'fenced'): 'closed' | 'fenced' {
    this.#lifecycle.moveTo(end === 'fenced' ? 'fenced' : 'closing');
    this.#lifecycle.moveTo('closed');
    return end;
  }
}

/** Committed offsets that point to records which are gone would be skipped silently by the consumer (H17). */
function checkOffsets({ progress }: Recovered, bounds: Bounds, isNeeded: (partition: string) => boolean): void {
  for (const [partition, { first, end }] of bounds) {
    const offset = progress?.offsets.get(partition);
    if (offset === undefined || !isNeeded(partition) || (offset >= first && offset <= end)) continue;
    throw new DragomanError(
      'OFFSETS_LOST',
      `Offset ${offset} of ${partition} was committed, but the partition holds ${first} to ${end}: its records expired before they ` +
        `were read, or the topic was re-created. Going on would lose orders. Re-snapshot, then start a new namespace.`,
      { details: { partition, offset, first, end } },
    );
  }
}

function asDragomanError(cause: unknown): DragomanError {
  if (cause instanceof DragomanError) return cause;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return new DragomanError('INVARIANT_BROKEN', `An unexpected error: ${text}`, { cause });
}
