/** What commands on parity look at: what all shards have stored of it, and the rules that stand here. */
import { DragomanError } from '../../errors.js';
import { comparedIn } from '../../pipeline/parity/accepting.js';
import type { ParityRead } from '../../pipeline/parity/reading.js';
import type { Routed } from '../../pipeline/routes/standing.js';
import { configOf, rulesOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { progressIn } from '../operator/reading/committed-progress.js';
import { parityNow } from '../operator/reading/parity.js';
import { withStores } from '../operator/reading/stored-states.js';

export interface LookingOptions extends OperatorOptions {
  /** Absent: all. */
  readonly contract?: string;
}

export interface Looked {
  readonly pipeline: string;
  readonly routed: Routed;
  readonly read: ParityRead;
}

/** @throws DragomanError COMMAND_INVALID when nothing is compared under the contract that is asked for */
export async function lookedAt(options: LookingOptions): Promise<Looked> {
  const loaded = configOf(options, true);
  const pipeline = pipelineOf(loaded.config, options);
  const { routed } = (await rulesOf(options, loaded)).rules;
  assertCompared(routed, options.contract);
  const progress = await progressIn(loaded.config, pipeline);
  const read = await withStores(loaded.config, pipeline, (shards) => parityNow(shards, progress));
  return { pipeline, routed, read };
}

/** A name that is mistyped has no figures either, and that would say something else. */
export function assertCompared(routed: Routed, contract: string | undefined): void {
  if (contract === undefined || routed.get(contract)?.parity != null) return;
  throw new DragomanError('COMMAND_INVALID', `Nothing is compared under ${contract}: ${comparedIn(routed)}.`);
}
