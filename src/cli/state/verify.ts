/**
 * `dragoman state verify`: Redis against the state topic, cell by cell, of every shard: each has to be as the last record of its key says, and
 * to be in the shard that owns its aggregate. The pipeline
 * may run meanwhile: what looks wrong at first is held against what the topic says up to the marker at which it is looked at again.
 */
import type { Shard } from '../../domain/shard.js';
import { DragomanError } from '../../errors.js';
import type { Cell } from '../../pipeline/ports.js';
import { cellKey, cellOf, isKeptBy } from '../../pipeline/state/cells.js';
import type { MarkerContent } from '../../pipeline/state/marker.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { ofEach, type OfShard } from '../operator/shards.js';
import { withStores } from '../operator/reading/stored-states.js';
import { CELLS_PER_PASS, CellHashes, type Difference, type Pass } from './hashes.js';
import { type ShardTopic, type StateTopic, withStateTopic } from './opened.js';
import { progressWords } from './progress-words.js';
import { allHashes, cellsIn, type ScannedStore, whole } from './steady.js';

/** `foreign`: of an aggregate that another shard owns. */
type Kind = Difference | 'foreign';

/** What differs, with the first names of each kind. */
export class Differences {
  readonly #kinds = new Map<Kind, { count: number; examples: string[] }>();

  add(kind: Kind, key: string): void {
    const known = this.#kinds.get(kind) ?? { count: 0, examples: [] };
    known.count += 1;
    if (known.examples.length < EXAMPLES_MAX) known.examples.push(key);
    this.#kinds.set(kind, known);
  }

  get all(): { readonly kind: Kind; readonly count: number; readonly examples: readonly string[] }[] {
    return [...this.#kinds].map(([kind, found]) => ({ kind, ...found }));
  }
}

const EXAMPLES_MAX = 10;
/** What looks wrong, until it is looked at again. */
const SUSPECTS_MAX = 1_000;

export async function stateVerifyCommand(options: OperatorOptions): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const { shards, findings, ...total } = await withStateTopic(config, pipeline, (topic) =>
    withStores(config, pipeline, (stores) => verifyAll(topic, stores)),
  );
  const result = { schema: 'dragoman.cli/state-verify@3', pipeline, ...total, shards, findings };
  if (options.json === true) await print(JSON.stringify(result));
  else for (const { kind, count, examples } of findings) await print(`${kind}: ${count} (${examples.join(', ')})`);
  for (const { task, cells, aggregates, commit, state } of shards) {
    const upTo = `Kafka transaction ${commit}, offsets ${state.join(',')}`;
    say(`${task}: ${cells} cells of ${aggregates} aggregates were compared with the state topic up to ${upTo}`);
  }
  if (findings.length === 0) return EXIT.ok;
  say(
    'Redis is not what the state topic says. Stop the pipeline, delete its keys in Redis, and start it: all is restored.',
  );
  return EXIT.findings;
}

export interface VerifyReport {
  readonly cells: number;
  readonly aggregates: number;
  /** Kafka transaction up to which was compared at last, and the offsets of the state topic after it. */
  readonly commit: number;
  readonly state: readonly number[];
}

export interface VerifiedShard extends OfShard {
  readonly store: ScannedStore;
}

/** Everything that a pipeline keeps. @throws DragomanError what {@link verify} throws, with the name of the shard */
export async function verifyAll(topic: Pick<StateTopic, 'of'>, stores: readonly VerifiedShard[]) {
  const found = new Differences();
  const shards = await ofEach(stores, async (one) => ({
    task: one.task,
    ...(await verify(topic.of(one.shard), one, found)),
  }));
  const sum = (of: (report: VerifyReport) => number): number => shards.reduce((all, shard) => all + of(shard), 0);
  const total = { cells: sum(({ cells }) => cells), aggregates: sum(({ aggregates }) => aggregates) };
  return { ...total, shards, findings: found.all };
}

/**
 * What one shard keeps.
 * @param found what differs is added to it.
 * @throws DragomanError MARKER_AHEAD, STATE_DAMAGED, COMMAND_REFUSED when it has to be repeated.
 */
export async function verify(
  topic: ShardTopic,
  { store, shard }: Pick<VerifiedShard, 'store' | 'shard'>,
  found: Differences,
  cellsPerPass = CELLS_PER_PASS,
): Promise<VerifyReport> {
  const total = { cells: 0, aggregates: 0 };
  let place = await whole(store, 0, (_, content) => Promise.resolve(content));
  checkPlace(topic, place, await topic.ends());
  const records = place.state.reduce((sum, end, partition) => sum + end - (topic.begin[partition] ?? 0), 0);
  const passes = Math.max(1, Math.ceil(records / cellsPerPass));
  for (let number = 0; number < passes; number += 1) {
    const comparison = new Comparison(topic, { store, shard, found }, place);
    const seen = await comparison.run({ number, of: passes }, Math.min(records, cellsPerPass));
    total.cells += seen.cells;
    total.aggregates += seen.aggregates;
    place = comparison.place;
  }
  return { ...total, commit: place.commit, state: place.state };
}

