/**
 * How large a record of each topic that is written may be: what its settings say, asked of the brokers, and what brokers refused all the
 * same. They may not say (DescribeConfigs is not allowed); then a topic counts as `dragoman topics` creates it.
 */
import type { Admin } from 'kafkajs';
import { recordBytesAsCreated } from '../../../domain/record-size.js';
import { typeOf } from '../failure.js';
import { topicSettings } from '../ground/ground.js';

/** What a broker answers to a batch over `max.message.bytes` of its topic, or over its `segment.bytes`. */
const REFUSALS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
export const isTooLarge = (error: unknown): boolean => REFUSALS.has(typeOf(error) ?? '');

const ASKED_AGAIN_MS = 60_000;

export class RecordLimits {
  readonly #admin: Admin;
  readonly #topics: readonly string[];
  readonly #asCreated: (topic: string) => number;
  #said: ReadonlyMap<string, number> = new Map();
  /** Less than what was said, or assumed: a record of this size was refused. */
  readonly #refused = new Map<string, number>();
  #askedAtMs = -Infinity;

  /** @param own topics that a pipeline writes for itself. */
  constructor(admin: Admin, topics: readonly string[], own: readonly string[]) {
    this.#admin = admin;
    this.#topics = topics;
    this.#asCreated = recordBytesAsCreated(own);
  }

  /** @throws DragomanError KAFKA_UNAVAILABLE */
  async ask(): Promise<void> {
    this.#askedAtMs = performance.now();
    const settings = await topicSettings(this.#admin, this.#topics);
    const said = new Map([...settings].map(([topic, known]) => [topic, bytesMax(known)] as const));
    for (const [topic, bytes] of said) if (bytes === Infinity) said.delete(topic);
    for (const [topic, bytes] of said) if (bytes !== this.#said.get(topic)) this.#refused.delete(topic);
    this.#said = said;
  }

  /** In the background, after a while: an operator who raises a limit need not restart anything. */
  askAgain(): void {
    if (performance.now() - this.#askedAtMs >= ASKED_AGAIN_MS) void this.ask().catch(() => undefined);
  }

  of(topic: string): number {
    const assumed = this.#said.get(topic) ?? this.#asCreated(topic);
    return Math.min(assumed, this.#refused.get(topic) ?? assumed);
  }

  /** A batch of this size, with one record, was refused. */
  refused(topic: string, bytes: number): void {
    this.#refused.set(topic, Math.min(bytes, this.of(topic)) - 1);
  }
}

function bytesMax(settings: ReadonlyMap<string, string>): number {
  const limits = ['max.message.bytes', 'segment.bytes'].map((name) => Number(settings.get(name)));
  return Math.min(...limits.filter((limit) => Number.isSafeInteger(limit) && limit > 0));
}
