/** What commands on parity look at: what all shards have stored of it, and the rules that stand here. */
import type { ParityRead } from '../../pipeline/parity/reading.js';
import type { Routed } from '../../pipeline/routes/standing.js';
import { configOf, rulesOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { progressIn } from '../operator/reading/committed-progress.js';
import { parityNow } from '../operator/reading/parity.js';
import { withStores } from '../operator/reading/stored-states.js';

export interface Looked {
  readonly pipeline: string;
  readonly routed: Routed;
  readonly read: ParityRead;
}

export async function lookedAt(options: OperatorOptions): Promise<Looked> {
  const loaded = configOf(options, true);
  const pipeline = pipelineOf(loaded.config, options);
  const { routed } = (await rulesOf(options, loaded)).rules;
  const progress = await progressIn(loaded.config, pipeline);
  const read = await withStores(loaded.config, pipeline, (shards) => parityNow(shards, progress));
  return { pipeline, routed, read };
}
