/**
 * A file of states: everything that Redis holds of one pipeline, as JSON lines, shard after shard.
 *
 *   {"dragoman":"state","v":3,"cluster":...,"namespace":...,"pipeline":...,
 *    "topic":...,"shards":[{"commit":...,"timeMs":...,"state":[...]}]}      how far the cells of each shard follow the state topic, and its id
 *   {"shard":0}                                                             whose cells come from here on
 *   {"hash":"order:4711","field":"roms.pay_txn\t77","value":"..."}          one cell
 *   {"end":{"aggregates":1,"cells":1,"sha256":...}}                         of all bytes before this line
 *
 * The values are row data in declared columns, perhaps personal: the file is for its owner alone (mode 0600).
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { writing } from '../../adapters/files/writing.js';
import { lineJson } from '../../domain/json-text.js';
import { DragomanError } from '../../errors.js';
import type { Moved } from '../../pipeline/moving/moved.js';
import { TAIL_MAX } from '../../pipeline/moving/places.js';
import { decodeFootprint } from '../../pipeline/progress/footprint.js';
import { decodeProgress } from '../../pipeline/progress/progress.js';
import type { MarkerContent } from '../../pipeline/state/marker.js';
import type { AllLeft } from './move/inputs.js';

export interface StateHead extends Pick<MarkerContent, 'cluster'> {
  readonly namespace: string;
  readonly pipeline: string;
  /** Id of the state topic. */
  readonly topic: string;
  /** All of the pipeline. */
  readonly shards: readonly ShardHead[];
}

export interface ShardHead extends Pick<MarkerContent, 'commit' | 'timeMs' | 'state'> {
  /** How far the shard was, to go on elsewhere (`move/`); absent in a copy. */
  readonly moved?: MovedHead;
}

export interface MovedHead {
  /** As the progress topic had them. */
  readonly progress: string;
  readonly footprint: string;
  /** Where each input partition was left. */
  readonly left: AllLeft;
}

/** Offsets of topics that were not read any more go no further. @throws DragomanError PROGRESS_LOST */
export function movedOf({ progress: text, footprint, left }: MovedHead): Moved {
  const progress = decodeProgress(text);
  const offsets = new Map([...progress.offsets].filter(([partition]) => partition in left));
  return { progress: { ...progress, offsets }, footprint: decodeFootprint(footprint) };
}

/** A cell that is there. */
export interface StateLine {
  readonly shard: number;
  readonly hash: string;
  readonly field: string;
  readonly value: string;
}

export interface StateCounts {
  readonly aggregates: number;
  readonly cells: number;
}

const LAYOUT = 3;
const FLUSH_CHARS = 1 << 20;

const count = z.int().min(0);
const headSchema = z.strictObject({
  dragoman: z.literal('state'),
  v: z.literal(LAYOUT),
  cluster: z.string(),
  namespace: z.string(),
  pipeline: z.string(),
  topic: z.string(),
  shards: z
    .array(
      z.strictObject({
        commit: count,
        timeMs: count,
        state: z.array(count),
        moved: z
          .strictObject({
            progress: z.string(),
            footprint: z.string(),
            left: z.record(
              z.string(),
              z.strictObject({
                offset: count,
                timestampMs: z.int().nullable(),
                tail: z.array(z.string()).max(TAIL_MAX),
              }),
            ),
          })
          .exactOptional(),
      }),
    )
    .min(1),
});
const shardSchema = z.strictObject({ shard: count });
const endSchema = z.strictObject({ end: z.strictObject({ aggregates: count, cells: count, sha256: z.string() }) });
const cellSchema = z.strictObject({ hash: z.string(), field: z.string(), value: z.string() });

