/**
 * `dragoman state import`: a file of `state export` into a Redis that is empty or lost everything. When the pipeline runs next it copies
 * the rest out of the state topic. Broken off at any instant, Redis counts as lost, and the next start restores it from the whole topic.
 */
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { invariant } from '../../invariant.js';
import type { Cell, Marker, StateStore } from '../../pipeline/ports.js';
import { MARKER_AGE_MAX_MS } from '../../pipeline/recover/recovery.js';
import { CALL_LIMITS, cutCells } from '../../pipeline/state/cutting.js';
import { encodeMarker, type MarkerContent } from '../../pipeline/state/marker.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { ofEach, type OfShard, shardsIn } from '../operator/shards.js';
import { withStores } from '../operator/reading/stored-states.js';
import { checkStateFile, type StateHead, stateLines } from './file.js';
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
    const { length: shards } = shardsIn(config, pipeline);
    checkOrigin(head, { config, pipeline, shards, topic, nowMs: Date.now() }, options.from);
    return withStores(config, pipeline, async (stores) => {
      await makeRoom(stores, options);
      for (const [i, { store }] of stores.entries()) await fill(store, placeIn(head, i), stateLines(options.from, i));
    });
  });
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/state-import@3', ...head, ...counts }));
  say(`${counts.aggregates} aggregates in ${counts.cells} cells are in Redis.`);
  say('The rest of the state topic is copied when the pipeline runs next.');
  return EXIT.ok;
}

interface Place {
  readonly config: Pick<Config, 'namespace'>;
  readonly pipeline: string;
  /** How many it has. */
  readonly shards: number;
  readonly topic: Pick<StateTopic, 'cluster' | 'id' | 'end' | 'members'>;
  readonly nowMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Pure. @throws DragomanError STATE_FILE_INVALID, SHARDS_CHANGED, COMMAND_REFUSED */
export function checkOrigin(
  head: StateHead,
  { config, pipeline, shards: count, topic, nowMs }: Place,
  path: string,
): void {
  const other = (what: string, there: string, here: string): DragomanError =>
    new DragomanError(
      'STATE_FILE_INVALID',
      `The state file ${path} belongs to another ${what} (${there}; here ${here}). Its states would be wrong here.`,
    );
  const { shards } = head;
  if (shards.some(({ moved }) => moved !== undefined)) throw movedFile(path);
  if (head.cluster !== topic.cluster) throw other('Kafka cluster', head.cluster, topic.cluster);
  if (head.namespace !== config.namespace) throw other('namespace', head.namespace, config.namespace);
  if (head.pipeline !== pipeline) throw other('pipeline', head.pipeline, pipeline);
  if (head.topic !== topic.id) throw other('state topic of the same name', `id ${head.topic}`, topic.id);
  if (shards.length !== count) throw otherShards(path, shards.length, count);
  for (const { state, timeMs } of shards) {
    const isAhead = state.some((offset, partition) => offset > (topic.end[partition] ?? 0));
    if (isAhead || state.length !== topic.end.length)
      throw other('state topic', `offsets ${state.join()}`, `it ends at ${topic.end.join()}`);
    if (nowMs - timeMs > MARKER_AGE_MAX_MS) throw tooOld(path, timeMs, nowMs);
  }
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

const otherShards = (path: string, there: number, here: number): DragomanError =>
  new DragomanError(
    'SHARDS_CHANGED',
    `The state file ${path} is of a pipeline with ${there} ${there === 1 ? 'shard' : 'shards'}, and the config says ${here}. It is a copy of what ` +
      'Redis held beside the state topic, and each shard follows its own partitions there. Nothing was written; another number of shards is ' +
      'taken by `state move-out` and `state move-in` (docs/shards.md).',
    { details: { there, here } },
  );

const tooOld = (path: string, timeMs: number, nowMs: number): DragomanError =>
  new DragomanError(
    'STATE_FILE_INVALID',
    `The state file ${path} is ${Math.floor((nowMs - timeMs) / DAY_MS)} days old; at most ${MARKER_AGE_MAX_MS / DAY_MS} are allowed, because ` +
      'the state topic forgets what is gone. Nothing was written; start the pipeline without it: all is restored from the topic.',
  );

type FilledStore = Pick<StateStore, 'marker' | 'save'> & { clear(): Promise<void> | void };

type Cleared = OfShard & { readonly store: Pick<StateStore, 'marker'> & Pick<FilledStore, 'clear'> };

/** In all of them, or in none. @throws DragomanError COMMAND_REFUSED */
export async function makeRoom(stores: readonly Cleared[], { replace }: Pick<ImportOptions, 'replace'>): Promise<void> {
  const markers = await ofEach(stores, ({ store }) => store.marker());
  if (markers.some((marker) => marker !== null) && replace !== true) {
    throw new DragomanError(
      'COMMAND_REFUSED',
      'Redis holds states of this pipeline. To write the file in their place, say --replace: they are deleted first. Nothing was changed.',
    );
  }
  await ofEach(stores, async ({ store }) => store.clear());
}

type FilledTo = Pick<MarkerContent, 'cluster' | 'commit' | 'timeMs' | 'state'>;

/** @param shard one of those that the file has. */
export function placeIn({ cluster, shards }: StateHead, shard: number): FilledTo {
  const head = shards[shard];
  invariant(head !== undefined, 'the file has every shard of the pipeline', { shard, shards: shards.length });
  const { commit, timeMs, state } = head;
  return { cluster, commit, timeMs, state };
}

/** Until the last write the marker says that nothing of the topic is there, and is older than any that is built upon. */
export async function fill(
  store: Pick<FilledStore, 'save'>,
  { cluster, commit, timeMs, state }: FilledTo,
  lines: AsyncIterable<Cell>,
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
    chars += line.hash.length + line.field.length + (line.value?.length ?? 0);
    if (cells.length >= CALL_LIMITS.countMax || chars >= CALL_LIMITS.bytesMax) await savePart();
  }
  await savePart();
  await save(encodeMarker({ cluster, commit, timeMs, state }), []);
}