/** @throws DragomanError MARKER_AHEAD */
function checkPlace({ cluster }: ShardTopic, place: MarkerContent, ends: readonly number[]): void {
  const isAhead = place.state.some((offset, partition) => offset > (ends[partition] ?? 0));
  if (place.cluster === cluster && place.state.length === ends.length && !isAhead) return;
  throw new DragomanError(
    'MARKER_AHEAD',
    `Redis follows a state topic that is not this one (cluster ${place.cluster}, offsets ${place.state.join(',')}; here ${cluster}, ` +
      `${ends.join(',')}). Point redis.url to the right instance, or delete the keys of this pipeline to rebuild them.`,
    { details: { marker: place, cluster, ends } },
  );
}

/** One pass over everything. */
class Comparison {
  readonly #topic: ShardTopic;
  readonly #store: ScannedStore;
  readonly #shard: Shard;
  readonly #found: Differences;
  /** Up to where the topic is known. */
  #place: MarkerContent;
  #hashes = new CellHashes(0);
  readonly #suspects = new Map<string, Cell>();

  constructor(
    topic: ShardTopic,
    { store, shard, found }: Pick<VerifiedShard, 'store' | 'shard'> & { readonly found: Differences },
    place: MarkerContent,
  ) {
    this.#topic = topic;
    this.#store = store;
    this.#shard = shard;
    this.#found = found;
    this.#place = place;
  }

  get place(): MarkerContent {
    return this.#place;
  }

  async run(pass: Pass, cells: number): Promise<Pick<VerifyReport, 'cells' | 'aggregates'>> {
    this.#hashes = new CellHashes(cells, pass);
    await this.#learn(this.#topic.begin, this.#place.state);
    const seen = await this.#compareStore();
    await this.#lookAgain();
    await this.#compareTopic();
    await this.#lookAgain();
    return seen;
  }

  async #compareStore(): Promise<{ cells: number; aggregates: number }> {
    const tell = progressWords('cells compared');
    const seen = { cells: 0, aggregates: 0 };
    for await (const part of allHashes(this.#store, this.#place.commit)) {
      for (const cell of cellsIn(part)) {
        if (!this.#hashes.isOfPass(cell)) continue;
        seen.cells += 1;
        if (isMemory(cell)) seen.aggregates += 1;
        if (!isKeptBy(this.#shard, cell)) this.#found.add('foreign', cellKey(cell));
        if (!this.#hashes.isAsKnown(cell)) await this.#suspect(cell);
      }
      tell(seen.cells);
    }
    return seen;
  }

  /** What the topic has and Redis was not seen to have is read again, for its names. */
  async #compareTopic(): Promise<void> {
    for await (const records of this.#topic.read(this.#topic.begin, this.#place.state))
      for (const record of records) if (this.#hashes.isUnseen(record.key)) await this.#suspect(cellOf(record));
  }

  async #suspect(cell: Cell): Promise<void> {
    this.#suspects.set(cellKey(cell), cell);
    if (this.#suspects.size >= SUSPECTS_MAX) await this.#lookAgain();
  }

  /** Under one marker, and then the topic is read up to it: so nothing that only moves is called different. */
  async #lookAgain(): Promise<void> {
    if (this.#suspects.size === 0) return;
    const cells = [...this.#suspects.values()];
    this.#suspects.clear();
    const { now, place } = await whole(this.#store, this.#place.commit, async (marker, content) => ({
      now: await valuesOf(cells, (hash, fields) => this.#store.loadFields(marker, hash, fields)),
      place: content,
    }));
    await this.#learn(this.#place.state, place.state);
    this.#place = place;
    for (const cell of now) {
      const kind = this.#hashes.difference(cell);
      if (kind !== null) this.#found.add(kind, cellKey(cell));
    }
  }

  async #learn(from: readonly number[], to: readonly number[]): Promise<void> {
    for await (const records of this.#topic.read(from, to)) this.#hashes.learn(records);
  }
}

const isMemory = ({ hash, field }: Cell): boolean => field === '' && !hash.startsWith('~');

/** All asked at once: the marker stands only so long. */
const valuesOf = (
  cells: readonly Cell[],
  load: (hash: string, fields: readonly string[]) => Promise<readonly (string | null)[]>,
): Promise<Cell[]> =>
  Promise.all(
    cells.map(async ({ hash, field }) => {
      const [value = null] = await load(hash, [field]);
      return { hash, field, value };
    }),
  );
