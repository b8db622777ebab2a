/**
 * What the frames of a Zstandard batch say of themselves, before any of it is decompressed: the window that a decoder has to keep, and how
 * long the content is. Nothing is trusted but the lengths, and those end with the bytes. Source: RFC 8878, 3.1.1.
 */

export interface ZstdFrame {
  /** Bytes; the whole content of a frame of one segment. */
  readonly window: number;
  /** Bytes; null: not said. */
  readonly content: number | null;
}

const MAGIC = 0xfd2fb528;
const [SKIPPABLE, SKIPPABLE_MASK] = [0x184d2a50, 0xfffffff0];
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_BYTES = [0, 2, 4, 8] as const;
const WINDOW_LOG_MIN = 10;
const RLE_BLOCK = 1;
const CHECKSUM_BYTES = 4;

/** In their order; those that are to be skipped are left out. @throws Error where a frame is none, or cut */
export function* zstdFrames(bytes: Buffer): Generator<ZstdFrame> {
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 5) throw new Error('a frame is cut');
    const magic = bytes.readUInt32LE(at);
    if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE) {
      if (bytes.length - at < 8) throw new Error('a frame is cut');
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== MAGIC) throw new Error('it is no Zstandard frame');
    const { frame, next, hasChecksum } = headOf(bytes, at + 4);
    yield frame;
    at = endOfBlocks(bytes, next) + (hasChecksum ? CHECKSUM_BYTES : 0);
  }
}

function headOf(bytes: Buffer, at: number): { frame: ZstdFrame; next: number; hasChecksum: boolean } {
  const descriptor = bytes.readUInt8(at);
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionaryBytes = DICTIONARY_ID_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
  const flag = (descriptor >> 6) as 0 | 1 | 2 | 3;
  const contentBytes = flag === 0 && isSingle ? 1 : CONTENT_BYTES[flag];
  const contentAt = at + 1 + (isSingle ? 0 : 1) + dictionaryBytes;
  const next = contentAt + contentBytes;
  if (next > bytes.length) throw new Error('a frame is cut');
  const content = contentOf(bytes, contentAt, contentBytes);
  const window = isSingle ? (content ?? 0) : windowOf(bytes.readUInt8(at + 1));
  return { frame: { window, content }, next, hasChecksum: (descriptor & 4) !== 0 };
}

function contentOf(bytes: Buffer, at: number, length: 0 | 1 | 2 | 4 | 8): number | null {
  if (length === 0) return null;
  if (length === 8) return Number(bytes.readBigUInt64LE(at));
  return bytes.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

/** Exponent and mantissa. Up to 3.75 TiB, so no shift. */
function windowOf(descriptor: number): number {
  const base = 2 ** (WINDOW_LOG_MIN + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function endOfBlocks(bytes: Buffer, first: number): number {
  for (let at = first; ;) {
    if (at + 3 > bytes.length) throw new Error('a frame is cut');
    const head = bytes.readUIntLE(at, 3);
    at += 3 + (((head >> 1) & 3) === RLE_BLOCK ? 1 : head >> 3);
    if ((head & 1) === 1) return at;
  }
}
