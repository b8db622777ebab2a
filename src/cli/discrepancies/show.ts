/** `dragoman discrepancies show`: one of them, with what both sides showed. */
import { DragomanError } from '../../errors.js';
import { EXIT, print } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { type DiscrepancyRead, discrepancyNow } from '../operator/reading/register.js';
import { withStores } from '../operator/reading/stored-states.js';
import { lineOf } from './list.js';

/** @throws DragomanError COMMAND_REFUSED when nothing of this id is kept */
export async function discrepanciesShowCommand(id: string, options: OperatorOptions): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const found = await withStores(config, pipeline, (shards) => discrepancyNow(shards, id));
  if (found === null)
    throw new DragomanError(
      'COMMAND_REFUSED',
      `No discrepancy ${id} is kept in pipeline ${pipeline}: dragoman discrepancies list --state all shows those that are.`,
    );
  if (options.json === true) {
    const schema = 'dragoman.cli/discrepancy@1';
    await print(JSON.stringify({ schema, pipeline, ...found.discrepancy, evidence: found.evidence }));
  } else for (const line of linesOf(found, Date.now())) await print(line);
  return EXIT.ok;
}

/** Pure. */
export function linesOf({ discrepancy, evidence }: DiscrepancyRead, nowMs: number): string[] {
  const { subject, owner, state, aggregate, businessKey } = discrepancy;
  const { ours = 'nothing', theirs = 'nothing', fields = [] } = evidence ?? {};
  return [
    lineOf(discrepancy, nowMs),
    `about: ${Object.entries(subject)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    ...(owner === '' ? [] : [`owner: ${owner}`]),
    ...(state.is === 'accepted' ? [`accepted until ${state.until} by ${state.by}: ${state.reason}`] : []),
    ...(state.is === 'repaired' ? [`repaired at ${state.at} by ${state.by}, command ${state.command}`] : []),
    ...(state.is === 'closed' ? [`settled by itself at ${state.at}`] : []),
    ...(evidence === null ? [] : [`ours: ${ours}`, `theirs: ${theirs}`]),
    ...(fields.length === 0 ? [] : [`different: ${fields.join(', ')}`]),
    ...(businessKey === '' ? [] : [`why: dragoman why ${aggregate} ${businessKey}`]),
  ];
}
