/**
 * Every record of a decision has to fit into its topic. What would not fit is decided otherwise: the aggregate is parked as it was, with
 * the change set that is too large waiting (design 2.4: bounded in number and bytes). One that has no room for the rows either
 * keeps what they are and where they stand; a discard makes them unknown.
 */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { ChangeSet } from '../../domain/change-set.js';
import { batchBytes, bytesText, isWithin } from '../../domain/record-size.js';
import type { Refusal } from '../../domain/refusal.js';
import { DragomanError } from '../../errors.js';
import { shortened } from '../../domain/words/shortened.js';
import { park, type Translated } from '../../translate/translate.js';
import type { DecideSettings } from './decisions.js';
import type { Cell, OutputRecord } from '../ports.js';
import { cellOf, cellRecord, isQueue } from '../state/cells.js';
import { MEMORY } from '../state/parts.js';

export interface Fitting {
  readonly changeSet: ChangeSet;
  /** As it was when the change set came. */
  readonly before: AggregateState;
  readonly decided: Translated;
}

export interface Sizes {
  /** What a decision would write to state and journal. */
  made(decided: Pick<Translated, 'entry' | 'events'>): {
    readonly cells: readonly Cell[];
    readonly entry: OutputRecord | null;
  };
}

/** @throws DragomanError AGGREGATE_TOO_LARGE when there is no way for it to fit. */
export function fitting({ changeSet, before, decided }: Fitting, sizes: Sizes, settings: DecideSettings): Translated {
  const excess = excessOf(decided, sizes, settings);
  if (excess === null) return decided;
  const { aggregate, id } = changeSet;
  const refusal: Refusal = { code: excess.code, text: excess.text };
  // Of very many rows the sizes are not said of each.
  const waiting = [refusal, { ...refusal, text: LEFT_OUT }].map((why) => withoutRows(changeSet, why));
  if (!excess.isQueue) waiting.unshift(changeSet);
  for (const each of waiting) {
    const parked = park(each, before, refusal, settings.rules, settings.translate);
    for (const told of [parked, untold(parked)]) if (excessOf(told, sizes, settings) === null) return told;
  }
  throw new DragomanError(
    'AGGREGATE_TOO_LARGE',
    `${excess.text} There is no room to park it. Nothing after its change is published.`,
    { details: { aggregate, id } },
  );
}

/** Nothing happens to its rows yet, so the entry need not name them. */
const untold = ({ entry, ...parked }: Translated): Translated => ({ ...parked, entry: { ...entry, rows: [] } });

export interface Excess extends Refusal {
  /** What is too large is a change set that waits. */
  readonly isQueue: boolean;
}

/** The first record that does not fit; null: all do. */
export function excessOf(
  decided: Pick<Translated, 'entry' | 'events'>,
  sizes: Sizes,
  { translate, topics }: Pick<DecideSettings, 'translate' | 'topics'>,
): Excess | null {
  const { cells, entry } = sizes.made(decided);
  const bytesMax = translate.recordBytesMax(topics.state);
  for (const cell of cells) {
    if (isSmall(cell.hash.length + cell.field.length + (cell.value?.length ?? 0), bytesMax)) continue;
    const found = excess(cellRecord(topics.state, cell), decided.entry, bytesMax);
    if (found !== null) return found;
  }
  return entry === null ? null : excess(entry, decided.entry, translate.recordBytesMax(topics.journal));
}

/** Most are, and no byte of these is counted: a character has at most six in a key, and what is around them has its room. */
const isSmall = (chars: number, bytesMax: number): boolean => chars * 6 + 1_000 < bytesMax;

function excess(record: OutputRecord, { aggregate, id }: Translated['entry'], bytesMax: number): Excess | null {
  if (isWithin(record, bytesMax)) return null;
  const bytes = batchBytes(record);
  const { code, what, hint, isQueue: isWaiting = false } = kindOf(record);
  return {
    code,
    text:
      `${what} of ${aggregate} ${shortened(id)} would be ${bytesText(bytes)} bytes as a record of ${record.topic}, where ${bytesText(bytesMax)} ` +
      `have room. ${hint} or raise max.message.bytes of the topic; then parked retry.`,
    isQueue: isWaiting,
  };
}

function kindOf(record: OutputRecord): {
  readonly code: Refusal['code'];
  readonly what: string;
  readonly hint: string;
  readonly isQueue?: true;
} {
  if (record.place !== undefined && !record.key.startsWith('['))
    return {
      code: 'DECISION_TOO_LARGE',
      what: 'What was decided at once',
      hint: 'See which rows one transaction changes',
    };
  const { hash, field } = cellOf({ key: record.key, value: null });
  if (isQueue(hash))
    return { code: 'AGGREGATE_TOO_LARGE', what: 'What waits', hint: 'See which rows belong to it', isQueue: true };
  if (field === MEMORY)
    return { code: 'AGGREGATE_TOO_LARGE', what: 'What is remembered', hint: 'See which facts happen to it' };
  return {
    code: 'ROW_TOO_LARGE',
    what: `Row ${shortened(field.slice(1).replace('\t', ' '))}`,
    hint: 'Declare fewer columns',
  };
}

/** What happened to which rows, and where that stands; not what is in them. */
function withoutRows(changeSet: ChangeSet, refusal: Refusal): ChangeSet {
  const changes = changeSet.changes.map(({ row, refused, ...change }) =>
    row === null && refused === undefined ? { ...change, row } : { ...change, row: null, refusal },
  );
  return { ...changeSet, changes };
}

const LEFT_OUT = 'What was in the row had no room. A discard makes it unknown, a snapshot brings it.';
