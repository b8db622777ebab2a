/** A graph of rules as Mermaid text, which GitHub and GitLab draw inside Markdown. Pure. */
import type { GraphNode, Layer, RulesGraph } from './graph.js';

/** Brackets of its shape, and its colours. */
const SHAPES: Readonly<Record<Layer, readonly [open: string, close: string, style: string]>> = {
  table: ['[(', ')]', 'fill:#eef2f7,stroke:#5b6b7f,color:#1b2430'],
  aggregate: ['[', ']', 'fill:#fdf3d8,stroke:#a67c00,color:#332600'],
  fact: ['([', '])', 'fill:#e3f4e4,stroke:#3c7d40,color:#12300f'],
  contract: ['[[', ']]', 'fill:#e4ecfd,stroke:#3a5fb0,color:#10224d'],
  topic: ['>', ']', 'fill:#f3e6f8,stroke:#7a4a94,color:#2e1240'],
};

export function mermaidLines({ nodes, edges }: RulesGraph): string[] {
  const layers = Object.keys(SHAPES) as Layer[];
  const ids = new Map(
    layers.flatMap((layer) =>
      nodes.filter((node) => node.layer === layer).map((node, i) => [node, `${layer}${i + 1}`]),
    ),
  );
  return [
    'flowchart LR',
    ...nodes.map((node) => `  ${ids.get(node) ?? ''}${shaped(node)}:::${node.layer}`),
    ...edges.map(({ from, to, label, isAsked }) => {
      const arrow = isAsked ? '-.->' : '-->';
      return `  ${ids.get(from) ?? ''} ${arrow}${label === '' ? '' : `|${quoted(label)}|`} ${ids.get(to) ?? ''}`;
    }),
    ...layers.map((layer) => `  classDef ${layer} ${SHAPES[layer][2]}`),
  ];
}

function shaped({ layer, name, about }: GraphNode): string {
  const [open, close] = SHAPES[layer];
  return `${open}${quoted(...[name, about].filter((line) => line !== ''))}${close}`;
}

/** Inside of quotes everything is text but a quote and what looks like an entity or a tag. */
const quoted = (...lines: readonly string[]): string =>
  `"${lines.map((line) => line.replace(/[#"<>&]/g, (mark) => `#${mark.charCodeAt(0)};`)).join('<br>')}"`;
