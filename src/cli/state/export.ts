/**
 * `dragoman state export`: everything that Redis holds of a pipeline, into a file. The pipeline may run meanwhile: the file says where
 * each shard stood in the state topic when it began, and what changed later is copied out of the topic again after an import.
 */
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { ofEach, type OfShard } from '../operator/shards.js';
import { withStores } from '../operator/reading/stored-states.js';
import type { MarkerContent } from '../../pipeline/state/marker.js';
import { type MovedHead, type StateCounts, StateFileWriter, type StateHead } from './file.js';
import { type StateTopic, withStateTopic } from './opened.js';
import { progressWords } from './progress-words.js';
import { allHashes, type ScannedStore, whole } from './steady.js';

export interface ExportOptions extends OperatorOptions {
  readonly to: string;
}

export async function stateExportCommand(options: ExportOptions): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const scope = { namespace: config.namespace, pipeline };
  const { head, counts } = await withStateTopic(config, pipeline, (topic) =>
    withStores(config, pipeline, (stores) => exportTo(options.to, { topic, shards: stores, ...scope })),
  );
  const result = { schema: 'dragoman.cli/state-export@3', file: options.to, ...head, ...counts };
  if (options.json === true) await print(JSON.stringify(result));
  say(`${options.to}: ${counts.aggregates} aggregates in ${counts.cells} cells`);
  say('It holds the declared columns of the legacy rows, perhaps personal: only its owner may read it (mode 0600).');
  return EXIT.ok;
}

export interface ExportedShard extends OfShard {
  readonly store: ScannedStore;
  /** To go on elsewhere. */
  readonly moved?: MovedHead;
}

export interface Exported {
  readonly topic: Pick<StateTopic, 'id'>;
  readonly shards: readonly ExportedShard[];
  readonly namespace: string;
  readonly pipeline: string;
  /** Of where Redis stands. */
  readonly check?: (shard: ExportedShard, at: MarkerContent) => void;
}

/** @throws DragomanError COMMAND_REFUSED */
export async function exportTo(
  path: string,
  { topic, shards, namespace, pipeline, check }: Exported,
): Promise<{ readonly head: StateHead; readonly counts: StateCounts }> {
  const places = await ofEach(shards, async (shard) => {
    const at = await whole(shard.store, 0, (_, content) => Promise.resolve(content));
    check?.(shard, at);
    return at;
  });
  const heads = places.map(({ commit, timeMs, state }, i) => {
    const moved = shards[i]?.moved;
    return { commit, timeMs, state, ...(moved === undefined ? {} : { moved }) };
  });
  const cluster = places[0]?.cluster ?? '';
  const head = { cluster, namespace, pipeline, topic: topic.id, shards: heads };
  const file = await StateFileWriter.create(path, head);
  const tell = progressWords('hashes written');
  let hashes = 0;
  try {
    await ofEach(shards, async ({ shard, store }) => {
      await file.begin(shard.index);
      for await (const part of allHashes(store, places[shard.index]?.commit ?? 0)) {
        for (const { hash, fields } of part) await file.put(hash, fields);
        tell((hashes += part.length));
      }
    });
    return { head, counts: await file.end() };
  } catch (error) {
    await file.abandon();
    throw error;
  }
}
