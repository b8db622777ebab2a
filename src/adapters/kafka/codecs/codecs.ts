/**
 * Record batches are read however a producer, or the topic's `compression.type`, has compressed them: kafkajs brings gzip alone. Nothing
 * is compressed here. A batch is not trusted: what it may become is bounded. Framing as Kafka has it: gzip, Zstandard and LZ4 as their
 * own frames, Snappy as blocks inside of the frame of `snappy-java` (Java client), or as one bare block (librdkafka).
 * Source: https://kafka.apache.org/documentation/#recordbatch, `org.apache.kafka.common.compress`.
 */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import kafkajs from 'kafkajs';
import lz4 from 'lz4js';
import snappy from 'snappyjs';
import { DragomanError } from '../../../errors.js';
import { zstdFrames } from './zstd-frames.js';

/** `compression.type` of a topic, as far as its batches can be read. `producer`: as they came. */
export const READABLE_COMPRESSION: readonly string[] = ['uncompressed', 'producer', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Bytes of one batch, decompressed. Producers fill batches by their compressed size: a megabyte may well become fifty. */
export const BATCH_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Of what was decompressed, as much is kept as a Zstandard frame says, before its first byte is there. The limit of zstd's own decoders
 * (2^27), so of the brokers and of Java's clients: no level goes beyond it unless somebody asks for long distances.
 */
export const ZSTD_WINDOW_BYTES_MAX = 128 * 1024 * 1024;

type Decompressor = (bytes: Buffer, bytesMax: number) => Promise<Buffer> | Buffer;
type NodeDecompressor = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const gunzip = promisify(zlib.gunzip) as NodeDecompressor;
/** From Node 22.15 on; it is faster. */
const { zstdDecompress } = zlib as { readonly zstdDecompress?: typeof zlib.gunzip };
const unzstd = zstdDecompress === undefined ? null : (promisify(zstdDecompress) as NodeDecompressor);

/** By the name that `compression.type` has for it. */
export const DECOMPRESSORS = {
  gzip: (bytes, bytesMax) => gunzip(bytes, { maxOutputLength: bytesMax }),
  snappy: (bytes, bytesMax) => unsnappy(bytes, bytesMax),
  lz4: (bytes, bytesMax) => unlz4(bytes, bytesMax),
  zstd: (bytes, bytesMax) => {
    checkFrames(bytes, bytesMax);
    return unzstd === null ? unzstdHere(bytes, bytesMax) : unzstd(bytes, { maxOutputLength: bytesMax });
  },
} satisfies Readonly<Record<string, Decompressor>>;

export type Codec = keyof typeof DECOMPRESSORS;

/** @throws DragomanError RECORD_UNDECODABLE naming the codec. */
export async function decompress(codec: Codec, bytes: Buffer, bytesMax = BATCH_BYTES_MAX): Promise<Buffer> {
  try {
    return await DECOMPRESSORS[codec](bytes, bytesMax);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DragomanError(
      'RECORD_UNDECODABLE',
      `A record batch of ${bytes.length} bytes, compressed with ${codec}, cannot be decompressed into at most ${bytesMax} bytes: ${why}. ` +
        'See who wrote it, and with which settings; nothing after it in its partition is read.',
      { details: { codec, bytes: bytes.length } },
    );
  }
}

/** Their numbers in the attributes of a record batch. */
const TYPES = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const satisfies Readonly<Record<Codec, number>>;

/** So that every client of this process reads them. */
export function registerCodecs(): void {
  const { CompressionCodecs } = kafkajs;
  for (const [codec, type] of Object.entries(TYPES) as [Codec, (typeof TYPES)[Codec]][]) {
    CompressionCodecs[type] = () => ({
      compress: () => Promise.reject(new DragomanError('INVARIANT_BROKEN', 'Nothing is written compressed.')),
      decompress: (bytes: Buffer) => decompress(codec, bytes),
    });
  }
}

/** Magic, version, compatible version; then blocks, each behind its length. */
const FRAME = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const FRAME_HEAD_BYTES = 16;

function unsnappy(bytes: Buffer, bytesMax: number): Buffer {
  if (!bytes.subarray(0, FRAME.length).equals(FRAME)) return asBuffer(snappy.uncompress(bytes, bytesMax));
  const blocks: Buffer[] = [];
  let left = bytesMax;
  for (let at = FRAME_HEAD_BYTES; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) throw new Error('it is cut');
    const block = snappy.uncompress(bytes.subarray(at + 4, end), left);
    left -= block.length;
    blocks.push(block);
    at = end;
  }
  return Buffer.concat(blocks);
}

/** Of a frame no more is known before than the number of its blocks, of which each, and its end, count as whole: up to 4 MiB. */
const LZ4_SLACK_BYTES = 2 * 4 * 1024 * 1024;

function unlz4(bytes: Buffer, bytesMax: number): Buffer {
  const bound = lz4.decompressBound(bytes);
  const batch = bound > bytesMax + LZ4_SLACK_BYTES ? null : asBuffer(lz4.decompress(bytes, bound));
  if (batch !== null && batch.length <= bytesMax) return batch;
  throw new Error(`more than ${bytesMax} bytes`);
}

/** Before memory is taken for it. */
function checkFrames(bytes: Buffer, bytesMax: number): void {
  for (const { window, content } of zstdFrames(bytes)) {
    if (content !== null && content > bytesMax) throw new Error(`a frame says that it becomes ${content} bytes`);
    if (window > ZSTD_WINDOW_BYTES_MAX)
      throw new Error(
        `a frame says that ${window} bytes have to be kept (its window), and at most ${ZSTD_WINDOW_BYTES_MAX} are, as in zstd's own decoders; ` +
          'its producer must not use long distances (windowLog above 27)',
      );
  }
}

/** In JavaScript. */
function unzstdHere(bytes: Buffer, bytesMax: number): Buffer {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stream = new Decompress((chunk) => {
    length += chunk.length;
    if (length > bytesMax) throw new Error(`more than ${bytesMax} bytes`);
    chunks.push(chunk);
  });
  stream.push(bytes, true);
  return Buffer.concat(chunks);
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
