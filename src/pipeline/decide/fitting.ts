/**
 * A journal record holds the state of its aggregate, and has to fit into the journal's topic. What would not fit is decided otherwise: the
 * aggregate is parked as it was, with the change set that made it too large waiting (design 2.4: bounded in number and bytes). One that
 * has no room for the rows either keeps what they are and where they stand; a discard makes them unknown.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import { bytesText } from '../../domain/record-size.js';
import type { Refusal } from '../../domain/refusal.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { JournalEntry } from '../../domain/state/journal-entry.js';
import { DragomanError, type ErrorCode } from '../../errors.js';
import { shortened } from '../../translate/parking/shortened.js';
import { park, type Translated } from '../../translate/translate.js';
import type { DecideSettings } from './decisions.js';

export interface Fitting {
  readonly changeSet: ChangeSet;
  /** As it was when the change set came. */
  readonly before: AggregateState;
  readonly decided: Translated;
}

export interface Sizes {
  sizeOf(entry: JournalEntry): number;
}

/** Kept free for what is not a row: an operator's command is remembered by the state, whatever its size. */
export const COMMAND_BYTES_MAX = 32 * 1024;

/** What a journal record may have, before an operator's command. */
export const journalBytesMax = ({ translate, topics }: Pick<DecideSettings, 'translate' | 'topics'>): number =>
  translate.recordBytesMax(topics.journal) - COMMAND_BYTES_MAX;

/** @throws DragomanError PARKED_QUEUE_FULL, LOOKUP_TOO_LARGE, AGGREGATE_TOO_LARGE when there is no way for it to fit. */
export function fitting({ changeSet, before, decided }: Fitting, sizes: Sizes, settings: DecideSettings): Translated {
  const bytesMax = journalBytesMax(settings);
  const bytes = sizes.sizeOf(decided.entry);
  if (bytes <= bytesMax) return decided;
  const { aggregate, id } = changeSet;
  const size = sizeText(bytes, settings);
  const stop = (code: ErrorCode, text: string): DragomanError =>
    new DragomanError(code, text, { details: { aggregate, id, bytes, bytesMax } });
  if (before.parked !== null) throw stop('PARKED_QUEUE_FULL', queueFull(changeSet, before.parked, size));
  if (settings.rules.aggregates.get(aggregate)?.keeps === 'lookup') throw stop('LOOKUP_TOO_LARGE', lookup(id, size));
  const refusal: Refusal = {
    code: 'AGGREGATE_TOO_LARGE',
    text:
      `With this change ${aggregate} ${shortened(id)} is ${size}. Raise max.message.bytes of the journal, or see which rows belong to it; ` +
      'then parked retry.',
  };
  for (const waiting of [changeSet, withoutRows(changeSet, refusal)]) {
    const parked = park(waiting, before, refusal, settings.translate);
    if (sizes.sizeOf(parked.entry) <= bytesMax) return parked;
  }
  throw stop(
    'AGGREGATE_TOO_LARGE',
    `${aggregate} ${shortened(id)} is ${size}, and there is no room to park it. Nothing after its change is published. Raise ` +
      'max.message.bytes of the journal.',
  );
}

/** Of one step of a command. */
export const tooLarge = ({ aggregate, id }: JournalEntry, bytes: number, settings: DecideSettings): string =>
  `AGGREGATE_TOO_LARGE: ${aggregate} ${shortened(id)} would be ${sizeText(bytes, settings)}. Raise max.message.bytes of the journal first.`;

const sizeText = (bytes: number, settings: DecideSettings): string =>
  `${bytesText(bytes)} bytes as a record of ${settings.topics.journal}, where ${bytesText(journalBytesMax(settings))} have room ` +
  `(max.message.bytes less ${bytesText(COMMAND_BYTES_MAX)} for commands)`;

const queueFull = (
  { aggregate, id }: ChangeSet,
  { code, waiting }: { code: string; waiting: readonly unknown[] },
  size: string,
) =>
  `${aggregate} ${shortened(id)} is parked (${code}) with ${waiting.length} change sets waiting; with this one it would be ${size}. ` +
  'Remove the cause, then parked retry; or give up what cannot be applied (parked discard), or raise max.message.bytes of the journal.';

const lookup = (table: string, size: string): string =>
  `The lookup table ${table} is ${size}. All of its rows are written to the journal with each change of one, so a lookup table is small: ` +
  'make the table a member of an aggregate, declare fewer columns, or raise max.message.bytes of the journal.';

/** What happened to which rows, and where that stands; not what is in them. */
const withoutRows = (changeSet: ChangeSet, refusal: Refusal): ChangeSet => ({
  ...changeSet,
  changes: changeSet.changes.map(({ row, refused, ...change }) =>
    row === null && refused === undefined ? { ...change, row } : { ...change, row: null, refusal },
  ),
});
