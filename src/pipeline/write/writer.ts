/**
 * Second half of a running task: takes what the sequencers have ready, decides it, and commits it. One Kafka transaction at a
 * time; while it is under way the next draft is decided if a full one is waiting, and the store write of the one before may
 * still be running. What becomes of a draft:
 *
 *   taken       out of the sequencers (`collect`); nothing is ever put back into them
 *   decided     its records wait in `#prepared`, in commit order; its states are in memory already, where the next decision finds them
 *   committed   its Kafka transaction was answered: it is the truth (SPEC T2)
 *   stored      the store follows, at most one commit behind; until then memory keeps it (T10)
 *
 * Any failure ends the writer. What is not committed then is forgotten with it, and with the memory and the sequencers it stood in: the
 * next writer starts with new ones, from the committed offsets (T4).
 */
import { aggregateText } from '../../domain/state/aggregate-state.js';
import type { ChangeSet } from '../../domain/change-set.js';
import { isNothing } from '../../changeset/split.js';
import type { CommandsSoFar, CommandSteps } from '../commands/command-steps.js';
import type { Care } from '../decide/care.js';
import { decide } from '../decide/decide.js';
import { type DecideSettings, type Decisions, nothingBut } from '../decide/decisions.js';
import { type Boundary, boundary, collect, consumedText, isAnyReady, isFullDraftReady } from '../decide/draft.js';
import { cut, type Draft, type DraftLimits, leftBy, NO_ROWS } from '../decide/draft.js';
import type { Observer } from '../events.js';
import type { SourceInput } from '../read/input.js';
import { Timekeeper } from '../decide/timekeeper.js';
import { encodeMarker } from '../state/marker.js';
import type { Memory } from '../state/memory.js';
import { encodeFootprint, toldWith } from '../progress/footprint.js';
import type { Clock, Sink } from '../ports.js';
import { encodeProgress, type Progress } from '../progress/progress.js';
import { progressRecord } from '../state/records.js';
import { knowledgeTeller } from '../progress/known-tables.js';
import type { Recovered } from '../recover/recovery.js';
import type { Routes } from '../routes/routes.js';
import { splitAll } from '../decide/references.js';
import type { Signal } from '../signal.js';
import type { BrokerClock } from '../timers/broker-clock.js';
import { dueSweep } from '../decide/sweep.js';
import type { ToldInput } from '../told/told-input.js';
import { Beside, IDLE_COMMIT_MS } from './beside.js';
import { linger } from './linger.js';
import { RouteSteps } from './route-steps.js';
import { sweepWhole } from './sweeping.js';

export interface WriterPorts {
  readonly sink: Sink;
  readonly memory: Memory;
  readonly inputs: readonly SourceInput[];
  /** Contract topics; absent: none is moved. */
  readonly told?: ToldInput | null;
  readonly commands: CommandSteps;
  readonly routes: Routes;
  readonly clock: Clock;
  readonly broker: BrokerClock;
  readonly observe: Observer;
  /** Counted down by the writer. */
  readonly care: Care;
  /** Notified by the reader when something was sequenced, and by `stop`. */
  readonly work: Signal;
  /** Called when the sequencers have room again. */
  readonly onCollected: () => void;
  /** Called when everything that was complete is committed and stored. */
  readonly onIdle: () => void;
}

export interface WriterSettings extends DecideSettings {
  /** Part of the id of each aggregate (decision 0015); null: they have none. */
  readonly qualifier: string | null;
  readonly limits: DraftLimits;
  readonly lingerMs: number;
  /** A service that is asked for a route has so long to answer before that is told. */
  readonly handoverWaitMs: number;
}

/** Decided, to be committed in one Kafka transaction. */
interface Prepared {
  readonly decisions: Decisions;
  readonly boundary: Boundary;
  readonly commands: CommandsSoFar;
}

/** A command waits for a transaction that has to be read, or settled, first. */
const COMMAND_WAIT_MS = 200;

