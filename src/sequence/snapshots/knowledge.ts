/**
 * Of which tables of a source everything is known, and whether facts of it are decided at all (decision 0009).
 *
 * A table is *known* when a snapshot of it ended that was handed on whole, or when an operator vouches for it. Until then whatever reads
 * it is unknown, never absent. A source has *begun* when all its tables were known once: transactions before that are only learnt.
 *
 * K1. What is known stays known while its table is declared. A table that is declared later is unknown.
 * K2. Where a baseline is demanded, nothing is handed on before the end of a snapshot but its rows.
 * K3. A snapshot of which records may be gone makes nothing known, and says nothing of rows that it does not have.
 * K4. A transaction of which records had expired before the first start is learnt as far as it is there.
 */
import type { ChangeEvent } from '../../domain/source/change-event.js';
import { type Position, positionText } from '../../domain/source/position.js';
import type { Beginning, BeginningPolicy } from '../../domain/source/beginning.js';
import { DragomanError } from '../../errors.js';
import type { SnapshotProgress } from '../frontier/frontier.js';
import type { OpenTransaction } from '../open-transaction.js';

/** What travels in the progress. */
export interface Known {
  /** Among the declared tables. */
  readonly tables: readonly string[];
  /** Null: nothing is decided so far. */
  readonly begun: Beginning | null;
  /** Snapshots taken before, ms since 1970, do not count: of the logs of then, the first records were gone. 0: nothing was gone. */
  readonly sinceMs: number;
  /** Source time of what was last learnt only (a transaction, rows that came by themselves), ms since 1970. Null: nothing was. */
  readonly learntMs: number | null;
}

export interface KnowledgeSettings {
  readonly policy: BeginningPolicy;
  /** Tables of the source that rules declare. */
  readonly declared: readonly string[];
  readonly known: Known;
}

const NONE: readonly string[] = Object.freeze([]);
const ALL_KNOWN: Known = { tables: [], begun: { position: null, timeMs: null }, sinceMs: 0, learntMs: null };

export class Knowledge {
  readonly #source: string;
  readonly #policy: BeginningPolicy;
  readonly #declared: readonly string[];
  #known: Known;
  #unknown: readonly string[];
  /** Snapshots of which records may be gone. */
  readonly #torn = new Set<Position>();

  /** @param settings absent: everything is known. */
  constructor(source: string, settings: KnowledgeSettings = { policy: 'late', declared: [], known: ALL_KNOWN }) {
    const { policy, declared, known } = settings;
    this.#source = source;
    this.#policy = policy;
    this.#declared = declared;
    this.#known = known;
    this.#unknown = this.#unknownNow();
    if (policy === 'empty' && known.begun === null) this.#add(declared, { position: null, timeMs: null });
  }

  get progress(): Known {
    return this.#known;
  }

  get hasBegun(): boolean {
    return this.#known.begun !== null;
  }

  /** Something was handed on that was only to be learnt. */
  get hasLearnt(): boolean {
    return this.#known.learntMs !== null;
  }

  /** Tables of which a rule can say nothing now; all of them before the beginning. */
  get unknown(): readonly string[] {
    return this.#unknown;
  }

  isUnknown(table: string): boolean {
    return this.#unknown.includes(table);
  }

  /** Tables that keep a source from its beginning, or that were declared after it. */
  get missing(): readonly string[] {
    return this.#declared.filter((table) => !this.#known.tables.includes(table));
  }

  /**
   * Records were gone at the first start, and nothing is decided so far: what is left of transactions that were committed before it is learnt,
   * whatever is missing. The snapshot with which the source begins was taken later, and tells the rest. Null: nothing may be missing.
   */
  get learnsUntilMs(): number | null {
    return this.hasBegun || this.#known.sinceMs === 0 ? null : this.#known.sinceMs;
  }

