/**
 * One source transaction as a block of text: at the left the rows of each order, at the right what came of them. On a narrow
 * terminal the right part goes below the left one. Pure.
 */
import type { Group } from './decision.js';
import { type Line, type Paint, wrapAll } from './lines.js';

export interface Part {
  /** Which aggregate: the order's number. */
  readonly id: string;
  readonly rows: readonly Line[];
  readonly outcome: readonly Line[];
}

export interface Block extends Pick<Group, 'transactionId' | 'commitTimeMs'> {
  readonly parts: readonly Part[];
}

export const WIDTH_MIN = 60;
export const WIDTH_MAX = 132;
const TWO_COLUMNS_FROM = 100;
const TIME = '12:16:46.3'.length;
const TRANSACTION = 'source tx'.length;
const ID = 'order '.length;
const GAP = '  ';
const LEFT_SHARE = 0.46;

const PREFIX = TIME + TRANSACTION + ID + 3 * GAP.length;

interface Columns {
  readonly left: number;
  /** Null: the outcome goes below. */
  readonly right: number | null;
}

function columns(width: number): Columns {
  const text = width - PREFIX;
  if (width < TWO_COLUMNS_FROM) return { left: text, right: null };
  const left = Math.floor((text - GAP.length) * LEFT_SHARE);
  return { left, right: text - GAP.length - left };
}

/** Titles of the columns. */
export function headingText(width: number, paint: Paint): string[] {
  const { left, right } = columns(width);
  const titles = [prefix('time, UTC', 'source tx', 'order'), 'row changes'.padEnd(right === null ? 0 : left)];
  const text = titles.join('') + (right === null ? ' and, below them, events' : `${GAP}events, and why`);
  return [paint('title', text), paint('quiet', '─'.repeat(width))];
}

export function blockText(block: Block, width: number, paint: Paint): string[] {
  const { left, right } = columns(width);
  return block.parts.flatMap(({ id, rows, outcome }, place) => {
    const first = place === 0;
    const head = prefix(
      first ? timeText(block.commitTimeMs) : '',
      first && block.transactionId !== null ? block.transactionId : '',
      id,
    );
    const lefts = wrapAll(rows, left);
    const rights = wrapAll(outcome, right ?? left - INDENT.length);
    if (right !== null) return beside(head, lefts, rights, { left, paint });
    return [
      ...beside(head, lefts, [], { left, paint }),
      ...rights.map(({ role, text }) => prefix('', '', '') + INDENT + paint(role, text)),
    ];
  });
}

const INDENT = '    ';

function beside(
  head: string,
  lefts: readonly Line[],
  rights: readonly Line[],
  { left, paint }: { readonly left: number; readonly paint: Paint },
): string[] {
  const height = Math.max(lefts.length, rights.length);
  return Array.from({ length: height }, (_, place) => {
    const [row, outcome] = [lefts[place], rights[place]];
    const start = place === 0 ? head : prefix('', '', '');
    const rest = outcome === undefined ? '' : GAP + paint(outcome.role, outcome.text);
    const text = row?.text ?? '';
    const padding = outcome === undefined ? '' : ' '.repeat(Math.max(0, left - text.length));
    return (start + (row === undefined ? '' : paint(row.role, text)) + padding + rest).trimEnd();
  });
}

const prefix = (time: string, transaction: string, id: string): string =>
  [time.padEnd(TIME), transaction.padEnd(TRANSACTION), id.padEnd(ID), ''].join(GAP);

/** `12:16:46.3` */
export const timeText = (ms: number): string => new Date(ms).toISOString().slice(11, 21);
