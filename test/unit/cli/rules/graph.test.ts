/** `dragoman rules graph`: what leads to what, as Mermaid and as SVG, the same bytes every time. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type GraphNode, graphOf } from '../../../../src/cli/rules/graph/graph.js';
import { BOX_HEIGHT, layoutOf } from '../../../../src/cli/rules/graph/layout.js';
import { mermaidLines } from '../../../../src/cli/rules/graph/mermaid.js';
import { svgLines } from '../../../../src/cli/rules/graph/svg.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, legacy, one, ruleSet, table } from '../../../../src/rules/index.js';
import { projectDirectory } from '../../../stack/directories.js';
import { run } from '../../../support/command.js';
import { shipping } from '../../translate/shipping.js';

const RETAILER = join(projectDirectory, 'rules');
const folder = mkdtempSync(join(tmpdir(), 'dragoman-graph-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('rules graph', () => {
  it('gives Mermaid: each thing once, each way by the names of its ends', async () => {
    const { code, out } = await run(['rules', 'graph', '--rules', RETAILER]);
    expect(code).toBe(0);
    expect(out[0]).toBe('flowchart LR');
    expect(out).toContain('  table1[("oms.ord_hdr<br>key ord_no")]:::table');
    expect(out).toContain('  table1 -->|"one header"| aggregate1');
    expect(out).toContain('  fact1(["OrderAcceptedForFulfillment<br>milestone, 4 conditions"]):::fact');
    expect(out.filter((line) => / --> topic1$/.test(line))).toHaveLength(4);
    expect(await run(['rules', 'graph', '--rules', RETAILER])).toMatchObject({ out });
  });

  it('writes an SVG into a file; that of the retailer is in docs (npm run -s docs)', async () => {
    const file = join(folder, 'rules.svg');
    const { code, out, err } = await run(['rules', 'graph', '--rules', RETAILER, '--format', 'svg', '--out', file]);
    expect([code, out]).toEqual([0, []]);
    expect(err).toContain('16 things, 18 ways');
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(projectDirectory, 'docs/retailer-rules.svg'), 'utf8'));
  });

  it('refuses another format', async () => {
    expect(await run(['rules', 'graph', '--rules', RETAILER, '--format', 'png'])).toMatchObject({ code: 2 });
  });
});

describe('the graph', () => {
  const graph = graphOf(shipping);
  const named = (name: string): GraphNode => graph.nodes.find((node) => node.name === name)!;

  it('says how a member is found, and which tables are only looked up', () => {
    const ways = graph.edges.filter(({ to }) => to === named('order'));
    expect(ways.map(({ from, label, isAsked }) => [from.name, label, isAsked])).toEqual([
      ['s.header', 'one header', false],
      ['s.line', 'many lines', false],
      ['s.note', 'many notes', false],
      ['s.thing', 'many things via parcels', false],
      ['s.parcel', 'many parcels via shipments', false],
      ['s.shipment', 'many shipments', false],
      ['s.warehouse', 'warehouses', true],
    ]);
  });

  it('shows facts that nobody publishes, with their conditions', () => {
    const header = table('s.header', { key: ['id'], columns: { id: legacy.bigint(), open: legacy.boolean() } });
    const order = aggregate('order', { header: one(header, (row) => row.id) });
    const opened = order.milestone('OrderOpened', {
      ...{ importance: 'low', repeatable: true },
      when: { 'it is "open" <now> & here': (o) => o.header?.open === true },
      data: () => ({}),
    });
    const rules = graphOf(compileRuleSet(ruleSet({ aggregates: [order], facts: [opened], publications: [] })));
    expect(rules.nodes.at(-1)).toEqual({
      ...{ layer: 'fact', name: 'OrderOpened', about: 'repeatable milestone, 1 condition, internal' },
      conditions: ['it is "open" <now> & here'],
    });
    expect(svgLines(rules).join('')).toContain('<title>it is &quot;open&quot; &lt;now&gt; &amp; here</title>');
  });

  it('puts no box on another, and all of them into the picture', () => {
    const { boxes, width, height } = layoutOf(graph);
    expect(boxes).toHaveLength(graph.nodes.length);
    for (const [i, box] of boxes.entries()) {
      expect(box.x + box.width).toBeLessThan(width);
      expect(box.y + BOX_HEIGHT).toBeLessThan(height);
      for (const other of boxes.slice(i + 1))
        expect(
          box.x + box.width < other.x || other.x + other.width < box.x || Math.abs(box.y - other.y) > BOX_HEIGHT,
        ).toBe(true);
    }
  });

  it('has as few crossings as its order allows: none where facts stand in another order than what they are published under', () => {
    const { boxes } = layoutOf(graph);
    const heightOf = (node: GraphNode): number => boxes.find((box) => box.node === node)!.y;
    const ways = graph.edges.filter(({ from }) => from.layer === 'fact');
    const sorted = [...ways].sort((a, b) => heightOf(a.from) - heightOf(b.from)).map(({ to }) => heightOf(to));
    expect(sorted).toEqual([...sorted].sort((a, b) => a - b));
  });

  it('keeps texts as texts', () => {
    const odd = { layer: 'table', name: 'a"b<c>#d', about: '', conditions: [] } as const;
    expect(mermaidLines({ nodes: [odd], edges: [] })[1]).toBe('  table1[("a#34;b#60;c#62;#35;d")]:::table');
  });
});
