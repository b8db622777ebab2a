/**
 * Pages that change while they are looked at, by server-sent events (HTML Living Standard, 9.2): what all see is made once, while somebody looks,
 * and sent when it is another than before, to a few at a time, because events are published in the same process. At most `LIVE_MAX` look at once; who does not read what is sent is cut off, and comes again by himself.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export const LIVE_MAX = 200;
export const LIVE_EVERY_MS = 2_000;
/** So many are told without a pause. */
const TOLD_AT_ONCE = 5;
/** Of the time from one content to the next: in it all are told. */
const TELLING_SHARE = 0.8;
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
  #isTelling = false;

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

  /** One round after the other: while one is under way, none begins. */
  async #tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    await this.#round().finally(() => (this.#isTelling = false));
  }

  async #round(): Promise<void> {
    const contents = new Map<string, Promise<Content | null>>();
    const make = (name: string) => this.#make(name).then(contentOf, () => null);
    const all = [...this.#looking];
    const pauseMs = (this.#everyMs * TELLING_SHARE * TOLD_AT_ONCE) / all.length;
    for (const [i, one] of all.entries()) {
      if (i > 0 && i % TOLD_AT_ONCE === 0) await delay(pauseMs, undefined, { ref: false });
      const content = contents.get(one.name) ?? make(one.name);
      contents.set(one.name, content);
      const made = await content;
      if (this.#looking.has(one)) this.#send(one, made);
    }
  }

  #send(one: Seen, content: Content | null): void {
    const { response, mayLook } = one;
    if (!mayLook() || response.writableLength > UNREAD_BYTES_MAX) return void response.destroy();
    const nowMs = performance.now();
    if (content !== null && content.text !== one.sent) {
      response.write(content.event);
      one.sent = content.text;
    } else if (nowMs - one.sentMs >= SIGN_OF_LIFE_MS) response.write(':\n\n');
    else return;
    one.sentMs = nowMs;
  }
}

interface Content {
  readonly text: string;
  /** As it is sent. */
  readonly event: Buffer;
}

const contentOf = (text: string): Content => ({ text, event: Buffer.from(eventText(text)) });

/** Each line of the content is a line of the event. */
const eventText = (content: string): string =>
  `${content
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}`)
    .join('\n')}\n\n`;