/** Writes beside the file first, so that what bears its name is whole. @throws DragomanError COMMAND_INVALID when there is no writing there. */
export class StateFileWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  readonly #counts = { aggregates: 0, cells: 0 };
  #waiting: string[] = [];
  #chars = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async create(path: string, head: StateHead): Promise<StateFileWriter> {
    const file = await writing(`--to ${path}`, NOTHING_LEFT, async () => {
      await rm(partial(path), { force: true });
      return open(partial(path), 'wx', 0o600);
    });
    const writer = new StateFileWriter(path, file);
    await writer.#put({ dragoman: 'state', v: LAYOUT, ...head });
    return writer;
  }

  /** What is put from here on is of this one; all of them, in their order. */
  begin(shard: number): Promise<void> {
    return this.#put({ shard });
  }

  /** Cells of a hash. */
  async put(hash: string, fields: Iterable<readonly [field: string, value: string]>): Promise<void> {
    for (const [field, value] of fields) {
      counted(this.#counts, { hash, field });
      await this.#put({ hash, field, value });
    }
  }

  async end(): Promise<StateCounts> {
    await this.#flush();
    const end = { ...this.#counts, sha256: this.#hash.digest('hex') };
    await writing(`--to ${this.#path}`, NOTHING_LEFT, async () => {
      await this.#file.appendFile(`${JSON.stringify({ end })}\n`);
      await this.#file.sync();
      await this.#file.close();
      await rename(partial(this.#path), this.#path);
    });
    return this.#counts;
  }

  async abandon(): Promise<void> {
    await this.#file.close();
    await rm(partial(this.#path), { force: true });
  }

  async #put(line: object): Promise<void> {
    const text = lineJson(line);
    this.#waiting.push(text);
    this.#chars += text.length;
    if (this.#chars >= FLUSH_CHARS) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.from(`${this.#waiting.join('\n')}\n`);
    [this.#waiting, this.#chars] = [[], 0];
    this.#hash.update(bytes);
    await writing(`--to ${this.#path}`, NOTHING_LEFT, () => this.#file.appendFile(bytes));
  }
}

const NOTHING_LEFT = 'Nothing is left there.';

const partial = (path: string): string => `${path}.part`;

/** An aggregate has one memory: the cell whose field is empty. */
function counted(
  counts: { -readonly [K in keyof StateCounts]: number },
  { hash, field }: Pick<StateLine, 'hash' | 'field'>,
): void {
  counts.cells += 1;
  if (field === '' && !hash.startsWith('~')) counts.aggregates += 1;
}

/** Tells of which shard each cell is. */
class Shards {
  readonly #path: string;
  #at = -1;

  constructor(path: string) {
    this.#path = path;
  }

  /** @returns null: the line says whose cells come. @throws DragomanError STATE_FILE_INVALID */
  lineOf(text: string, number: number): StateLine | null {
    if (text.startsWith('{"shard":')) {
      const { shard } = parsed(shardSchema, text, this.#path, number);
      if (shard !== this.#at + 1) throw invalid(this.#path, `has shard ${shard} out of its order, in line ${number}`);
      this.#at = shard;
      return null;
    }
    if (this.#at === -1) throw invalid(this.#path, `does not say of which shard line ${number} is`);
    return { shard: this.#at, ...parsed(cellSchema, text, this.#path, number) };
  }

  /** Whether so many were there. */
  isAll(count: number): boolean {
    return this.#at === count - 1;
  }
}

/** Reads all of a file without keeping it. @throws DragomanError STATE_FILE_INVALID when it is damaged, cut or none. */
export async function checkStateFile(
  path: string,
): Promise<{ readonly head: StateHead; readonly counts: StateCounts }> {
  const hash = createHash('sha256');
  const counts = { aggregates: 0, cells: 0 };
  const shards = new Shards(path);
  let head: StateHead | null = null;
  let end: z.output<typeof endSchema>['end'] | null = null;
  let number = 0;
  for await (const text of linesOf(path)) {
    number += 1;
    if (end !== null) throw invalid(path, `goes on after its end, in line ${number}`);
    if (text.startsWith('{"end":')) {
      end = parsed(endSchema, text, path, number).end;
      continue;
    }
    hash.update(`${text}\n`);
    const line = head === null ? null : shards.lineOf(text, number);
    head ??= headOf(text, path);
    if (line !== null) counted(counts, line);
  }
  if (head === null) throw invalid(path, 'is empty');
  if (end === null) throw invalid(path, `was cut: it has ${number} lines and no end`);
  if (!shards.isAll(head.shards.length)) throw invalid(path, `lacks some of its ${head.shards.length} shards`);
  if (hash.digest('hex') !== end.sha256) throw invalid(path, 'was changed: its checksum is another');
  if (counts.cells !== end.cells || counts.aggregates !== end.aggregates)
    throw invalid(path, 'has other counts than its end says');
  return { head, counts };
}

/** Of a file that was checked: all cells, or those of one shard. */
export async function* stateLines(path: string, shard?: number): AsyncIterable<StateLine> {
  const shards = new Shards(path);
  let number = 0;
  for await (const text of linesOf(path)) {
    number += 1;
    const line = number === 1 || text.startsWith('{"end":') ? null : shards.lineOf(text, number);
    if (line !== null && (shard === undefined || line.shard === shard)) yield line;
  }
}

async function* linesOf(path: string): AsyncIterable<string> {
  try {
    yield* createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  } catch (cause) {
    throw new DragomanError('STATE_FILE_INVALID', `${path} cannot be read.`, { cause });
  }
}

function headOf(text: string, path: string): StateHead {
  const found = versionOf(text);
  if (found !== null && found !== LAYOUT)
    throw invalid(path, `has layout ${found}, written by another version of Dragoman; this one reads layout ${LAYOUT}`);
  const { cluster, namespace, pipeline, topic, shards } = parsed(headSchema, text, path, 1);
  return { cluster, namespace, pipeline, topic, shards };
}

/** Null: it is no file of states. */
function versionOf(text: string): number | null {
  const version = /^\{"dragoman":"state","v":(\d+)/.exec(text)?.[1];
  return version === undefined ? null : Number(version);
}

function parsed<T>(schema: z.ZodType<T>, text: string, path: string, number: number): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw invalid(path, `is damaged, or no file of states, in line ${number}`, cause);
  }
}

const invalid = (path: string, how: string, cause?: unknown): DragomanError =>
  new DragomanError(
    'STATE_FILE_INVALID',
    `The state file ${path} ${how}. Nothing was written; take another copy of it.`,
    { cause },
  );
