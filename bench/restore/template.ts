/**
 * The cells of real aggregates as patterns, from which any number of aggregates is made: the order's number and the keys of rows that do
 * not contain it are written anew, everything else stays. Pure.
 */
import { aggregateText } from '../../src/domain/state/aggregate-state.js';
import type { Cell } from '../../src/pipeline/ports.js';
import { ROWS } from '../../src/pipeline/state/cells.js';
import { isRow, MEMORY } from '../../src/pipeline/state/parts.js';

export interface Template {
  readonly aggregate: string;
  /** Text between the names. */
  readonly parts: readonly string[];
  /** Which name stands after each part but the last: 0 the aggregate's id, others keys of rows. */
  readonly names: readonly number[];
}

export interface Stored extends Cell {
  readonly value: string;
}

export interface Made {
  /** `order:10000000017`: the hash. */
  readonly text: string;
  /** Its own, and those of its rows in the row index. */
  readonly cells: readonly Stored[];
}

/** Between hash, field and value of all cells: no JSON text, and none of these names, has it. */
const SEPARATOR = '\u001e';

/** @param cells all that is stored, by the aggregates that have rows. */
export function templatesOf(cells: readonly Stored[]): Template[] {
  const owned = new Map<string, Stored[]>();
  for (const cell of cells) {
    const owner = cell.hash === ROWS ? cell.value : cell.hash;
    const own = owned.get(owner);
    if (own === undefined) owned.set(owner, [cell]);
    else own.push(cell);
  }
  return [...owned].flatMap(([text, own]) => {
    const [aggregate = '', id = ''] = text.split(':');
    return own.some(({ field }) => field === MEMORY) && aggregate === 'order' ? [templateOf(aggregate, id, own)] : [];
  });
}

export function templateOf(aggregate: string, id: string, cells: readonly Stored[]): Template {
  const keys = cells.flatMap(({ field }) => (isRow(field) ? [field.slice(field.indexOf('\t') + 1)] : []));
  const known = [id, ...new Set(keys.filter((key) => /^\d+$/.test(key) && key !== id))];
  // Not inside of other words, such as the name of a column list; a tab may stand as JSON has it.
  const places = new RegExp(`(?<=^|[^A-Za-z0-9]|\\\\t)(${known.join('|')})(?![A-Za-z0-9])`, 'g');
  const text = cells.flatMap(({ hash, field, value }) => [hash, field, value]).join(SEPARATOR);
  const pieces = text.split(places);
  return {
    aggregate,
    parts: pieces.filter((_, i) => i % 2 === 0),
    names: pieces.filter((_, i) => i % 2 === 1).map((name) => known.indexOf(name)),
  };
}

const FIRST_ID = 10_000_000_000;
const FIRST_KEY = 20_000_000_000;
const KEYS_MAX = 1_000;

/** The aggregate of that number, in the template's form. */
export function made({ aggregate, parts, names }: Template, number: number): Made {
  const id = String(FIRST_ID + number);
  let text = parts[0] ?? '';
  names.forEach((name, i) => {
    text += name === 0 ? id : String(FIRST_KEY + number * KEYS_MAX + name);
    text += parts[i + 1] ?? '';
  });
  const pieces = text.split(SEPARATOR);
  const cells: Stored[] = [];
  for (let i = 0; i + 2 < pieces.length; i += 3)
    cells.push({ hash: pieces[i] ?? '', field: pieces[i + 1] ?? '', value: pieces[i + 2] ?? '' });
  return { text: aggregateText({ aggregate, id }), cells };
}
