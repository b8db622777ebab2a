/**
 * `dragoman state export`: everything that Redis holds of a pipeline, into a file. The pipeline may run meanwhile: the file says where
 * the state topic stood when it began, and what changed later is copied out of the topic again after an import.
 */
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { withStore } from '../operator/stored-states.js';
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
    withStore(config, pipeline, (store) => exportTo(options.to, { topic, store, ...scope })),
  );
  const result = { schema: 'dragoman.cli/state-export@2', file: options.to, ...head, ...counts };
  if (options.json === true) await print(JSON.stringify(result));
  say(`${options.to}: ${counts.aggregates} aggregates in ${counts.cells} cells`);
  say('It holds the declared columns of the legacy rows, perhaps personal: only its owner may read it (mode 0600).');
  return EXIT.ok;
}

export interface Exported {
  readonly topic: Pick<StateTopic, 'id'>;
  readonly store: ScannedStore;
  readonly namespace: string;
  readonly pipeline: string;
  /** For another cluster. */
  readonly moved?: MovedHead;
  /** Of where Redis stands. */
  readonly check?: (at: MarkerContent) => void;
}

/** @throws DragomanError COMMAND_REFUSED */
export async function exportTo(
  path: string,
  { topic, store, namespace, pipeline, moved, check }: Exported,
): Promise<{ readonly head: StateHead; readonly counts: StateCounts }> {
  const at = await whole(store, 0, (_, content) => Promise.resolve(content));
  check?.(at);
  const { cluster, commit, timeMs, state } = at;
  const scope = { cluster, namespace, pipeline, topic: topic.id };
  const head = { ...scope, commit, timeMs, state, ...(moved === undefined ? {} : { moved }) };
  const file = await StateFileWriter.create(path, head);
  const tell = progressWords('hashes written');
  let hashes = 0;
  try {
    for await (const part of allHashes(store, commit)) {
      for (const { hash, fields } of part) await file.put(hash, fields);
      tell((hashes += part.length));
    }
    return { head, counts: await file.end() };
  } catch (error) {
    await file.abandon();
    throw error;
  }
}
