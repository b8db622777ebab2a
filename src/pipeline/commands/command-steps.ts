/**
 * Commands as steps of the writer, in their order, between drafts; each is committed with the offset after it. Eight kinds end in
 * different places:
 *
 *   over an aggregate      in its state, decided at once, or in parts when more waits than is taken up at once (`decide-command.ts`)
 *   over a held            in a sequencer, and in the progress for as long as it takes (`held-decisions.ts`). A command that finds no such
 *   transaction            transaction looks for it first (`search.ts`)
 *   over rules that        in the counts of what keeps them, whatever those are (`migrating.ts`)
 *   are kept
 *   over routes            in what is committed of them, and are carried out at their instant (`routes/routes.ts`)
 *   over parity            in what is committed of it (`parity/accepting.ts`)
 *   over discrepancies     in what is known of them (`discrepancies/register.ts`), of each shard what is its own
 *   over what was          in contract or audience topics, and in the states of its aggregates (`repair/`)
 *   published
 *   over tables            in what is known of a source, when all is handed on that was there when the command was first looked at
 *
 * A command that has to wait keeps those behind it waiting, while rows go on.
 *
 * Each shard reads all commands. One over an aggregate is its owner's, the others pass over it; of a repair each has its own part; all others each shard carries out by itself. What
 * time decides (`read/quarantine.ts`) the first shard makes a command, so that all decide alike.
 */
import { ownsAggregate } from '../../changeset/sharing.js';
import {
  type CommandOutcome,
  type CommandResult,
  isOnAggregate,
  isOnDiscrepancies,
  isOnParity,
  isOnRoutes,
  isOnRules,
  isOnTables,
  isOnTransaction,
  isRepair,
  outcomeOf,
  type ReadCommand,
  type RouteCommand,
  readCommand,
  type TablesCommand,
  type TransactionCommand,
} from '../../domain/command.js';
import type { Commands, LostCommands } from './commands.js';
import { decideCommand, isUnderWay, loadFor } from './decide-command.js';
import { decideDiscrepancies } from './discrepancies.js';
import { migrateAll } from './migrating.js';
import type { AskedPorts } from './repair/asked.js';
import { ownTargets, repair } from './repair/repair.js';
import type { RepairSettings } from './repair/repeats.js';
import { type Decisions, nothingBut } from '../decide/decisions.js';
import type { PipelineEvent } from '../events.js';
import type { SourceInput } from '../read/input.js';
import { type Quarantine, quarantineCommand } from '../read/quarantine.js';
import type { Clock, CommandRecord, Offsets, Source } from '../ports.js';
import type { Ownership } from '../progress/ownership.js';
import type { CommandProgress, Progress, Resolved } from '../progress/progress.js';
import { AcceptedFindings } from '../parity/accepting.js';
import type { Routes } from '../routes/routes.js';
import type { ToldInput } from '../told/told-input.js';
import { HeldDecisions } from './held-decisions.js';
import { endsOf, isPast, Search } from './search.js';

export interface CommandStepsPorts extends AskedPorts {
  readonly commands: Commands;
  readonly inputs: readonly SourceInput[];
  readonly source: Pick<Source, 'bounds' | 'wake'>;
  readonly quarantine: Pick<Quarantine, 'takeOverdue'>;
  readonly clock: Clock;
  readonly routes: Routes;
  /** Contract topics; null: none is moved. */
  readonly told: Pick<ToldInput, 'isPast'> | null;
}

export interface CommandSettings extends RepairSettings {
  /** Commands for others only move the offset. */
  readonly pipeline: string;
}

export interface CommandsSoFar extends CommandProgress {
  /** To be told when it is committed. */
  readonly lost: LostCommands | null;
  /** Undefined: no route was ever moved. */
  readonly ownership: Ownership | undefined;
  /** Undefined: nothing of parity is accepted. */
  readonly parity: Progress['parity'] | undefined;
}

export interface KnownDecisions extends Pick<Progress, 'parity'> {
  readonly resolved: readonly Resolved[];
}

