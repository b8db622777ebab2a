/** `dragoman rules graph`: what the rules are made of, as a picture. The same rules give the same bytes. */
import { writeFileSync } from 'node:fs';
import { writing } from '../../../adapters/files/writing.js';
import { EXIT, print, say } from '../../exit.js';
import { type CommonOptions, configOf, rulesOf } from '../../load.js';
import { type GRAPH_FORMATS, graphOf } from './graph.js';
import { mermaidLines } from './mermaid.js';
import { svgLines } from './svg.js';

export interface GraphOptions extends CommonOptions {
  readonly format: (typeof GRAPH_FORMATS)[number];
  /** Instead of stdout. */
  readonly out?: string;
}

export async function rulesGraphCommand(options: GraphOptions): Promise<number> {
  const { rules } = await rulesOf(options, configOf(options, false));
  const graph = graphOf(rules);
  const lines = options.format === 'svg' ? svgLines(graph) : mermaidLines(graph);
  if (options.out === undefined) for (const line of lines) await print(line);
  else {
    const { out } = options;
    await writing(`--out ${out}`, 'No picture is there.', () => writeFileSync(out, `${lines.join('\n')}\n`));
    say(`${out}: ${graph.nodes.length} things, ${graph.edges.length} ways`);
  }
  return EXIT.ok;
}
