/**
 * Files by how they are compressed: read by their first bytes, whatever they are called; written by the end of their name. Zstandard is Node's
 * own from 22.15 on; before that it is read in JavaScript and written in WebAssembly, a frame for each chunk.
 */
import { Transform, type TransformCallback } from 'node:stream';
import * as zlib from 'node:zlib';
import { decompress } from 'fzstd';

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

interface Zstd {
  readonly zstdDecompressSync?: (bytes: Buffer) => Buffer;
  readonly createZstdCompress?: () => Transform;
}

const { zstdDecompressSync, createZstdCompress } = zlib as Zstd;

/** @param damaged what becomes of a file that begins like one and is none. */
export function uncompressed(bytes: Buffer, damaged: (form: string, cause: unknown) => never): Buffer {
  const isGzip = bytes.subarray(0, GZIP.length).equals(GZIP);
  if (!isGzip && !bytes.subarray(0, ZSTD.length).equals(ZSTD)) return bytes;
  try {
    if (isGzip) return zlib.gunzipSync(bytes);
    return zstdDecompressSync === undefined ? Buffer.from(decompress(bytes)) : zstdDecompressSync(bytes);
  } catch (cause) {
    return damaged(isGzip ? 'gzip' : 'Zstandard', cause);
  }
}

/** What compresses a file of this name; null: nothing does. */
export async function compressor(file: string): Promise<Transform | null> {
  if (file.endsWith('.gz')) return zlib.createGzip();
  if (!file.endsWith('.zst')) return null;
  if (createZstdCompress !== undefined) return createZstdCompress();
  const compress = await (wasm ??= loadWasm());
  return new Frames((bytes) => compress(bytes, ZSTD_LEVEL));
}

type Compress = (bytes: Uint8Array, level: number) => Uint8Array;

/** Made ready once: a second time would take the memory away from those who write. */
let wasm: Promise<Compress> | null = null;

async function loadWasm(): Promise<Compress> {
  const { init, compress } = await import('@bokuweb/zstd-wasm');
  await init();
  return compress;
}

const ZSTD_LEVEL = 3;
/** Content of one frame; a reader keeps about as much. */
const FRAME_BYTES = 4 * 1024 * 1024;

/** Frames one after the other are as one to every reader. */
class Frames extends Transform {
  readonly #compress: (bytes: Buffer) => Uint8Array;
  #waiting: Buffer[] = [];
  #bytes = 0;

  constructor(compress: (bytes: Buffer) => Uint8Array) {
    super();
    this.#compress = compress;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#waiting.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= FRAME_BYTES) this.#end();
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#end();
    done();
  }

  #end(): void {
    if (this.#bytes > 0) this.push(Buffer.from(this.#compress(Buffer.concat(this.#waiting))));
    this.#waiting = [];
    this.#bytes = 0;
  }
}
