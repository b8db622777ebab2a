/**
 * A recording while it is made: `<file>.part`, plain NDJSON, with the question that it answers in its first line, so that it can be gone on with
 * after an interruption. What has the name of the recording is whole.
 */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm, truncate } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { compressor } from '../../adapters/files/compression.js';
import { writing } from '../../adapters/files/writing.js';
import { lineJson } from '../../domain/json-text.js';
import { DragomanError } from '../../errors.js';

/** First line of a recording. */
export interface RecordingHead {
  readonly recording: 1;
  readonly made: string;
  /** What was asked for, as one text: another question does not go on with it. */
  readonly asked: string;
  /** By partition. */
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  readonly only?: string;
}

const partOf = (file: string): string => `${file}.part`;

/** Rows of a business are for whoever records them. */
const MODE = 0o600;

/** Characters that are written together. */
const FLUSH_CHARS = 1_000_000;

export class PartFile {
  readonly #file: string;
  readonly #out: FileHandle;
  #waiting: string[] = [];
  #chars = 0;

  private constructor(file: string, out: FileHandle) {
    this.#file = file;
    this.#out = out;
  }

  static async #open(file: string): Promise<PartFile> {
    return new PartFile(file, await writingPart(file, () => open(partOf(file), 'a', MODE)));
  }

  /** @throws DragomanError FILE_EXISTS, COMMAND_INVALID when there is no writing there */
  static async begin(file: string, head: RecordingHead): Promise<PartFile> {
    checkFree(file);
    if (existsSync(partOf(file)))
      throw new DragomanError(
        'FILE_EXISTS',
        `${partOf(file)} is there: a recording that was interrupted. Go on with it by --resume, or delete it.`,
      );
    const part = await PartFile.#open(file);
    await part.write(head);
    return part;
  }

  /**
   * Goes on with one that was interrupted; a line that was cut is taken away.
   * @param seen is given each line.
   * @throws DragomanError COMMAND_INVALID, FILE_EXISTS
   */
  static async resume(
    file: string,
    asked: string,
    seen: (line: unknown) => void,
  ): Promise<{ part: PartFile; head: RecordingHead }> {
    checkFree(file);
    if (!existsSync(partOf(file)))
      throw new DragomanError('COMMAND_INVALID', `There is no ${partOf(file)} to go on with. Leave --resume out.`);
    let head: RecordingHead | null = null;
    let whole = 0;
    for await (const { line, end } of linesOf(partOf(file))) {
      if (head === null) head = headOf(line);
      if (head === null) break;
      seen(JSON.parse(line));
      whole = end;
    }
    if (head?.asked !== asked)
      throw new DragomanError(
        'COMMAND_INVALID',
        `${partOf(file)} answers another question: other topics, times, filters, classes or rules. Give the same options, or delete it.`,
      );
    await writingPart(file, () => truncate(partOf(file), whole));
    return { part: await PartFile.#open(file), head };
  }

  /** One line. @throws DragomanError COMMAND_INVALID when there is no room */
  async write(line: object): Promise<void> {
    const text = `${lineJson(line)}\n`;
    this.#waiting.push(text);
    this.#chars += text.length;
    if (this.#chars >= FLUSH_CHARS) await this.#flush();
  }

  /** What was written stays, to be gone on with. */
  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#out.close();
    }
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const text = this.#waiting.join('');
    [this.#waiting, this.#chars] = [[], 0];
    await writingPart(this.#file, () => this.#out.appendFile(text));
  }

  /** Compressed as its name says, under its name. */
  async finish(): Promise<void> {
    await this.close();
    await writingPart(this.#file, async () => {
      const compress = await compressor(this.#file);
      if (compress === null) return rename(partOf(this.#file), this.#file);
      const zipped = `${partOf(this.#file)}.zipped`;
      await pipeline(createReadStream(partOf(this.#file)), compress, createWriteStream(zipped, { mode: MODE }));
      await rename(zipped, this.#file);
      await rm(partOf(this.#file));
    });
  }
}

const writingPart = <T>(file: string, write: () => Promise<T>): Promise<T> =>
  writing(file, `What was recorded stays in ${partOf(file)}: --resume goes on with it.`, write);

function checkFree(file: string): void {
  if (existsSync(file))
    throw new DragomanError(
      'FILE_EXISTS',
      `${file} is there, and nothing is overwritten. Name another file, or delete it.`,
    );
}

/** Whole lines, each with where it ends in the file. */
async function* linesOf(path: string): AsyncIterable<{ line: string; end: number }> {
  const total = { bytes: 0 };
  const input = createReadStream(path);
  input.on('data', (chunk) => (total.bytes += chunk.length));
  let end = 0;
  let waiting: string | null = null;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (waiting !== null) {
      end += Buffer.byteLength(waiting) + 1;
      yield { line: waiting, end };
    }
    waiting = line;
  }
  // The last one is whole only with its end of line.
  if (waiting !== null && total.bytes === end + Buffer.byteLength(waiting) + 1)
    yield { line: waiting, end: total.bytes };
}

function headOf(line: string): RecordingHead | null {
  try {
    const head = JSON.parse(line) as Partial<RecordingHead>;
    return head.recording === 1 && typeof head.asked === 'string' && head.ranges !== undefined
      ? (head as RecordingHead)
      : null;
  } catch {
    return null;
  }
}