export class Writer {
  readonly #ports: WriterPorts;
  readonly #settings: WriterSettings;
  /** Of the last Kafka transaction. */
  #commitNumber: number;
  /** What sources that are not read now left behind: they may come back. */
  readonly #before: Pick<Progress, 'offsets' | 'frontiers' | 'marks'>;
  readonly #beside: Beside;
  /** Of a big source transaction, as far as they are not decided: they come before anything else, so nothing overtakes anything. */
  #drafts: Draft[] = [];
  /** Decided while a commit is under way. */
  #ahead: Prepared | null = null;
  #saving: Promise<void> = Promise.resolve();
  readonly #time: Timekeeper;
  /** Drafts so far. */
  #turn = 0;
  /** Rows go on between the parts of a command. */
  #areRowsNext = false;
  #isToldNext = false;
  readonly #routeSteps: RouteSteps;
  /** Rows were taken of which nothing is this shard's; there may be more. */
  #passedRows = false;
  #stopping = false;
  #idle = false;
  readonly #tellKnowledge: (now: Boundary['known']) => void;

  constructor(
    ports: WriterPorts,
    settings: WriterSettings,
    { progress, footprint }: Pick<Recovered, 'progress' | 'footprint'>,
  ) {
    this.#ports = ports;
    this.#settings = settings;
    this.#commitNumber = progress?.commit ?? 0;
    this.#before = progress ?? { offsets: new Map(), frontiers: {} };
    const stands = footprint === null ? [] : [progressRecord(settings.topics, 'footprint', encodeFootprint(footprint))];
    // Where contract topics are begun is said at once.
    const lastMs = ports.told?.isAnew === true ? -Infinity : ports.clock.nowMs();
    this.#beside = new Beside([...stands, ...ports.routes.announced()], lastMs);
    this.#time = new Timekeeper(ports, progress?.clock ?? null);
    this.#routeSteps = new RouteSteps(ports, this.#time, settings.handoverWaitMs);
    this.#tellKnowledge = knowledgeTeller(ports.observe);
    this.#tellKnowledge(this.#boundary().known);
  }

  get isIdle(): boolean {
    return this.#idle;
  }

  /** Finishes what is under way, then `run` resolves. */
  stop(): void {
    this.#stopping = true;
    this.#ports.work.notify();
  }

  /** Writes how routes stand once more: what had it was made anew. */
  announce(): void {
    this.#beside.add(this.#ports.routes.announced());
    this.#ports.work.notify();
  }

