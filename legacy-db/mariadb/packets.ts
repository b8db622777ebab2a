/** Packets of MariaDB's protocol: three bytes of length, one of sequence, the body. None here is as long as 16 MB. */
import type { Socket } from 'node:net';
import { LegacyDbError } from '../errors.js';

export interface Packet {
  readonly body: Buffer;
  readonly sequence: number;
}

const HEADER_BYTES = 4;

/** Packets one by one as they come. */
export class PacketReader {
  readonly #ready: Packet[] = [];
  #bytes = Buffer.alloc(0);
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new LegacyDbError('CONNECTION_LOST', 'MariaDB has closed the connection')));
  }

  /** @throws LegacyDbError CONNECTION_LOST, or the socket's error */
  async next(): Promise<Packet> {
    for (;;) {
      const first = this.#ready.shift();
      if (first !== undefined) return first;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #take(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    while (this.#bytes.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#bytes.readUIntLE(0, 3);
      if (this.#bytes.length < end) break;
      this.#ready.push({ body: this.#bytes.subarray(HEADER_BYTES, end), sequence: this.#bytes.readUInt8(3) });
      this.#bytes = this.#bytes.subarray(end);
    }
    this.#wake();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}

export function packet(sequence: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUIntLE(body.length, 0, 3);
  header.writeUInt8(sequence, 3);
  return Buffer.concat([header, body]);
}

export const nullTerminated = (text: string): Buffer => Buffer.from(`${text}\0`);

/** A length-encoded number: one byte, or two, three or eight after a mark. */
export function lengthAt(body: Buffer, at: number): { readonly value: number; readonly next: number } {
  const first = body.readUInt8(at);
  if (first < 0xfb) return { value: first, next: at + 1 };
  if (first === 0xfc) return { value: body.readUInt16LE(at + 1), next: at + 3 };
  if (first === 0xfd) return { value: body.readUIntLE(at + 1, 3), next: at + 4 };
  return { value: Number(body.readBigUInt64LE(at + 1)), next: at + 9 };
}