export class CommandSteps {
  readonly #ports: CommandStepsPorts;
  readonly #settings: CommandSettings;
  readonly #held: HeldDecisions;
  readonly #accepted: AcceptedFindings;
  /** The first command waits for the end of this. */
  #search: Search | null = null;
  /** The first command waits until everything before these is handed on: the input's ends when it was first looked at. */
  #ends: Offsets | null = null;
  #isUnderWay = false;

  /** @param known what was decided over held transactions, and accepted of parity, as it stood in the committed progress. */
  constructor(ports: CommandStepsPorts, settings: CommandSettings, known: KnownDecisions) {
    this.#ports = ports;
    this.#settings = settings;
    this.#held = new HeldDecisions(ports, known.resolved);
    this.#accepted = new AcceptedFindings(settings.rules.routed, known.parity?.accepted);
  }

  /** The first command had a part of its effect, and has the next one when it is asked for again. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  get isEmpty(): boolean {
    return this.#ports.commands.isEmpty;
  }

  /** With what was decided so far. */
  get progress(): CommandsSoFar {
    const { needed: next, lost } = this.#ports.commands;
    const { progress: ownership } = this.#ports.routes;
    return { next, resolved: this.#held.standing, lost, ownership, parity: this.#accepted.progress };
  }

  /** What {@link progress} was is committed. */
  committed({ lost }: CommandsSoFar): void {
    this.#ports.commands.committed(lost);
  }

  /** What the next command comes to; null when there is none, or rows have to come first. */
  async next(): Promise<Decisions | null> {
    const { commands } = this.#ports;
    await this.#held.carryOutAgain();
    for (let record = commands.peek(); record !== undefined; record = commands.peek()) {
      const read = record.key === this.#settings.pipeline ? readCommand(record.value) : null;
      if (read !== null && !this.#isOfOthers(read)) return this.#step(record, read);
      commands.advance();
    }
    return this.#ofTime();
  }

  /** What is none is told by one shard. */
  #isOfOthers(read: ReadCommand): boolean {
    const { shard } = this.#settings;
    if (read.kind !== 'command') return shard.index > 0;
    const { command } = read;
    if (isRepair(command)) return ownTargets(command, shard).length === 0;
    return isOnAggregate(command) && !ownsAggregate(shard, command.arguments);
  }

  /** Written when all that were sent before are done with, so that none is sent twice (decision 0023). */
  #ofTime(): Decisions | null {
    const { quarantine, memory, clock } = this.#ports;
    const { pipeline, topics } = this.#settings;
    const overdue = quarantine.takeOverdue();
    if (overdue.length === 0) return null;
    const at = { random: memory.random, nowMs: clock.nowMs() };
    const records = overdue.map((held) => ({
      topic: topics.commands,
      key: pipeline,
      value: JSON.stringify(quarantineCommand(pipeline, held, at)),
    }));
    return { ...nothingBut(memory), records };
  }

