/** `dragoman routes list`: who speaks for what, who moved it there and why, and what is on its way. */
import { type RouteShown, shownRoutes } from '../../pipeline/routes/shown.js';
import { EXIT, print, say } from '../exit.js';
import { configOf, rulesOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { progressIn } from '../operator/reading/committed-progress.js';

export async function routesListCommand(options: OperatorOptions): Promise<number> {
  const loaded = configOf(options, true);
  const pipeline = pipelineOf(loaded.config, options);
  const { routed } = (await rulesOf(options, loaded)).rules;
  const routes = shownRoutes({ routed, shards: await progressIn(loaded.config, pipeline) });
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/routes@1', pipeline, routes }));
  else for (const route of routes) await print(lineOf(route));
  const contracts = [...routed.keys()];
  say(
    contracts.length === 0
      ? 'no capability is declared: Dragoman speaks under every contract (docs/routes.md)'
      : `what no route has is legacy: ${contracts.join(', ')}`,
  );
  return EXIT.ok;
}

/** Pure. */
export function lineOf({ capability, route, stage, epoch, at, by, reason, next, apart }: RouteShown): string {
  const moved = at === null ? '' : `, since ${at} by ${by ?? ''}: ${reason ?? ''}`;
  const waits = next?.waits === 'service' ? 'its service is asked for it' : `at ${next?.at ?? ''}`;
  const on = next === null ? '' : `; to ${next.to}, ${waits} (${next.by})`;
  const other = apart.length === 0 ? '' : `; not yet in ${apart.join(', ')}`;
  return `${capability} ${route} ${stage} epoch ${epoch}${moved}${on}${other}`;
}
