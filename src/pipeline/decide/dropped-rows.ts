/**
 * Rows that the index has no more though nothing said that they went: those of an aggregate that is retired, and what is told of one that stays
 * a stub. Whatever came later in the same draft was split before that was decided, with the stub as their owner. Here it is put right, so
 * that where a draft ends makes no difference: such a row is one that nobody knew.
 */
import { ownedRows, rowKey } from '../../changeset/owners.js';
import type { ChangeSet, RowChange } from '../../domain/change-set.js';
import { type AggregateState, aggregateText } from '../../domain/state/aggregate-state.js';
import { aggregateOfHolder } from '../../domain/tables/feed.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { Translated } from '../../translate/translate.js';
import type { Draft } from './draft.js';

const DROPPING: ReadonlySet<Translated['entry']['outcome']> = new Set(['retired', 'retired-again', 'dropped']);

export class DroppedRows {
  readonly #rules: Pick<CompiledRules, 'feeds'>;
  readonly #onOrphan: (table: string) => void;
  readonly #rows = new Set<string>();

  /** @param onOrphan a row was deleted that nobody knew. */
  constructor(rules: Pick<CompiledRules, 'feeds'>, onOrphan: (table: string) => void) {
    this.#rules = rules;
    this.#onOrphan = onOrphan;
  }

  has(row: string): boolean {
    return this.#rows.has(row);
  }

  /** Names of rows in the index. */
  get all(): Iterable<string> {
    return this.#rows;
  }

  /** The change set as it would have been split by now. Null: nothing is left of it. */
  seenBy(changeSet: ChangeSet): ChangeSet | null {
    if (this.#rows.size === 0) return changeSet;
    const changes = changeSet.changes.flatMap((change) => this.#changeOf(changeSet, change));
    if (changes.length === 0 && changeSet.changes.length > 0) return null;
    return { ...changeSet, changes };
  }

  #changeOf(changeSet: ChangeSet, change: RowChange): readonly RowChange[] {
    const row = this.#indexed(changeSet, change);
    if (row === null || !this.#rows.has(row)) return [change];
    if (change.op === 'd') this.#onOrphan(change.table);
    if (isGone(change)) return [];
    const { came, ...rest } = change;
    return [came === true ? { ...rest, op: 'u' } : change];
  }

  /** It was decided before. @param before null: nothing is known. Forgotten, or retired, since then: a stub has no rows. */
  repeated(changeSet: ChangeSet, before: AggregateState | null, owners: Draft['owners']): void {
    if (before?.isStub !== true) return this.#told(changeSet, (row) => this.#rows.delete(row));
    const name = aggregateText(changeSet);
    this.#told(changeSet, (row) => owners.get(row) === name && this.#rows.add(row));
  }

  /** @param before as the change set found it. */
  decided(changeSet: ChangeSet, before: AggregateState, { entry }: Pick<Translated, 'entry'>): void {
    const isDropping = DROPPING.has(entry.outcome);
    if (!isDropping && this.#rows.size === 0) return;
    if (isDropping) for (const row of ownedRows(changeSet, before, this.#rules).keys()) this.#rows.add(row);
    this.#told(changeSet, (row) => (isDropping ? this.#rows.add(row) : this.#rows.delete(row)));
  }

  /** Rows that the aggregate has after it, as far as they are told. */
  #told(changeSet: ChangeSet, each: (row: string) => unknown): void {
    for (const change of changeSet.changes) {
      const row = isGone(change) ? null : this.#indexed(changeSet, change);
      if (row !== null) each(row);
    }
  }

  /** Name of the row in the index; null: its table has none there. */
  #indexed({ aggregate: name }: ChangeSet, { table, key }: RowChange): string | null {
    const aggregate = aggregateOfHolder(name);
    const feed = this.#rules.feeds.get(table)?.find((each) => each.aggregate === aggregate);
    return feed?.keyPlaces === null ? rowKey(feed, key) : null;
  }
}

const isGone = ({ op }: RowChange): boolean => op === 'd' || op === 'moved';
