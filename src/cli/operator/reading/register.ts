/** Discrepancies and runs of checks as all shards of a pipeline have stored them. Read only. */
import type { CheckRun } from '../../../domain/reconciliation/check-run.js';
import type { Discrepancy } from '../../../domain/reconciliation/discrepancy.js';
import { CHECKS, runIn } from '../../../pipeline/discrepancies/checks.js';
import { evidenceIn, type RegisterRead, registerOf, runsOf } from '../../../pipeline/discrepancies/reading.js';
import {
  DISCREPANCIES,
  discrepancyIn,
  EVIDENCE,
  type StoredEvidence,
} from '../../../pipeline/discrepancies/register.js';
import type { StateStore } from '../../../pipeline/ports.js';
import type { Register } from '../../../reconcile/ports.js';
import { ofEach, type OfShard } from '../shards.js';
import { allFieldsNow, atMarker, fieldsNow } from './stored-states.js';

type Shards = readonly (OfShard & { readonly store: StateStore })[];

/** @throws DragomanError COMMAND_REFUSED when Redis holds nothing of the pipeline, or not all yet */
export const registerNow = async (shards: Shards): Promise<RegisterRead> =>
  registerOf(
    await ofEach(shards, async ({ store }) => ({
      discrepancies: await allFieldsNow(store, DISCREPANCIES),
      checks: await allFieldsNow(store, CHECKS),
    })),
  );

/** Latest runs alone. */
export const runsNow = async (shards: Shards): Promise<CheckRun[]> =>
  runsOf(await ofEach(shards, ({ store }) => allFieldsNow(store, CHECKS)));

export interface DiscrepancyRead {
  readonly discrepancy: Discrepancy;
  /** Null: nothing is kept of it. */
  readonly evidence: StoredEvidence | null;
}

/** One of them, whichever shard has it; null: none has. */
export async function discrepancyNow(shards: Shards, id: string): Promise<DiscrepancyRead | null> {
  const all = await ofEach(shards, async ({ store }) => {
    const [text = null] = await fieldNow(store, DISCREPANCIES, id);
    if (text === null) return null;
    const [evidence = null] = await fieldNow(store, EVIDENCE, id);
    return { discrepancy: discrepancyIn(id, text), evidence: evidence === null ? null : evidenceIn(evidence) };
  });
  return all.find((each) => each !== null) ?? null;
}

/** As a check asks it while it runs. */
export const registerOver = (shards: Shards): Register => ({
  run: async (check) => {
    const [first] = shards;
    const [text = null] = first === undefined ? [] : await fieldNow(first.store, CHECKS, check);
    return text === null ? null : runIn(text);
  },
  async *standing(check) {
    for (const { store } of shards)
      for await (const fields of fieldsNow(store, DISCREPANCIES))
        for (const [id, text] of fields) {
          const discrepancy = discrepancyIn(id, text);
          const { is } = discrepancy.state;
          if (discrepancy.check === check && (is === 'open' || is === 'accepted')) yield discrepancy;
        }
  },
});

const fieldNow = (store: StateStore, hash: string, field: string): Promise<readonly (string | null)[]> =>
  atMarker(store, (marker) => store.loadFields(marker, hash, [field]));
