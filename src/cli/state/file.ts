/**
 * A file of states: everything that Redis holds of one pipeline, as JSON lines.
 *
 *   {"dragoman":"state","v":1,"cluster":...,"namespace":...,"pipeline":...,"journal":[...]}    how far the states follow the journal
 *   {"state":"order:4711","is":{...}}                                                          one aggregate
 *   {"row":"oms.pay_txn:order:77","owner":"order:4711"}                                        one entry of the row index
 *   {"parked":"order:4711","code":"CODE_UNKNOWN"}                                              ("severity" and the like: as stored)
 *   {"end":{"states":1,"rows":1,"parked":1,"sha256":...}}                                      of all bytes before this line
 *
 * The values are row data in declared columns, perhaps personal: the file is for its owner alone (mode 0600).
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { DragomanError } from '../../errors.js';

export interface StateHead {
  readonly cluster: string;
  readonly namespace: string;
  readonly pipeline: string;
  readonly journal: readonly number[];
}

export type StateLine =
  | { readonly state: string; readonly is: unknown }
  | { readonly row: string; readonly owner: string }
  | { readonly parked: string; readonly code: string };

export interface StateCounts {
  readonly states: number;
  readonly rows: number;
  readonly parked: number;
}

const LAYOUT = 1;
const FLUSH_CHARS = 1 << 20;

const headSchema = z.strictObject({
  dragoman: z.literal('state'),
  v: z.literal(LAYOUT),
  cluster: z.string(),
  namespace: z.string(),
  pipeline: z.string(),
  journal: z.array(z.int().min(0)),
});
const endSchema = z.strictObject({
  end: z.strictObject({ states: z.number(), rows: z.number(), parked: z.number(), sha256: z.string() }),
});
const lineSchema = z.union([
  z.strictObject({ state: z.string(), is: z.unknown() }),
  z.strictObject({ row: z.string(), owner: z.string() }),
  z.strictObject({ parked: z.string(), code: z.string() }),
]);

/** Writes beside the file first, so that what bears its name is whole. */
export class StateFileWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  readonly #counts = { states: 0, rows: 0, parked: 0 };
  #waiting = '';

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async create(path: string, head: StateHead): Promise<StateFileWriter> {
    await rm(partial(path), { force: true });
    const writer = new StateFileWriter(path, await open(partial(path), 'wx', 0o600));
    await writer.#put(JSON.stringify({ dragoman: 'state', v: LAYOUT, ...head }));
    return writer;
  }

  /** @param text the state as JSON. */
  state(key: string, text: string): Promise<void> {
    this.#counts.states += 1;
    return this.#put(`{"state":${JSON.stringify(key)},"is":${text}}`);
  }

  row(row: string, owner: string): Promise<void> {
    this.#counts.rows += 1;
    return this.#put(JSON.stringify({ row, owner }));
  }

  parked(aggregate: string, code: string): Promise<void> {
    this.#counts.parked += 1;
    return this.#put(JSON.stringify({ parked: aggregate, code }));
  }

  async end(): Promise<StateCounts> {
    await this.#flush();
    const end = { ...this.#counts, sha256: this.#hash.digest('hex') };
    await this.#file.appendFile(`${JSON.stringify({ end })}\n`);
    await this.#file.sync();
    await this.#file.close();
    await rename(partial(this.#path), this.#path);
    return this.#counts;
  }

  async abandon(): Promise<void> {
    await this.#file.close();
    await rm(partial(this.#path), { force: true });
  }

  async #put(line: string): Promise<void> {
    this.#waiting += `${line}\n`;
    if (this.#waiting.length >= FLUSH_CHARS) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = '';
    this.#hash.update(bytes);
    await this.#file.appendFile(bytes);
  }
}

const partial = (path: string): string => `${path}.part`;

/** Reads all of a file without keeping it. @throws DragomanError STATE_FILE_INVALID when it is damaged, cut or none. */
export async function checkStateFile(
  path: string,
): Promise<{ readonly head: StateHead; readonly counts: StateCounts }> {
  const hash = createHash('sha256');
  const counts = { states: 0, rows: 0, parked: 0 };
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
    if (head === null) head = headOf(text, path);
    else counts[kindOf(lineOf(text, path, number))] += 1;
  }
  if (head === null) throw invalid(path, 'is empty');
  if (end === null) throw invalid(path, `was cut: it has ${number} lines and no end`);
  if (hash.digest('hex') !== end.sha256) throw invalid(path, 'was changed: its checksum is another');
  const isWhole = counts.states === end.states && counts.rows === end.rows && counts.parked === end.parked;
  if (!isWhole) throw invalid(path, 'has other counts than its end says');
  return { head, counts };
}

/** Of a file that was checked: everything between head and end. */
export async function* stateLines(path: string): AsyncIterable<StateLine> {
  let number = 0;
  for await (const text of linesOf(path)) {
    number += 1;
    if (number > 1 && !text.startsWith('{"end":')) yield lineOf(text, path, number);
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
  const { cluster, namespace, pipeline, journal } = parsed(headSchema, text, path, 1);
  return { cluster, namespace, pipeline, journal };
}

const lineOf = (text: string, path: string, number: number): StateLine => parsed(lineSchema, text, path, number);

const kindOf = (line: StateLine): keyof StateCounts => ('state' in line ? 'states' : 'row' in line ? 'rows' : 'parked');

function parsed<T>(schema: z.ZodType<T>, text: string, path: string, number: number): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw invalid(path, `is damaged, or of another version, in line ${number}`, cause);
  }
}

const invalid = (path: string, how: string, cause?: unknown): DragomanError =>
  new DragomanError(
    'STATE_FILE_INVALID',
    `The state file ${path} ${how}. Nothing was written; take another copy of it.`,
    {
      cause,
    },
  );
