/** A graph of rules as an SVG that stands by itself: no script, no font and no style from elsewhere. Pure. */
import type { GraphEdge, GraphNode, Layer, RulesGraph } from './graph.js';
import { type Box, BOX_HEIGHT, layoutOf, MARGIN } from './layout.js';

/** Fill and stroke. */
const COLOURS: Readonly<Record<Layer, readonly [string, string]>> = {
  table: ['#eef2f7', '#5b6b7f'],
  aggregate: ['#fdf3d8', '#a67c00'],
  fact: ['#e3f4e4', '#3c7d40'],
  contract: ['#e4ecfd', '#3a5fb0'],
  topic: ['#f3e6f8', '#7a4a94'],
};

const STYLE = [
  'text{font-family:ui-sans-serif,system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-size:12px;fill:#1b2430}',
  '.title{font-weight:600;fill:#5b6b7f}.about,.label{font-size:10.5px;fill:#4a5563}',
  '.label{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}',
  '.way{fill:none;stroke:#8793a3;stroke-width:1.2}.asked{stroke-dasharray:4 3}',
].join('');

export function svgLines(graph: RulesGraph): string[] {
  const { width, height, boxes, columns } = layoutOf(graph);
  const boxOf = new Map(boxes.map((box) => [box.node, box]));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${px(width)} ${px(height)}" width="${px(width)}" height="${px(height)}" role="img">`,
    '<title>Rules: tables, aggregates, facts, contracts, topics</title>',
    `<style>${STYLE}</style>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#8793a3"/></marker></defs>',
    ...columns.map((column) => text(column.x + column.width / 2, MARGIN + 10, column.title, 'title')),
    ...graph.edges.map((edge) => way(edge, boxOf)),
    ...boxes.map(boxText),
    ...graph.edges.filter(({ label }) => label !== '').map((edge) => labelText(edge, graph.edges, boxOf)),
    '</svg>',
  ];
}

interface Ends {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
}

type BoxOf = ReadonlyMap<GraphNode, Box>;

function endsOf({ from, to }: GraphEdge, boxOf: BoxOf): Ends | null {
  const [a, b] = [boxOf.get(from), boxOf.get(to)];
  if (a === undefined || b === undefined) return null;
  return { from: [a.x + a.width, a.y + BOX_HEIGHT / 2], to: [b.x, b.y + BOX_HEIGHT / 2] };
}

function way(edge: GraphEdge, boxOf: BoxOf): string {
  const ends = endsOf(edge, boxOf);
  if (ends === null) return '';
  const [[x1, y1], [x2, y2]] = [ends.from, ends.to];
  const middle = px((x1 + x2) / 2);
  const path = `M${px(x1)} ${px(y1)}C${middle} ${px(y1)} ${middle} ${px(y2)} ${px(x2)} ${px(y2)}`;
  return `<path class="way${edge.isAsked ? ' asked' : ''}" d="${path}" marker-end="url(#end)"/>`;
}

/** Near the table, on its way; a table with several ways has each label on another part of its way. */
function labelText(edge: GraphEdge, all: readonly GraphEdge[], boxOf: BoxOf): string {
  const ends = endsOf(edge, boxOf);
  if (ends === null) return '';
  const ofTable = all.filter(({ from }) => from === edge.from);
  const t = 0.35 + (0.3 * ofTable.indexOf(edge)) / Math.max(1, ofTable.length - 1);
  const [[x1, y1], [x2, y2]] = [ends.from, ends.to];
  // A cubic whose inner points have the heights of its ends and the middle between them.
  const y = y1 + (y2 - y1) * (3 * t * t - 2 * t * t * t);
  const x = x1 + (x2 - x1) * (1.5 * t * (1 - t) + t * t * t);
  return text(x, y + 3.5, edge.label, 'label');
}

function boxText({ node, x, y, width }: Box): string {
  const { layer, name, about, conditions } = node;
  const [fill, stroke] = COLOURS[layer];
  const centre = x + width / 2;
  const round = layer === 'fact' ? BOX_HEIGHT / 2 : 5;
  const hint = conditions.length === 0 ? '' : `<title>${escaped(conditions.join('\n'))}</title>`;
  const rect = `<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${BOX_HEIGHT}" rx="${round}" fill="${fill}" stroke="${stroke}"/>`;
  const words =
    about === ''
      ? text(centre, y + BOX_HEIGHT / 2 + 4, name)
      : text(centre, y + BOX_HEIGHT / 2 - 3, name) + text(centre, y + BOX_HEIGHT / 2 + 13, about, 'about');
  return `<g>${hint}${rect}${words}</g>`;
}

const text = (x: number, y: number, words: string, style = ''): string =>
  `<text x="${px(x)}" y="${px(y)}" text-anchor="middle"${style === '' ? '' : ` class="${style}"`}>${escaped(words)}</text>`;

/** Tenths are enough, and the same on every machine. */
const px = (value: number): string => String(Math.round(value * 10) / 10);

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Characters that XML does not have are left out. */
const escaped = (words: string): string =>
  words.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replace(/[&<>"]/g, (mark) => ENTITIES[mark] ?? mark);