  async run(): Promise<void> {
    while (!this.#stopping) {
      const next = this.#ahead ?? (await this.#prepare());
      this.#ahead = null;
      if (next !== null) await this.#commitWhilePreparing(next);
      else if (!this.#passedRows) await this.#rest();
    }
    await this.#saving;
  }

  /** Nothing is under way: whatever there is to commit. A command goes before rows: it may be what lets them go on. */
  async #prepare(): Promise<Prepared | null> {
    return (
      (await this.#nextDraft()) ??
      (await this.#publishOwed()) ??
      (await this.#prepareCommand()) ??
      (await this.#sweep()) ??
      (await this.#prepareTimers()) ??
      (await this.#prepareInput()) ??
      this.#progress()
    );
  }

  /** A commit is under way, and a full draft is waiting. No sweep, and nothing before what is owed: their parts are committed one by one. */
  async #prepareAhead(): Promise<Prepared | null> {
    if (this.#routeSteps.isOwing) return null;
    const first = (await this.#nextDraft()) ?? (await this.#prepareCommand());
    if (first !== null || this.#ports.memory.timers.isUnread) return first;
    return (await this.#prepareTimers()) ?? this.#prepareInput();
  }

  async #rest(): Promise<void> {
    await this.#saving;
    this.#idle = true;
    this.#ports.onIdle();
    await this.#ports.work.wait(this.#ports.commands.isEmpty ? IDLE_COMMIT_MS : COMMAND_WAIT_MS);
    this.#idle = false;
  }

  async #commitWhilePreparing(next: Prepared): Promise<void> {
    const committing = { done: false };
    const commit = this.#commit(next).finally(() => {
      committing.done = true;
      this.#ports.work.notify();
    });
    // Seen below; here only so that a failure during `#prepareAhead` leaves no promise unobserved.
    commit.catch(() => undefined);
    try {
      while (!committing.done && !this.#stopping && this.#ahead === null) {
        if (this.#isFullDraftWaiting()) this.#ahead = await this.#prepareAhead();
        // A full draft may wait for the rows of its first transaction: only the reader, and a turn of the event loop, bring them.
        if (this.#ahead === null) await this.#ports.work.wait(IDLE_COMMIT_MS);
      }
    } catch (error) {
      await commit.catch(() => undefined); // nothing of this writer may take effect after its end (SPEC T3)
      throw error;
    }
    await commit;
  }

  #prepared(decisions: Decisions): Prepared {
    return { decisions, boundary: this.#boundary(), commands: this.#ports.commands.progress };
  }

  #boundary(): Boundary {
    return boundary(this.#ports.inputs, this.#ports.told);
  }

  #isFullDraftWaiting(): boolean {
    return this.#drafts.length > 0 || isFullDraftReady(this.#ports.inputs, this.#settings.limits);
  }

  async #prepareCommand(): Promise<Prepared | null> {
    const { commands } = this.#ports;
    this.#areRowsNext = commands.isUnderWay && !this.#areRowsNext;
    const rows = this.#areRowsNext ? await this.#prepareRows() : null;
    const decisions = rows === null ? await commands.next() : null;
    return rows ?? (decisions && this.#prepared(decisions));
  }

  /** At the end of a snapshot, while nothing else is under way: commits all parts of its sweep. @returns the progress past it. */
  async #sweep(): Promise<Prepared | null> {
    const { inputs, memory, clock, observe } = this.#ports;
    const { rules, limits } = this.#settings;
    const due = dueSweep(inputs);
    if (due === null) return null;
    await this.#saving;
    const before = this.#boundary();
    const isDone = await sweepWhole(due, {
      ...{ memory, rules, clock, observe, changeSetsMax: limits.changeSetsMax, isStopping: () => this.#stopping },
      settle: (changeSets) => this.#settle(changeSets, before),
    });
    return isDone ? this.#prepared(nothingBut(memory)) : null;
  }

  /** What a service owes that is its own no more, part by part. Others wait: it happened before. */
  async #publishOwed(): Promise<null> {
    if (!this.#routeSteps.isOwing) return null;
    await this.#saving;
    const before = this.#boundary();
    for await (const part of this.#routeSteps.owed(this.#settings.limits.changeSetsMax, before.clock)) {
      if (this.#stopping) return null;
      await this.#settle(part, before);
    }
    return null;
  }

  async #settle(changeSets: readonly ChangeSet[], before: Boundary): Promise<void> {
    const { memory, commands } = this.#ports;
    await memory.loadStates(changeSets.map(aggregateText));
    const decisions = await this.#decide({ ...NO_ROWS, changeSets, boundary: before });
    await this.#commit({ decisions, boundary: before, commands: commands.progress });
    await this.#saving;
  }

  /** What is due before the next transaction, as far as one draft takes it; or a move of routes that is due, or was answered. */
  async #prepareTimers(): Promise<Prepared | null> {
    const { memory } = this.#ports;
    if (memory.timers.isUnread) await this.#saving.then(() => memory.readTimers());
    const changeSets = this.#time.due(this.#turn, this.#settings.limits.changeSetsMax);
    if (changeSets.length === 0) {
      const move = this.#routeSteps.next(this.#turn);
      return move && this.#prepared(move);
    }
    this.#drafts = [{ ...NO_ROWS, changeSets, boundary: this.#boundary() }];
    return this.#nextDraft();
  }

  /** Rows and what was told, by turns: neither keeps the other from going on. */
  async #prepareInput(): Promise<Prepared | null> {
    this.#isToldNext = !this.#isToldNext;
    if (this.#isToldNext) return (await this.#prepareTold()) ?? this.#prepareRows();
    return (await this.#prepareRows()) ?? this.#prepareTold();
  }

  async #prepareTold(): Promise<Prepared | null> {
    const taken = this.#ports.told?.take(this.#settings.limits.changeSetsMax, this.#time.timing.clock) ?? null;
    if (taken === null) return null;
    this.#ports.onCollected();
    this.#drafts = [{ ...NO_ROWS, ...taken, boundary: this.#boundary() }];
    return this.#nextDraft();
  }

  /** Takes what is ready, and decides the first draft of it. Only a big source transaction has several. */
  async #prepareRows(): Promise<Prepared | null> {
    const { inputs, memory, commands, care, onCollected, work } = this.#ports;
    const { limits, lingerMs } = this.#settings;
    const mayBringMore = (): boolean => isAnyReady(inputs) && !this.#isFullDraftWaiting();
    if (lingerMs > 0) await linger(lingerMs, work, () => mayBringMore() && commands.isEmpty && !this.#stopping);
    const collected = collect(inputs, care.limits(limits), this.#time.timing, this.#turn, this.#ports.told);
    this.#passedRows = false;
    if (collected === null) return null;
    this.#turn += 1;
    onCollected();
    const splits = await this.#timed('load', () => splitAll(collected.sequenced, memory, this.#settings));
    care.take(collected.sequenced.length);
    this.#passedRows = this.#settings.shard.count > 1 && splits.every(isNothing);
    if (this.#passedRows) return null;
    this.#drafts = cut(splits, collected, limits);
    return this.#nextDraft();
  }

  /** One after the other, so that what the others come to does not stand in memory meanwhile. */
  async #nextDraft(): Promise<Prepared | null> {
    const draft = this.#drafts.shift();
    if (draft === undefined) return null;
    const { memory, commands } = this.#ports;
    await this.#timed('load', () => memory.loadStates(draft.changeSets.map(aggregateText)));
    await memory.loadQueues(leftBy(draft));
    const decisions = await this.#timed('translate', () => this.#decide(draft));
    return { decisions, boundary: draft.boundary, commands: commands.progress };
  }

  #decide(draft: Draft): Promise<Decisions> {
    const { memory, care } = this.#ports;
    return decide(draft, memory, { ...this.#settings, isOneByOne: care.isTimedEach });
  }

  /** Progress without decisions: transactions of other tables, replays. */
  #progress(): Prepared | null {
    const { clock, memory, commands } = this.#ports;
    const isDue = this.#beside.isDue(clock.nowMs(), () => consumedText(this.#boundary(), commands.progress));
    return isDue ? this.#prepared(nothingBut(memory)) : null;
  }

  async #commit(prepared: Prepared): Promise<void> {
    const { decisions, boundary: at, commands } = prepared;
    const { offsets, known, clock: time } = at;
    const { sink, clock, observe } = this.#ports;
    const { topics } = this.#settings;
    const started = clock.nowMs();
    const commit = this.#commitNumber + 1;
    const progress = this.#progressText(commit, prepared);
    const beside = this.#beside.records;
    const records = [...beside, ...decisions.records, progressRecord(topics, 'progress', progress)];
    const seconds = (): number => (clock.nowMs() - started) / 1_000;
    let timeMs: number;
    try {
      timeMs = await sink.commit({ records, offsets, metadata: toldWith(commit), bases: decisions.bases });
    } catch (error) {
      observe({ kind: 'committed', result: 'failed', seconds: seconds(), published: [] });
      throw error;
    }
    this.#commitNumber = commit;
    this.#ports.broker.answered(timeMs);
    this.#beside.committed(beside, clock.nowMs(), consumedText({ offsets, clock: time }, commands));
    observe({ kind: 'committed', result: 'committed', seconds: seconds(), published: decisions.published });
    observe({ kind: 'stage', stage: 'commit', seconds: seconds() });
    for (const event of decisions.told) observe(event);
    this.#tellKnowledge(known);
    this.#time.tell(at);
    this.#ports.commands.committed(commands);
    if (decisions.cells.length > 0) await this.#save(decisions, { commit, timeMs });
  }

  #progressText(
    commit: number,
    { decisions, boundary: at, commands: { next, resolved, ownership, parity } }: Prepared,
  ): string {
    const { offsets, frontiers, clock, marks = this.#before.marks } = at;
    return encodeProgress({
      commit,
      offsets: new Map([...this.#before.offsets, ...offsets]),
      frontiers: { ...this.#before.frontiers, ...frontiers },
      commands: { next, resolved },
      clock: this.#time.clockAt(clock),
      ends: decisions.ends,
      digest: this.#settings.translate.digest,
      ...(ownership === undefined ? {} : { ownership }),
      ...(parity === undefined ? {} : { parity }),
      ...(marks === undefined ? {} : { marks }),
    });
  }

  /** One store write may be running while the next commit is; two may not. */
  async #save(
    decisions: Decisions,
    { commit, timeMs }: { readonly commit: number; readonly timeMs: number },
  ): Promise<void> {
    await this.#saving;
    const { memory, sink, work } = this.#ports;
    const marker = encodeMarker({ cluster: sink.clusterId, commit, timeMs, state: decisions.ends.state });
    this.#saving = this.#timed('store', () => memory.save(decisions, marker));
    this.#saving.catch(() => work.notify());
  }

  async #timed<T>(stage: 'load' | 'translate' | 'store', run: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await run();
    this.#ports.observe({ kind: 'stage', stage, seconds: (performance.now() - started) / 1_000 });
    return result;
  }
}
