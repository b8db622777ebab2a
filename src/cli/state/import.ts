/**
 * `dragoman state import`: a file of `state export` into a Redis that is empty or lost everything. When the pipeline runs next it copies
 * the rest out of the journal. Broken off at any instant, Redis counts as lost, and the next start restores it from the whole journal.
 */
import type { RedisStore } from '../../adapters/redis/store.js';
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import type { Marker, StoreWrites } from '../../pipeline/ports.js';
import { cutWrites, ENTRIES_PER_CALL_MAX, BYTES_PER_WRITE_MAX } from '../../pipeline/state/cutting.js';
import { encodeMarker } from '../../pipeline/state/marker.js';
import { NO_WRITES } from '../../pipeline/state/memory.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { checkStateFile, type StateHead, type StateLine, stateLines } from './file.js';
import { type Journal, withJournal, withRedisStore } from './opened.js';
import { progressWords } from './progress-words.js';

export interface ImportOptions extends OperatorOptions {
  readonly from: string;
  readonly replace?: boolean;
}

export async function stateImportCommand(options: ImportOptions): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const { head, counts } = await checkStateFile(options.from);
  await withJournal(config, pipeline, (journal) => {
    checkOrigin(head, { config, pipeline, journal }, options.from);
    return withRedisStore(config, pipeline, async (store) => {
      await makeRoom(store, options);
      await write(store, options.from, head);
    });
  });
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/state-import@1', ...head, ...counts }));
  say(`${counts.states} states, ${counts.rows} rows and ${counts.parked} parked aggregates are in Redis.`);
  say('The rest of the journal is copied when the pipeline runs next.');
  return EXIT.ok;
}

interface Place {
  readonly config: Pick<Config, 'namespace'>;
  readonly pipeline: string;
  readonly journal: Pick<Journal, 'cluster' | 'end' | 'members'>;
}

/** Pure. @throws DragomanError STATE_FILE_INVALID, COMMAND_REFUSED */
export function checkOrigin(head: StateHead, { config, pipeline, journal }: Place, path: string): void {
  const other = (what: string, there: string, here: string): DragomanError =>
    new DragomanError(
      'STATE_FILE_INVALID',
      `The state file ${path} belongs to another ${what} (${there}; here ${here}). Its states would be wrong here.`,
    );
  if (head.cluster !== journal.cluster) throw other('Kafka cluster', head.cluster, journal.cluster);
  if (head.namespace !== config.namespace) throw other('namespace', head.namespace, config.namespace);
  if (head.pipeline !== pipeline) throw other('pipeline', head.pipeline, pipeline);
  const isAhead = head.journal.some((offset, partition) => offset > (journal.end[partition] ?? 0));
  if (isAhead || head.journal.length !== journal.end.length)
    throw other('journal', `offsets ${head.journal.join()}`, `it ends at ${journal.end.join()}`);
  if (journal.members.length === 0) return;
  throw new DragomanError(
    'COMMAND_REFUSED',
    `${journal.members.length} members of ${config.namespace} run; an import under a running pipeline would be written over. Stop them first.`,
  );
}

async function makeRoom(store: RedisStore, { replace }: ImportOptions): Promise<void> {
  if ((await store.marker()) !== null && replace !== true) {
    throw new DragomanError(
      'COMMAND_REFUSED',
      'Redis holds states of this pipeline, as far as it knows all of them. To write the file over them, say --replace.',
    );
  }
  await store.clear();
}

/** Until the last write the marker says that nothing of the journal is there. */
async function write(store: RedisStore, path: string, { cluster, journal }: StateHead): Promise<void> {
  const nothing = journal.map(() => 0);
  const tell = progressWords('lines read');
  let expected: Marker | null = null;
  let part = 0;
  let lines = 0;
  let chars = 0;
  let writes = empty();
  const save = async (next: Marker, some: StoreWrites): Promise<void> => {
    await store.save(expected, next, some);
    expected = next;
  };
  const savePart = async (): Promise<void> => {
    const { first, last } = cutWrites(writes);
    for (const piece of [...first, last])
      await save(encodeMarker({ cluster, journal: nothing, part: (part += 1) }), piece);
    [writes, chars] = [empty(), 0];
  };
  for await (const line of stateLines(path)) {
    chars += put(line, writes);
    tell((lines += 1));
    if (lines % ENTRIES_PER_CALL_MAX === 0 || chars >= BYTES_PER_WRITE_MAX) await savePart();
  }
  await savePart();
  await save(encodeMarker({ cluster, journal }), NO_WRITES);
}

/** @returns how many characters it takes. */
function put(line: StateLine, { states, owners, parked }: ReturnType<typeof empty>): number {
  const [into, key, value] =
    'state' in line
      ? [states, line.state, JSON.stringify(line.is)]
      : 'row' in line
        ? [owners, line.row, line.owner]
        : [parked, line.parked, line.code];
  into.set(key, value);
  return key.length + value.length;
}

const empty = (): { [K in keyof StoreWrites]: Map<string, string> } => ({
  states: new Map<string, string>(),
  owners: new Map<string, string>(),
  parked: new Map<string, string>(),
});
