/**
 * `dragoman state export`: everything that Redis holds of a pipeline, into a file. The pipeline may run meanwhile: the file says where
 * the journal stood when it began, and what changed later is copied out of the journal again after an import.
 */
import { decodeMarker } from '../../pipeline/state/marker.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { atMarker } from '../operator/stored-states.js';
import { StateFileWriter } from './file.js';
import { withRedisStore } from './opened.js';
import { progressWords } from './progress-words.js';
import { allOwners, allStates } from './steady.js';
import { DragomanError } from '../../errors.js';

export interface ExportOptions extends OperatorOptions {
  readonly to: string;
}

export async function stateExportCommand(options: ExportOptions): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  return withRedisStore(config, pipeline, async (store) => {
    const { cluster, journal, part } = decodeMarker(await atMarker(store, (marker) => Promise.resolve(marker)));
    if (part !== undefined) {
      throw new DragomanError(
        'COMMAND_REFUSED',
        'A write in several parts, or a restore, is under way. Export again when it is done.',
      );
    }
    const head = { cluster, namespace: config.namespace, pipeline, journal };
    const file = await StateFileWriter.create(options.to, head);
    const tell = progressWords('states written');
    try {
      let states = 0;
      for await (const some of allStates(store)) {
        for (const [key, text] of some) await file.state(key, text);
        tell((states += some.length));
      }
      for await (const some of allOwners(store)) for (const [row, owner] of some) await file.row(row, owner);
      for (const [aggregate, code] of await store.parked()) await file.parked(aggregate, code);
    } catch (error) {
      await file.abandon();
      throw error;
    }
    const counts = await file.end();
    const result = { schema: 'dragoman.cli/state-export@1', file: options.to, ...head, ...counts };
    if (options.json === true) await print(JSON.stringify(result));
    say(`${options.to}: ${counts.states} states, ${counts.rows} rows, ${counts.parked} parked`);
    say('It holds the declared columns of the legacy rows, perhaps personal: only its owner may read it (mode 0600).');
    return EXIT.ok;
  });
}
