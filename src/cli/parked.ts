/** `dragoman parked list`: which aggregates wait, by refusal code, as Redis has them. */
import { aggregateRef } from '../domain/aggregate-state.js';
import { EXIT, print, say } from './exit.js';
import { configOf } from './load.js';
import { type OperatorOptions, pipelineOf } from './operator.js';
import { withStore } from './stored-states.js';

export async function parkedListCommand(options: OperatorOptions): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const codes = await withStore(config, pipeline, (store) => store.parked());
  const parked = [...codes]
    .map(([aggregate, code]) => ({ ...aggregateRef(aggregate), code }))
    .sort((a, b) => compare(a.code, b.code) || compare(a.aggregate, b.aggregate) || compare(a.id, b.id));
  const byCode: Record<string, number> = {};
  for (const { code } of parked) byCode[code] = (byCode[code] ?? 0) + 1;
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/parked@1', pipeline, byCode, parked }));
  else for (const { code, aggregate, id } of parked) await print(`${code} ${aggregate} ${id}`);
  const counts = Object.entries(byCode).map(([code, count]) => `${count} ${code}`);
  say(parked.length === 0 ? 'nothing is parked' : `${parked.length} parked: ${counts.join(', ')}`);
  return EXIT.ok;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
