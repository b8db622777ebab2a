/** One direction of a connection: frames go out whole and in order, slowly on a slow link, and not at all on a stalled one. */
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How the bytes of all connections of a route go at present. */
export interface Pace {
  /** Null: as fast as they come. */
  readonly bytesPerSecond: number | null;
  /** Settles when bytes may go on. */
  readonly open: Promise<void>;
}

const tickMs = 10;
/** Beyond this many bytes on their way, no more are read. */
const heldBytesMax = 1024 * 1024;

export class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #pace: () => Pace;
  #last: Promise<void> = Promise.resolve();
  #held = 0;
  #mute = false;

  constructor(from: Socket, to: Socket, pace: () => Pace) {
    this.#from = from;
    this.#to = to;
    this.#pace = pace;
  }

  get isMute(): boolean {
    return this.#mute;
  }

  /** Resolves when the frame is with the operating system, or will never be. */
  send(frame: Buffer, delayMs = 0): Promise<void> {
    if (this.#mute) return this.#last;
    this.#hold(frame.length);
    this.#last = this.#last.then(async () => {
      if (delayMs > 0) await delay(delayMs);
      await this.#write(frame);
      this.#hold(-frame.length);
    });
    return this.#last;
  }

  /** Resolves when everything that was sent is out, or will never be. */
  get idle(): Promise<void> {
    return this.#last;
  }

  /** Nothing that comes from now on goes out, though the connection stays. */
  mute(): void {
    this.#mute = true;
  }

  /** Lets out what is on its way, then says the end. */
  end(): void {
    void this.#last.then(() => this.#to.end());
  }

  async #write(frame: Buffer): Promise<void> {
    for (let at = 0; at < frame.length;) {
      await this.#pace().open;
      const { bytesPerSecond } = this.#pace();
      const length =
        bytesPerSecond === null ? frame.length : Math.max(1, Math.floor((bytesPerSecond * tickMs) / 1_000));
      const piece = frame.subarray(at, at + length);
      at += piece.length;
      if (this.#to.destroyed) return;
      if (!this.#to.write(piece)) await drained(this.#to);
      if (bytesPerSecond !== null) await delay(tickMs);
    }
  }

  #hold(bytes: number): void {
    this.#held += bytes;
    if (this.#held > heldBytesMax) this.#from.pause();
    else if (this.#from.isPaused()) this.#from.resume();
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