  /** K3: it is no whole picture, so its rows count like those of an incremental snapshot. */
  isOfTorn({ snapshot, sourceTimeMs }: ChangeEvent): boolean {
    const generation = snapshot?.generation ?? null;
    if (generation === null) return false;
    if (sourceTimeMs < this.#known.sinceMs) this.#torn.add(generation);
    return this.#torn.has(generation);
  }

  /** A transaction was handed on, or rows that are neither of one nor of a full snapshot. */
  take(sourceTimeMs: number): void {
    if (!this.hasBegun) this.#known = { ...this.#known, learntMs: sourceTimeMs };
  }

  /** With these tables the last one is known that kept the source from its beginning. */
  wouldBegin(tables: readonly string[]): boolean {
    return !this.hasBegun && this.missing.every((table) => tables.includes(table));
  }

  /** An operator says that everything of these tables was told. */
  vouch(tables: readonly string[], position: Position | null): void {
    this.#add(tables, { position, timeMs: this.#known.learntMs });
  }

  /**
   * A snapshot is over, its end handed on. One that is the first thing of its source covers every table, also those that were empty; any
   * other only those of which it had rows, because a part of the tables cannot be told from all of them.
   */
  end({ timeMs, tables }: SnapshotProgress, position: Position | null): void {
    const { sinceMs, learntMs } = this.#known;
    const now = { position, timeMs: learntMs ?? timeMs };
    const isFirst = !this.hasLearnt && ((position === null && sinceMs === 0) || this.#policy === 'snapshot');
    if (!this.hasBegun && isFirst) this.#add(this.#declared, now);
    else if (timeMs >= sinceMs) this.#add(tables, now);
  }

  #add(tables: readonly string[], now: Beginning): void {
    const { begun } = this.#known;
    const known = new Set([...this.#known.tables, ...tables]);
    const all = this.#declared.filter((table) => known.has(table));
    this.#known = { ...this.#known, tables: all, begun: begun ?? (all.length === this.#declared.length ? now : null) };
    this.#unknown = this.#unknownNow();
  }

  #unknownNow(): readonly string[] {
    const unknown = this.hasBegun ? this.missing : this.#declared;
    return unknown.length === 0 ? NONE : unknown;
  }

  /**
   * K2: a transaction may be handed on, as something to decide or to learn.
   * @param follows it names one before it, and every transaction would have been seen (exact mode).
   */
  allows({ isFirst, follows }: { readonly isFirst: boolean; readonly follows: boolean }): boolean {
    if (this.#policy === 'late') return true;
    return this.hasBegun && !(this.#policy === 'empty' && isFirst && follows);
  }

  /** Why it may not. */
  refusal({ id, predecessor }: OpenTransaction, snapshot: SnapshotProgress | null): DragomanError {
    const found =
      snapshot === null
        ? 'no snapshot row was read before it'
        : this.hasLearnt
          ? 'rows were read before the snapshot, so it need not be one of all tables'
          : 'it stands before the end of the snapshot';
    const follows =
      predecessor == null ? '' : `, and it follows another one, at ${positionText(predecessor)}, that was not read`;
    return beginningUnknown(this.#source, `The first transaction is ${id}: ${found}${follows}.`);
  }
}

/** @param found the sign, as a sentence. */
export const beginningUnknown = (source: string, found: string): DragomanError =>
  new DragomanError(
    'BEGINNING_UNKNOWN',
    `Source ${source} has no baseline. ${found} Rows from before it are not known, so what held long ago would be taken for something ` +
      'that happens now, and published. Nothing was. Ways on (docs/beginning.md): (1) a connector with another topic.prefix and ' +
      'snapshot.mode=initial, and this source with that name; (2) `beginning: late` for this source, then a snapshot of all declared ' +
      'tables by the connector that runs: nothing is published until it has ended; (3) `beginning: empty`, if the tables were empty ' +
      'when the connector began and everything since then is in the topics.',
    { details: { source } },
  );
