/**
 * What is said once, though the events come again. A task that waits for a person, or for something outside, is tried again and again, and
 * each of its lives tells anew what it finds: the log has what is news in it, and nothing is over because a try has begun.
 */
import type { PipelineEvent } from '../pipeline/events.js';
import type { Logger } from './logger.js';

type EventOf<K extends PipelineEvent['kind']> = Extract<PipelineEvent, { kind: K }>;

/** What each life of a task finds anew is said when it is another thing than before. */
export class News {
  readonly #last = new Map<string, string>();

  isNew(about: string, fields: Readonly<Record<string, unknown>>): boolean {
    const text = JSON.stringify(fields);
    const isNew = this.#last.get(about) !== text;
    this.#last.set(about, text);
    return isNew;
  }
}

/**
 * What is held is said once for each transaction. A life of a task knows of it only when it has read that far, so that it is not told as
 * held means nothing before this life told it, or something was committed and everything is read.
 */
export class Holds {
  readonly #log: Logger;
  /** By source. */
  readonly #said = new Map<string, Set<string>>();
  /** By source, those that this life told last. */
  readonly #here = new Map<string, ReadonlySet<string>>();
  #hasCommitted = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  begin(): void {
    this.#here.clear();
    this.#hasCommitted = false;
  }

  sequenced({ source, allHeld }: EventOf<'sequenced'>): void {
    const before = this.#here.get(source);
    const here = new Set(allHeld.map(nameOf));
    this.#here.set(source, here);
    this.#forget(source, (name) => before?.has(name) === true && !here.has(name));
    for (const held of allHeld) this.#say(source, held);
  }

  #say(source: string, held: Held): void {
    const said = this.#said.get(source) ?? new Set();
    this.#said.set(source, said);
    if (said.has(nameOf(held))) return;
    said.add(nameOf(held));
    const { code, transaction, text } = held;
    this.#log.error({ code, source, transaction }, `transaction ${transaction} is held: ${text}`);
  }

  committed(): void {
    this.#hasCommitted = true;
  }

  idle(): void {
    if (!this.#hasCommitted) return;
    for (const source of [...this.#said.keys()])
      this.#forget(source, (name) => this.#here.get(source)?.has(name) !== true);
  }

  #forget(source: string, isOver: (name: string) => boolean): void {
    const said = this.#said.get(source);
    if (said === undefined) return;
    for (const name of said) if (isOver(name)) said.delete(name);
    if (said.size > 0 || (this.#here.get(source)?.size ?? 0) > 0) return;
    this.#said.delete(source);
    this.#log.info({ source }, 'no transaction is held any more');
  }
}

type Held = EventOf<'sequenced'>['allHeld'][number];

const nameOf = ({ code, transaction }: Held): string => `${code} ${transaction}`;

/**
 * What waits for a person is tried again every half minute, and fails in the same way: it is said once, and the steps of each try are
 * told at debug until something is committed. That a try runs, or has nothing to read for a moment, is no progress.
 */
export class Refusals {
  readonly #log: Logger;
  #said: { readonly code: string; readonly text: string } | null = null;
  #tries = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  isSaid({ code, disposition, text }: EventOf<'failed'>): boolean {
    const isSame = this.#said?.code === code && this.#said.text === text;
    this.#said = disposition === 'refuse' ? { code, text } : null;
    this.#tries = isSame ? this.#tries + 1 : 0;
    if (isSame) this.#log.debug({ code, tries: this.#tries }, 'still refused, for the same reason');
    return isSame;
  }

  /** The first pause shows what the pipeline waits for; losing it, and its end, are always told. */
  isRepeated({ state }: EventOf<'state'>): boolean {
    return (
      this.#said !== null &&
      (state === 'paused' ? this.#tries > 0 : ['fencing', 'restoring', 'running'].includes(state))
    );
  }

  over(): void {
    if (this.#said === null) return;
    this.#log.info({ code: this.#said.code, tries: this.#tries }, 'goes on: nothing is refused any more');
    this.#said = null;
    this.#tries = 0;
  }
}
