/**
 * Records of the state topic -> packed cells, cut for calls to the store. Of millions of records none becomes an object: where a key is as
 * nearly all are, hash and field are found in its bytes, and the value is copied as it is. Whatever is not so is read like any cell.
 */
import { PackedTexts } from '../../domain/state/packed-texts.js';
import type { PackedCells, RecordCursor } from '../ports.js';
import { cellOf, checkHash } from '../state/cells.js';
import { CALL_LIMITS, type CallLimits } from '../state/cutting.js';

/** What one call copies. */
export interface Piece {
  readonly cells: readonly PackedCells[];
  /** Offset of the first record, and the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** Memories of aggregates among the cells, which each of their decisions writes. */
  readonly memories: number;
}

/** @throws DragomanError STATE_DAMAGED */
export function* pieces(records: RecordCursor, limits: CallLimits = CALL_LIMITS): Generator<Piece> {
  const packing = new Packing(records);
  let piece = new OpenPiece(packing.texts);
  while (records.next()) {
    const bytes = records.keyEnd - records.keyBegin + Math.max(0, records.valueEnd - records.valueBegin);
    if (piece.count > 0 && (piece.count === limits.countMax || piece.bytes + bytes > limits.bytesMax)) {
      yield piece.closed();
      piece = new OpenPiece(packing.texts);
    }
    packing.add(piece, bytes);
  }
  if (piece.count > 0) yield piece.closed();
}

/** Cells of one hash that go one way, one behind the other, are one entry. */
class OpenPiece {
  readonly #texts: PackedTexts;
  readonly #cells: PackedCells[] = [];
  #hash: string | null = null;
  #isGone = false;
  #begin = 0;
  #inHash = 0;
  #from = 0;
  #to = 0;
  count = 0;
  bytes = 0;
  memories = 0;

  constructor(texts: PackedTexts) {
    this.#texts = texts;
  }

  /** Before its texts are packed. */
  begin(hash: string, isGone: boolean): void {
    if (hash === this.#hash && isGone === this.#isGone) return;
    this.#close();
    this.#hash = hash;
    this.#isGone = isGone;
    this.#begin = this.#texts.end;
  }

  end(offset: number, bytes: number): void {
    if (this.count === 0) this.#from = offset;
    this.#to = offset + 1;
    this.#inHash += 1;
    this.count += 1;
    this.bytes += bytes;
  }

  closed(): Piece {
    this.#close();
    return { cells: this.#cells, from: this.#from, to: this.#to, memories: this.memories };
  }

  #close(): void {
    if (this.#hash === null || this.#inHash === 0) return;
    const [hash, isGone, count] = [this.#hash, this.#isGone, this.#inHash];
    this.#cells.push({ hash, isGone, texts: this.#texts.since(this.#begin), count });
    this.#inHash = 0;
  }
}

const [OPEN, COMMA, QUOTE, BACKSLASH, CLOSE] = [0x5b, 0x2c, 0x22, 0x5c, 0x5d];

/** What a key begins with, up to its field: `["order:4711","`. */
interface Head {
  readonly hash: string;
  readonly text: Buffer;
}

class Packing {
  readonly texts: PackedTexts;
  readonly #records: RecordCursor;
  /** Of the record before, when it was one. */
  #head: Head | null = null;

  constructor(records: RecordCursor) {
    this.#records = records;
    // A head takes fewer bytes than what a record has besides its field and its value.
    this.texts = new PackedTexts(records.size);
  }

  add(piece: OpenPiece, bytes: number): void {
    const { offset } = this.#records;
    if (!this.#isPlain(piece)) this.#addOther(piece);
    piece.end(offset, bytes);
  }

  /** @returns false when the key is not as nearly all are; nothing is added then. */
  #isPlain(piece: OpenPiece): boolean {
    const { bytes, keyBegin, keyEnd, valueBegin, valueEnd } = this.#records;
    if (bytes[keyEnd - 1] !== CLOSE || bytes[keyEnd - 2] !== QUOTE) return false;
    const head = this.#headOf();
    if (head === null) return false;
    const [fieldBegin, fieldEnd] = [keyBegin + head.text.length, keyEnd - 2];
    if (fieldEnd < fieldBegin) return false;
    const isGone = valueBegin < 0;
    piece.begin(head.hash, isGone);
    if (!this.texts.copyJson(bytes, fieldBegin, fieldEnd)) return false;
    if (!isGone) this.texts.copy(bytes, valueBegin, valueEnd);
    if (fieldBegin === fieldEnd) piece.memories += 1;
    return true;
  }

  #headOf(): Head | null {
    const { bytes, keyBegin, keyEnd } = this.#records;
    if (this.#head !== null && isThere(this.#head.text, bytes, keyBegin)) return this.#head;
    const text = headIn(bytes, keyBegin, keyEnd);
    if (text === null) return (this.#head = null);
    const hash = text.toString('utf8', 2, text.length - 3);
    checkHash(hash, this.#record());
    return (this.#head = { hash, text });
  }

  #addOther(piece: OpenPiece): void {
    const { hash, field, value } = cellOf(this.#record());
    piece.begin(hash, value === null);
    this.texts.add(field);
    if (value !== null) this.texts.add(value);
    if (field === '') piece.memories += 1;
  }

  #record(): Parameters<typeof cellOf>[0] {
    const { bytes, partition, offset, keyBegin, keyEnd, valueBegin, valueEnd } = this.#records;
    const value = valueBegin < 0 ? null : bytes.toString('utf8', valueBegin, valueEnd);
    return { partition, offset, key: bytes.toString('utf8', keyBegin, keyEnd), value };
  }
}

function isThere(text: Buffer, bytes: Buffer, begin: number): boolean {
  for (let i = 0; i < text.length; i += 1) if (text[i] !== bytes[begin + i]) return false;
  return true;
}

/** Null: it is none, or its hash has something escaped. */
function headIn(bytes: Buffer, begin: number, end: number): Buffer | null {
  if (bytes[begin] !== OPEN || bytes[begin + 1] !== QUOTE) return null;
  for (let i = begin + 2; i + 2 < end; i += 1) {
    if (bytes[i] === BACKSLASH) return null;
    if (bytes[i] !== QUOTE) continue;
    return bytes[i + 1] === COMMA && bytes[i + 2] === QUOTE ? bytes.subarray(begin, i + 3) : null;
  }
  return null;
}
