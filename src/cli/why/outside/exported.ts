/** The outside of an exported state: what is known of each aggregate, and no journal, no pipeline. The file is read once for what the question needs. */
import { MemoryStore } from '../../../adapters/memory/store.js';
import { ownsId, shardsOf } from '../../../domain/shard.js';
import { DragomanError } from '../../../errors.js';
import { isBundle, RULES } from '../../../pipeline/kept/kept-rules.js';
import { PINNED } from '../../../pipeline/kept/pin-counts.js';
import type { Cell } from '../../../pipeline/ports.js';
import { COLUMNS, queueOf, STUBS } from '../../../pipeline/state/cells.js';
import { encodeMarker } from '../../../pipeline/state/marker.js';
import type { Outside } from '../../../why/outside.js';
import { configOf, rulesOf } from '../../load.js';
import { checkStateFile, stateLines, type StateHead, type StateLine } from '../../state/file.js';
import { taskSettings } from '../../wiring.js';
import type { Desk, WhyOptions } from '../options.js';
import { keptIn, statesIn } from './stored.js';

/** @throws DragomanError STATE_FILE_INVALID when it is damaged, or of another pipeline than the config says */
export async function withStateFile<T>(file: string, options: WhyOptions, use: (desk: Desk) => Promise<T>): Promise<T> {
  const loaded = configOf(options, false);
  const { head } = await checkStateFile(file);
  const rules = await rulesOf(options, loaded);
  const settings = taskSettings(loaded.config, head.pipeline, rules);
  const { qualifier, watch } = settings;
  const unknown = 'an exported state does not say what is held';
  const outside: Outside = {
    ...{ pipeline: head.pipeline, journal: null },
    states: async (id, names) => statesIn(await storeOf(file, head, id, ofStates(names)), names),
    kept: async (ref, state) => keptIn(await storeOf(file, head, ref.id, isOfRules), settings, ref, state),
    now: () => Promise.resolve(null),
    held: () => Promise.resolve({ unknown }),
    places: (wanted) => Promise.resolve(wanted.map(() => null)),
    findEvent: () =>
      Promise.reject(
        new DragomanError(
          'COMMAND_REFUSED',
          'An exported state has no events: leave --state out, or name a --recording.',
        ),
      ),
    committed: () => Promise.resolve(null),
  };
  return use({ outside, rules, qualifier, watch });
}

/** Cells of these aggregates, and what they are read with. */
function ofStates(names: readonly string[]): (line: StateLine) => boolean {
  const wanted = new Set(names);
  const queues = new Set(names.map(queueOf));
  return ({ hash, field }) =>
    wanted.has(hash) || queues.has(hash) || hash === COLUMNS || (hash === STUBS && wanted.has(field));
}

/** Cells of the rules that aggregates keep. */
const isOfRules = ({ hash }: StateLine): boolean => hash === RULES || hash === PINNED || isBundle(hash);

/** Of the shard that owns the aggregate. */
async function storeOf(
  file: string,
  head: StateHead,
  id: string,
  isWanted: (line: StateLine) => boolean,
): Promise<MemoryStore> {
  const own = shardsOf(head.shards.length).find((shard) => ownsId(shard, id));
  const cells: Cell[] = [];
  for await (const { hash, field, value, ...line } of stateLines(file, own?.index ?? 0))
    if (isWanted({ hash, field, value, ...line })) cells.push({ hash, field, value });
  const store = new MemoryStore();
  const { cluster, shards: heads } = head;
  const { commit, timeMs, state } = heads[own?.index ?? 0] ?? { commit: 0, timeMs: 0, state: [] };
  await store.save(null, encodeMarker({ cluster, commit, timeMs, state }), cells);
  return store;
}
