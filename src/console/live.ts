/**
 * Pages that change while they are looked at, by server-sent events (HTML Living Standard, 9.2): what all see is made once, while somebody looks,
 * and sent when it is another than before. At most `LIVE_MAX` look at once; who does not read what is sent is cut off, and comes again by himself.
 */
import type { ServerResponse } from 'node:http';

export const LIVE_MAX = 200;
export const LIVE_EVERY_MS = 2_000;
/** Something is said at least so often, so that proxies keep the connection, and the server does not take it for idle. */
const SIGN_OF_LIFE_MS = 15_000;
/** Not read by the other side. */
const UNREAD_BYTES_MAX = 1024 * 1024;
/** So long a browser waits before it comes again. */
const RETRY_MS = 3_000;

export interface Looking {
  readonly response: ServerResponse;
  /** Which content. */
  readonly name: string;
  /** Asked before each time that something is sent: a token may have been taken out. */
  readonly mayLook: () => boolean;
}

/** The content that was sent last, and when. */
interface Seen extends Looking {
  sent: string;
  sentMs: number;
}

export interface LiveOptions {
  /** What is shown under a name. @throws DragomanError when it is not known now; then nothing is sent */
  readonly make: (name: string) => Promise<string>;
  readonly everyMs?: number;
  readonly max?: number;
}

export class Live {
  readonly #make: LiveOptions['make'];
  readonly #everyMs: number;
  readonly #max: number;
  readonly #looking = new Set<Seen>();
  #timer: NodeJS.Timeout | null = null;

  constructor({ make, everyMs = LIVE_EVERY_MS, max = LIVE_MAX }: LiveOptions) {
    this.#make = make;
    this.#everyMs = everyMs;
    this.#max = max;
  }

  /** No more may look. */
  get isFull(): boolean {
    return this.#looking.size >= this.#max;
  }

  /** Takes over the response, whose head is written. */
  add(looking: Looking): void {
    const one: Seen = { ...looking, sent: '', sentMs: performance.now() };
    this.#looking.add(one);
    looking.response.write(`retry: ${RETRY_MS}\n\n`);
    looking.response.once('close', () => {
      this.#looking.delete(one);
      if (this.#looking.size === 0) this.#rest();
    });
    this.#timer ??= setInterval(() => void this.#tell(), this.#everyMs).unref();
  }

  /** All connections end. */
  close(): void {
    for (const { response } of this.#looking) response.destroy();
    this.#looking.clear();
    this.#rest();
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  async #tell(): Promise<void> {
    const names = new Set([...this.#looking].map(({ name }) => name));
    for (const name of names) {
      const content = await this.#make(name).catch(() => null);
      const record = content === null ? null : Buffer.from(eventText(content));
      for (const one of this.#looking) if (one.name === name) this.#send(one, content ?? one.sent, record);
    }
  }

  #send(one: Seen, content: string, record: Buffer | null): void {
    const { response, mayLook } = one;
    if (!mayLook() || response.writableLength > UNREAD_BYTES_MAX) return void response.destroy();
    const nowMs = performance.now();
    if (content !== one.sent && record !== null) response.write(record);
    else if (nowMs - one.sentMs >= SIGN_OF_LIFE_MS) response.write(':\n\n');
    else return;
    one.sentMs = nowMs;
    one.sent = content;
  }
}

/** Each line of the content is a line of the event. */
const eventText = (content: string): string =>
  `${content
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}`)
    .join('\n')}\n\n`;