  async #step(record: CommandRecord, read: ReadCommand): Promise<Decisions | null> {
    const { commands, memory } = this.#ports;
    const { pipeline } = this.#settings;
    if (read.kind !== 'command') return this.#over(unreadable(record, read.kind, read.text));
    const { command } = read;
    if (command.pipeline !== pipeline) {
      return this.#over(unreadable(record, 'malformed', `pipeline: it says ${command.pipeline}, its key ${pipeline}.`));
    }
    if (isOnTransaction(command)) return this.#resolve(command);
    if (isOnTables(command)) return this.#vouch(command);
    if (isOnRoutes(command)) return this.#route(command);
    if (isOnParity(command)) return this.#over(this.#accepted.take(command));
    if (isOnDiscrepancies(command)) {
      commands.advance();
      return decideDiscrepancies(command, memory, this.#settings);
    }
    if (isOnRules(command)) {
      commands.advance();
      return migrateAll(command, memory, this.#settings);
    }
    if (isRepair(command)) {
      const repaired = await repair(command, this.#ports, this.#settings);
      commands.advance();
      return repaired;
    }
    await loadFor(command, memory, this.#settings);
    const decided = await decideCommand(command, memory, this.#settings);
    this.#isUnderWay = isUnderWay(command, memory, this.#settings);
    if (!this.#isUnderWay) commands.advance();
    return decided;
  }

  /** What a service told before a route is taken from it counts: it was fenced, so that is everything which is there when this is first looked at. */
  async #route(command: RouteCommand): Promise<Decisions | null> {
    const { told, source, routes } = this.#ports;
    if (command.kind === 'route.take-over' && told !== null) {
      const ends = (this.#ends ??= await endsOf(source));
      if (!told.isPast(ends)) return null;
    }
    return this.#over(routes.take(command));
  }

  /** The rows of the snapshot that the command speaks of were written before it: with everything before it they are in the states. */
  async #vouch(command: TablesCommand): Promise<Decisions | null> {
    const { source, tables } = command.arguments;
    const input = this.#inputOf(source);
    if (input === undefined) return this.#over(outcomeOf(command, 'refused', noSource(source)));
    const stranger = tables.find((table) => !this.#settings.rules.tables.has(table));
    if (stranger !== undefined)
      return this.#over(outcomeOf(command, 'refused', `No table definition is named ${stranger}.`));
    const ends = (this.#ends ??= await endsOf(this.#ports.source));
    const { sequencer } = input;
    if (!isPast(input, ends)) {
      const { held } = sequencer;
      if (held === null || !(await this.#isSearched(input))) return null;
      const text = `A transaction is held before it; decide over that first. ${held.text}`;
      return this.#over(outcomeOf(command, 'refused', text));
    }
    if (!sequencer.vouch(tables)) return null;
    const missing = sequencer.unknownTables;
    return this.#over(
      outcomeOf(command, 'applied', missing.length === 0 ? ALL_KNOWN : `Not known are still: ${missing.join(', ')}.`),
    );
  }

  async #resolve(command: TransactionCommand): Promise<Decisions | null> {
    const { source, transaction } = command.arguments;
    const how = command.kind === 'transaction.release' ? 'release' : 'quarantine';
    const input = this.#inputOf(source);
    if (input === undefined) return this.#over(outcomeOf(command, 'refused', noSource(source)));
    if (this.#held.make({ ...command.arguments, how })) return this.#over(outcomeOf(command, 'applied', WORDS[how]));
    if (!(await this.#isSearched(input))) return null;
    const held = input.sequencer.allHeld.find((each) => each.transaction === transaction);
    const text = held === undefined ? NOT_HELD : `That is no way out for it. ${held.text}`;
    const isNeverHeld = held === undefined && !this.#held.wasMade(command.arguments);
    const isAlone = how === 'quarantine' && isNeverHeld && this.#settings.shard.count > 1;
    return this.#over(
      outcomeOf(command, 'refused', text),
      isAlone ? [{ kind: 'shardsDisagree', source, transaction }] : [],
    );
  }

  #inputOf(source: string): SourceInput | undefined {
    return this.#ports.inputs.find(({ name }) => name === source);
  }

  /** Whether nothing more can come to be held of what was there. Asked for the first command until it is so. */
  #isSearched(input: SourceInput): Promise<boolean> {
    return (this.#search ??= new Search(input, this.#ports.source)).isOver();
  }

  #over(outcome: CommandOutcome, told: readonly PipelineEvent[] = []): Decisions {
    this.#search = null;
    this.#ends = null;
    this.#ports.commands.advance();
    this.#ports.source.wake();
    return nothingBut(this.#ports.memory, [{ kind: 'command', outcome }, ...told]);
  }
}

const noSource = (name: string): string => `No source is named ${name}.`;
const ALL_KNOWN = 'All tables of the source are known: what comes from here on is decided.';
const NOT_HELD = 'No such transaction is held: it went on, or was never read.';
const WORDS = {
  release: 'It is handed on as it is.',
  quarantine: 'It is handed on only to park every aggregate that it touches.',
} as const;

const unreadable = ({ offset }: CommandRecord, result: CommandResult, text: string): CommandOutcome => ({
  id: '',
  kind: 'unknown',
  subject: `offset ${offset}`,
  by: '',
  reason: '',
  result,
  text,
});
