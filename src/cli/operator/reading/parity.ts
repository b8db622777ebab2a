/** Parity as all shards of a pipeline have stored it, and what is accepted of it. Read only. */
import { EXAMPLES } from '../../../pipeline/parity/examples.js';
import { PARITY } from '../../../pipeline/parity/figures.js';
import { type ParityRead, parityOf } from '../../../pipeline/parity/reading.js';
import type { StateStore } from '../../../pipeline/ports.js';
import { ofEach, type OfShard } from '../shards.js';
import type { ShardProgress } from './committed-progress.js';
import { allFieldsNow } from './stored-states.js';

/** @throws DragomanError COMMAND_REFUSED when Redis holds nothing of the pipeline, or not all yet */
export const parityNow = async (
  shards: readonly (OfShard & { readonly store: StateStore })[],
  progress: readonly ShardProgress[],
): Promise<ParityRead> =>
  parityOf(
    await ofEach(shards, async ({ store, task }) => ({
      figures: await allFieldsNow(store, PARITY),
      examples: await allFieldsNow(store, EXAMPLES),
      accepted: progress.find((one) => one.task === task)?.committed?.progress.parity?.accepted ?? [],
    })),
  );
