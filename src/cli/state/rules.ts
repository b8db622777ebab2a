/** `dragoman state rules [digest]`: which sets of rules decided, and the text of one of them, as it ran. */
import { unzippedRules } from '../../adapters/files/rules-loader.js';
import { DragomanError } from '../../errors.js';
import type { StateStore } from '../../pipeline/ports.js';
import { bundleOf, joinedBundle, type Kept, keptIn, partsOf, RULES } from '../../pipeline/kept/kept-rules.js';
import { StoredStates } from '../../pipeline/state/stored-states.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { atMarker, withStores } from '../operator/reading/stored-states.js';

export async function stateRulesCommand(digest: string | undefined, options: OperatorOptions): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  return withStores(config, pipeline, async (stores) => {
    const all = stores.map(({ store }) => store);
    return digest === undefined
      ? list(await keptByAny(all), options)
      : show(digest, await rulesText(all, digest), options);
  });
}

async function list(kept: ReadonlyMap<string, Kept>, { json }: Pick<OperatorOptions, 'json'>): Promise<number> {
  const rules = [...kept]
    .sort(([, a], [, b]) => b.number - a.number)
    .map(([digest, { sinceMs }]) => ({ digest, since: new Date(sinceMs).toISOString() }));
  if (json === true) await print(JSON.stringify({ schema: 'dragoman.cli/state-rules@1', rules }));
  else for (const { digest, since } of rules) await print(`${digest} first used ${since}`);
  say(
    rules.length === 0
      ? 'no rules are kept: nothing was decided yet'
      : `${rules.length} sets of rules, the last one in use first`,
  );
  return EXIT.ok;
}

async function show(digest: string, text: string, { json }: Pick<OperatorOptions, 'json'>): Promise<number> {
  await print(json === true ? JSON.stringify({ schema: 'dragoman.cli/state-rules@1', digest, text }) : text);
  return EXIT.ok;
}

/** Of every shard: since when it decided in any, in the order of their last use. */
export async function keptByAny(stores: readonly StateStore[]): Promise<Map<string, Kept>> {
  const all = new Map<string, Kept>();
  for (const store of stores)
    for (const [digest, kept] of await keptRules(store)) {
      const known = all.get(digest) ?? kept;
      const [number, sinceMs] = [Math.max(known.number, kept.number), Math.min(known.sinceMs, kept.sinceMs)];
      all.set(digest, { ...kept, number, sinceMs });
    }
  return all;
}

/** By digest. */
export const keptRules = (store: StateStore): Promise<Map<string, Kept>> =>
  atMarker(store, async (marker) => {
    const kept = new Map<string, Kept>();
    for await (const fields of new StoredStates(store).fields(marker, RULES))
      for (const [digest, text] of fields) kept.set(digest, keptIn(text));
    return kept;
  });

/** @throws DragomanError COMMAND_REFUSED when there are no such rules; STATE_DAMAGED */
export async function rulesText(stores: readonly StateStore[], digest: string): Promise<string> {
  for (const store of stores) {
    const kept = (await keptRules(store)).get(digest);
    if (kept !== undefined) return textOf(store, digest, kept);
  }
  throw new DragomanError(
    'COMMAND_REFUSED',
    `No rules with the digest ${digest} are kept: nothing was decided by them, or they are not among the last 100. ` +
      '`dragoman state rules` lists those that are.',
  );
}

async function textOf(store: StateStore, digest: string, kept: Kept): Promise<string> {
  const fields = partsOf(kept);
  const parts = await atMarker(store, async (marker) => {
    const all: (string | null)[] = [];
    // At most 29.
    while (all.length < fields.length)
      all.push(...(await store.loadFields(marker, bundleOf(digest), fields.slice(all.length))));
    return all;
  });
  const text = unzippedRules(joinedBundle(digest, parts), digest);
  if (text !== null) return text;
  throw new DragomanError(
    'STATE_DAMAGED',
    `What is stored as the rules ${digest} has not that digest. Compare what is stored with the state topic: \`dragoman state verify\`.`,
    { details: { digest } },
  );
}
