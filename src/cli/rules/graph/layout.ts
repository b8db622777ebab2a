/**
 * Where the things of a graph of rules stand: a column for each layer. Ways lead between neighbours only, so the order inside of the columns
 * decides how many cross: each thing goes to the middle of what it hangs on, forth and back a few times (the barycentre heuristic, Sugiyama
 * 1981), then is placed as near to that middle as those beside it allow. The same graph has the same layout. Pure.
 */
import { type GraphEdge, type GraphNode, LAYERS, type RulesGraph } from './graph.js';

export interface Box {
  readonly node: GraphNode;
  /** Upper left corner, pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly columns: readonly { readonly title: string; readonly x: number; readonly width: number }[];
}

export const BOX_HEIGHT = 44;
export const MARGIN = 24;
/** Room for the names of the columns. */
export const TITLE_HEIGHT = 28;
const ROW_GAP = 14;
const COLUMN_GAP = 64;
/** Ways from tables carry the names of members. */
const LABEL_GAP = 150;
const WIDTH_MIN = 110;
const PADDING = 14;
/** Of the fonts that `svg.ts` names, the widest. */
const NAME_CHAR_WIDTH = 7.4;
const ABOUT_CHAR_WIDTH = 6.2;
const SWEEPS = 8;

export function layoutOf({ nodes, edges }: RulesGraph): Layout {
  const neighbours = neighboursIn(edges);
  const columns = ordered(
    LAYERS.map((layer) => nodes.filter((node) => node.layer === layer)),
    neighbours,
  );
  const middles = placed(columns, neighbours);
  const top = Math.min(...middles.values(), 0);
  const boxes: Box[] = [];
  const titles: { title: string; x: number; width: number }[] = [];
  let x = MARGIN;
  columns.forEach((column, i) => {
    const width = Math.max(WIDTH_MIN, ...column.map(widthOf));
    titles.push({ title: `${LAYERS[i] ?? ''}s`, x, width });
    for (const node of column)
      boxes.push({ node, x, width, y: MARGIN + TITLE_HEIGHT + (middles.get(node) ?? 0) - top });
    x += width + (i === 0 ? LABEL_GAP : COLUMN_GAP);
  });
  const bottom = Math.max(MARGIN + TITLE_HEIGHT, ...boxes.map(({ y }) => y + BOX_HEIGHT));
  return { width: x - COLUMN_GAP + MARGIN, height: bottom + MARGIN, boxes, columns: titles };
}

const widthOf = ({ name, about }: GraphNode): number =>
  Math.ceil(Math.max(name.length * NAME_CHAR_WIDTH, about.length * ABOUT_CHAR_WIDTH)) + 2 * PADDING;

type Column = readonly GraphNode[];
type Neighbours = (node: GraphNode) => readonly GraphNode[];

function neighboursIn(edges: readonly GraphEdge[]): Neighbours {
  const found = new Map<GraphNode, GraphNode[]>();
  const add = (a: GraphNode, b: GraphNode): void => void found.set(a, [...(found.get(a) ?? []), b]);
  for (const { from, to } of edges) {
    add(from, to);
    add(to, from);
  }
  return (node) => found.get(node) ?? [];
}

/** The columns, each in the order in which fewest ways cross that was found. */
function ordered(columns: readonly Column[], neighbours: Neighbours): readonly Column[] {
  let best = columns;
  let now = columns;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    now = swept(now, neighbours, sweep % 2 === 0 ? 1 : -1);
    if (crossings(now, neighbours) < crossings(best, neighbours)) best = now;
  }
  return best;
}

/** Each column after the first one in the direction is put in the order of what it hangs on in the one before. */
function swept(columns: readonly Column[], neighbours: Neighbours, step: 1 | -1): readonly Column[] {
  const made = [...columns];
  for (let i = step === 1 ? 1 : columns.length - 2; i >= 0 && i < columns.length; i += step) {
    const places = placesIn(made[i - step] ?? []);
    const wanted = (node: GraphNode, own: number): number =>
      mean(neighbours(node).flatMap((other) => places.get(other) ?? [])) ?? own;
    const keyed = (made[i] ?? []).map((node, own) => ({ node, own, at: wanted(node, own) }));
    made[i] = keyed.sort((a, b) => a.at - b.at || a.own - b.own).map(({ node }) => node);
  }
  return made;
}

function crossings(columns: readonly Column[], neighbours: Neighbours): number {
  let count = 0;
  for (const [i, column] of columns.entries()) {
    const places = placesIn(columns[i + 1] ?? []);
    const ends = column.map((node) => neighbours(node).flatMap((other) => places.get(other) ?? []));
    ends.forEach((mine, upper) => {
      for (const below of ends.slice(upper + 1).flat()) count += mine.filter((end) => end > below).length;
    });
  }
  return count;
}

const placesIn = (column: Column): ReadonlyMap<GraphNode, number> => new Map(column.map((node, i) => [node, i]));

const mean = (numbers: readonly number[]): number | null =>
  numbers.length === 0 ? null : numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

/** How high each stands: near what it hangs on, in the order of its column, none on another. */
function placed(columns: readonly Column[], neighbours: Neighbours): ReadonlyMap<GraphNode, number> {
  const at = new Map<GraphNode, number>();
  const step = BOX_HEIGHT + ROW_GAP;
  const longest = Math.max(0, ...columns.map((column) => column.length));
  for (const column of columns) column.forEach((node, i) => at.set(node, (i + (longest - column.length) / 2) * step));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const inTurn = sweep % 2 === 0 ? columns : [...columns].reverse();
    for (const column of inTurn) {
      const wanted = column.map(
        (node) => mean(neighbours(node).map((other) => at.get(other) ?? 0)) ?? at.get(node) ?? 0,
      );
      apart(wanted, step).forEach((place, i) => {
        const node = column[i];
        if (node !== undefined) at.set(node, place);
      });
    }
  }
  return at;
}

/**
 * The places nearest to those wanted (by squares) that are in this order and at least a step apart: neighbours that would be too near become
 * one block around the middle of what they want (pool adjacent violators).
 */
function apart(wanted: readonly number[], step: number): number[] {
  const blocks: { sum: number; count: number }[] = [];
  wanted.forEach((each, i) => {
    blocks.push({ sum: each - i * step, count: 1 });
    for (let last = blocks.at(-1), before = blocks.at(-2); last && before;) {
      if (before.sum / before.count <= last.sum / last.count) break;
      blocks.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
      [last, before] = [blocks.at(-1), blocks.at(-2)];
    }
  });
  return blocks
    .flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count))
    .map((base, i) => base + i * step);
}
