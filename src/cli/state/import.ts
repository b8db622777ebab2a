/**
 * `dragoman state import`: a file of `state export` into a Redis that is empty or lost everything. When the pipeline runs next it copies
 * the rest out of the state topic. Broken off at any instant, Redis counts as lost, and the next start restores it from the whole topic.
 */
import type { RedisStore } from '../../adapters/redis/store.js';
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import type { Cell, Marker, StateStore } from '../../pipeline/ports.js';
import { MARKER_AGE_MAX_MS } from '../../pipeline/recover/recovery.js';
import { CALL_LIMITS, cutCells } from '../../pipeline/state/cutting.js';
import { encodeMarker } from '../../pipeline/state/marker.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { withStore } from '../operator/stored-states.js';
import { checkStateFile, type StateHead, type StateLine, stateLines } from './file.js';
import { type StateTopic, withStateTopic } from './opened.js';
import { progressWords } from './progress-words.js';

export interface ImportOptions extends OperatorOptions {
  readonly from: string;
  readonly replace?: boolean;
}

export async function stateImportCommand(options: ImportOptions): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const { head, counts } = await checkStateFile(options.from);
  await withStateTopic(config, pipeline, (topic) => {
    checkOrigin(head, { config, pipeline, topic, nowMs: Date.now() }, options.from);
    return withStore(config, pipeline, async (store) => {
      await makeRoom(store, options);
      await fill(store, head, stateLines(options.from));
    });
  });
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/state-import@2', ...head, ...counts }));
  say(`${counts.aggregates} aggregates in ${counts.cells} cells are in Redis.`);
  say('The rest of the state topic is copied when the pipeline runs next.');
  return EXIT.ok;
}

interface Place {
  readonly config: Pick<Config, 'namespace'>;
  readonly pipeline: string;
  readonly topic: Pick<StateTopic, 'cluster' | 'id' | 'end' | 'members'>;
  readonly nowMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Pure. @throws DragomanError STATE_FILE_INVALID, COMMAND_REFUSED */
export function checkOrigin(head: StateHead, { config, pipeline, topic, nowMs }: Place, path: string): void {
  const other = (what: string, there: string, here: string): DragomanError =>
    new DragomanError(
      'STATE_FILE_INVALID',
      `The state file ${path} belongs to another ${what} (${there}; here ${here}). Its states would be wrong here.`,
    );
  if (head.moved !== undefined) throw movedFile(path);
  if (head.cluster !== topic.cluster) throw other('Kafka cluster', head.cluster, topic.cluster);
  if (head.namespace !== config.namespace) throw other('namespace', head.namespace, config.namespace);
  if (head.pipeline !== pipeline) throw other('pipeline', head.pipeline, pipeline);
  if (head.topic !== topic.id) throw other('state topic of the same name', `id ${head.topic}`, topic.id);
  const isAhead = head.state.some((offset, partition) => offset > (topic.end[partition] ?? 0));
  if (isAhead || head.state.length !== topic.end.length)
    throw other('state topic', `offsets ${head.state.join()}`, `it ends at ${topic.end.join()}`);
  if (nowMs - head.timeMs > MARKER_AGE_MAX_MS) throw tooOld(path, head, nowMs);
  if (topic.members.length === 0) return;
  throw new DragomanError(
    'COMMAND_REFUSED',
    `${topic.members.length} members of ${config.namespace} run; an import under a running pipeline would be written over. Stop them first.`,
  );
}

const movedFile = (path: string): DragomanError =>
  new DragomanError(
    'COMMAND_REFUSED',
    `The state file ${path} was written to move the pipeline to another Kafka cluster (state move-out): state move-in takes it there. Nothing was ` +
      'written.',
  );

const tooOld = (path: string, { timeMs }: StateHead, nowMs: number): DragomanError =>
  new DragomanError(
    'STATE_FILE_INVALID',
    `The state file ${path} is ${Math.floor((nowMs - timeMs) / DAY_MS)} days old; at most ${MARKER_AGE_MAX_MS / DAY_MS} are allowed, because ` +
      'the state topic forgets what is gone. Nothing was written; start the pipeline without it: all is restored from the topic.',
  );

type FilledStore = Pick<StateStore, 'marker' | 'save'> & { clear(): Promise<void> | void };

/** @throws DragomanError COMMAND_REFUSED */
export async function makeRoom(
  store: Pick<RedisStore, 'marker'> & Pick<FilledStore, 'clear'>,
  { replace }: Pick<ImportOptions, 'replace'>,
): Promise<void> {
  if ((await store.marker()) !== null && replace !== true) {
    throw new DragomanError(
      'COMMAND_REFUSED',
      'Redis holds states of this pipeline. To write the file in their place, say --replace: they are deleted first. Nothing was changed.',
    );
  }
  await store.clear();
}

/** Until the last write the marker says that nothing of the topic is there, and is older than any that is built upon. */
export async function fill(
  store: Pick<FilledStore, 'save'>,
  { cluster, commit, timeMs, state }: StateHead,
  lines: AsyncIterable<StateLine>,
): Promise<void> {
  const nothing = { cluster, commit: 0, timeMs: 0, state: state.map(() => 0) };
  const tell = progressWords('cells written');
  let expected: Marker | null = null;
  let part = 0;
  let written = 0;
  let cells: Cell[] = [];
  let chars = 0;
  const save = async (next: Marker, some: readonly Cell[]): Promise<void> => {
    await store.save(expected, next, some);
    expected = next;
  };
  const savePart = async (): Promise<void> => {
    const { first, last } = cutCells(cells);
    for (const piece of [...first, last]) await save(encodeMarker({ ...nothing, part: (part += 1) }), piece);
    tell((written += cells.length));
    [cells, chars] = [[], 0];
  };
  for await (const line of lines) {
    cells.push(line);
    chars += line.hash.length + line.field.length + line.value.length;
    if (cells.length >= CALL_LIMITS.countMax || chars >= CALL_LIMITS.bytesMax) await savePart();
  }
  await savePart();
  await save(encodeMarker({ cluster, commit, timeMs, state }), []);
}
