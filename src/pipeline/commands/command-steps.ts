/**
 * Commands as steps of the writer, in their order, between drafts; each is committed with the offset after it.
 *
 * A decision over a held transaction is not in any state: it stands in the progress, beside the offset, until everything was handed on
 * that was there when it was made. After a crash the same rows are read again, the same transaction is held again, and the decision
 * is carried out again, so it has its effect once: when the transaction is handed on. Whether one is held is known only when everything that was there has been read; a command that finds
 * none waits for that, and those behind it with it, while rows go on.
 */
import {
  type CommandOutcome,
  type CommandResult,
  isOnTables,
  isOnTransaction,
  outcomeOf,
  readCommand,
  type TablesCommand,
  type TransactionCommand,
} from '../../domain/command.js';
import type { Commands } from './commands.js';
import { decideCommand, statesFor } from './decide-command.js';
import { type Decisions, type DecideSettings, nothingBut } from '../decide/decisions.js';
import type { SourceInput } from '../read/input.js';
import type { Memory } from '../state/memory.js';
import type { CommandRecord, Offsets, Source } from '../ports.js';
import type { CommandProgress, Resolved } from '../state/progress.js';
import { endsOf, Search } from './search.js';

export interface CommandStepsPorts {
  readonly commands: Commands;
  readonly inputs: readonly SourceInput[];
  readonly memory: Memory;
  readonly source: Pick<Source, 'bounds' | 'wake'>;
}

export interface CommandSettings extends DecideSettings {
  /** Commands for others only move the offset. */
  readonly pipeline: string;
}

/** Decisions that stand in the progress, whose size is limited; more have to wait. */
const RESOLVED_MAX = 4;

export class CommandSteps {
  readonly #ports: CommandStepsPorts;
  readonly #settings: CommandSettings;
  #resolved: readonly Resolved[];
  /** Of the input when the last decision was made, or when this task started. */
  #ends: Offsets | null = null;
  /** The first command looks for its transaction. */
  #search: Search | null = null;
  /** The first command waits until everything is handed on that was there when it was looked at. */
  #vouching: { readonly ends: Offsets; readonly search: Search } | null = null;

  constructor(ports: CommandStepsPorts, settings: CommandSettings, resolved: readonly Resolved[]) {
    this.#ports = ports;
    this.#settings = settings;
    this.#resolved = resolved;
  }

  get isEmpty(): boolean {
    return this.#ports.commands.isEmpty;
  }

  /** With what was decided so far. */
  get progress(): CommandProgress {
    return { next: this.#ports.commands.needed, resolved: this.#resolved };
  }

  /** What the next command comes to; null when there is none, or rows have to come first. */
  async next(): Promise<Decisions | null> {
    const { commands } = this.#ports;
    if (this.#resolved.length > 0) await this.#carryOutAll();
    for (let record = commands.peek(); record !== undefined; record = commands.peek()) {
      if (record.key === this.#settings.pipeline) return this.#step(record);
      commands.advance();
    }
    return null;
  }

  async #step(record: CommandRecord): Promise<Decisions | null> {
    const { commands, memory } = this.#ports;
    const read = readCommand(record.value);
    const { pipeline } = this.#settings;
    if (read.kind !== 'command') return this.#over(unreadable(record, read.kind, read.text));
    const { command } = read;
    if (command.pipeline !== pipeline) {
      return this.#over(unreadable(record, 'malformed', `pipeline: it says ${command.pipeline}, its key ${pipeline}.`));
    }
    if (isOnTransaction(command)) return this.#resolve(command);
    if (isOnTables(command)) return this.#vouch(command);
    await memory.loadStates(statesFor(command, this.#settings));
    commands.advance();
    return decideCommand(command, memory, this.#settings);
  }

  async #carryOutAll(): Promise<void> {
    for (const decision of this.#resolved) this.#carryOut(decision);
    const ends = (this.#ends ??= await endsOf(this.#ports.source));
    this.#resolved = this.#resolved.filter((decision) => {
      const input = this.#inputOf(decision);
      return input !== undefined && !isPast(input, ends);
    });
  }

  /** The rows of the snapshot that the command speaks of were written before it; now all of them are in the states. */
  async #vouch(command: TablesCommand): Promise<Decisions | null> {
    const { source, tables } = command.arguments;
    const input = this.#inputOf(command.arguments);
    if (input === undefined) return this.#over(outcomeOf(command, 'refused', `No source is named ${source}.`));
    const stranger = tables.find((table) => !this.#settings.rules.tables.has(table));
    if (stranger !== undefined)
      return this.#over(outcomeOf(command, 'refused', `No table definition is named ${stranger}.`));
    this.#vouching ??= { ends: await endsOf(this.#ports.source), search: new Search(input, this.#ports.source) };
    const { ends, search } = this.#vouching;
    const { sequencer } = input;
    if (!isPast(input, ends)) {
      const { held } = sequencer;
      if (held === null || !(await search.isOver())) return null;
      this.#vouching = null;
      const text = `A transaction is held before it; decide over that first. ${held.text}`;
      return this.#over(outcomeOf(command, 'refused', text));
    }
    if (!sequencer.vouch(tables)) return null;
    this.#vouching = null;
    const missing = sequencer.unknownTables;
    return this.#over(
      outcomeOf(command, 'applied', missing.length === 0 ? ALL_KNOWN : `Not known are still: ${missing.join(', ')}.`),
    );
  }

  async #resolve(command: TransactionCommand): Promise<Decisions | null> {
    if (this.#resolved.length >= RESOLVED_MAX) return null;
    const how = command.kind === 'transaction.release' ? 'release' : 'quarantine';
    const decision = { ...command.arguments, how } as const;
    const input = this.#inputOf(decision);
    if (input === undefined) return this.#over(outcomeOf(command, 'refused', `No source is named ${decision.source}.`));
    const code = this.#carryOut(decision);
    if (code !== null) {
      this.#search = null;
      this.#resolved = [...this.#resolved, { ...decision, code }];
      this.#ends = null;
      return this.#over(outcomeOf(command, 'applied', WORDS[how]));
    }
    this.#search ??= new Search(input, this.#ports.source);
    if (!(await this.#search.isOver())) return null;
    this.#search = null;
    const held = input.sequencer.allHeld.find(({ transaction }) => transaction === decision.transaction);
    const text = held === undefined ? NOT_HELD : `That is no way out for it. ${held.text}`;
    return this.#over(outcomeOf(command, 'refused', text));
  }

  /** @returns for what it was held; null when the transaction is not held (any more, or yet), or for something else. */
  #carryOut({ transaction, how, code, ...of }: Resolved): string | null {
    const { sequencer } = this.#inputOf(of) ?? {};
    sequencer?.look(); // only who looks for the next transaction sees that it is held
    const held = sequencer?.allHeld.find((each) => each.transaction === transaction)?.code ?? null;
    if (code !== undefined && code !== held) return null;
    return sequencer?.resolve(transaction, how) === true ? held : null;
  }

  #inputOf({ source }: Pick<Resolved, 'source'>): SourceInput | undefined {
    return this.#ports.inputs.find(({ name }) => name === source);
  }

  #over(outcome: CommandOutcome): Decisions {
    this.#ports.commands.advance();
    this.#ports.source.wake();
    return nothingBut(this.#ports.memory, [{ kind: 'command', outcome }]);
  }
}

/** Everything before these ends was handed on. */
const isPast = ({ sequencer }: SourceInput, ends: Offsets): boolean =>
  [...sequencer.needed()].every(([partition, offset]) => offset >= (ends.get(partition) ?? 0));

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
