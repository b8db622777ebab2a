/**
 * Moves of markets as an operator makes them, by the command line, and what consumers of the topics see of each: when its handover records came, and
 * when the last of its routes stood.
 */
import type { KafkaMessage } from 'kafkajs';
import { dragomanCommand } from '../../dragoman/command.js';
import { patiently } from '../../stack/patience.js';
import { follow } from '../follow.js';
import { CONTRACT_TOPIC, type Scene } from '../scene.js';
import { CAPABILITY, MOVED_TYPES } from './settings.js';

export interface MoveSeen {
  readonly market: string;
  readonly to: 'service' | 'legacy';
  /** When the command was made, ms since 1970. */
  readonly sentMs: number;
  /** When it was to be, by the command. */
  readonly atMs: number;
  /** When a reader of committed records had the handover record of each contract in each partition. */
  readonly fencedMs: number;
  /** When it had said in the ownership topic that the last contract stands there. */
  readonly stoodMs: number;
  /** Something was killed on the way. */
  readonly isDisturbed: boolean;
}

interface Handover {
  readonly contract: string;
  readonly selector: { readonly context: { readonly market?: string } };
  readonly epoch: number;
  readonly to: string;
  readonly at: string;
  readonly asked?: boolean;
}

interface Arrived extends Handover {
  readonly arrivedMs: number;
}

const HANDOVER_TYPE = 'dragoman.ownership.v1';
const textOf = ({ headers }: KafkaMessage, name: string): string => String(headers?.[name] ?? '');

/** By default a move is for so long after its command. */
const AHEAD_MS = 2_000;
const STANDS_STILL_MS = 60_000;

export class Moves {
  readonly seen: MoveSeen[] = [];
  /** Events in the contract topic by their ids: who published them. */
  readonly arrived = new Map<string, string>();
  readonly #scene: Scene;
  readonly #partitions: number;
  readonly #fence: Arrived[] = [];
  readonly #stood: Arrived[] = [];
  readonly #ends: (() => Promise<void>)[] = [];

  private constructor(scene: Scene, partitions: number) {
    this.#scene = scene;
    this.#partitions = partitions;
  }

  static async watch(scene: Scene): Promise<Moves> {
    const partitions = await scene.ask(async (admin) => (await admin.fetchTopicOffsets(CONTRACT_TOPIC)).length);
    const moves = new Moves(scene, partitions);
    const reading = { kafka: scene.kafka(), isolation: 'read_committed', maxWaitMs: 20 } as const;
    const read = (topic: string, see: (message: KafkaMessage) => void): Promise<() => Promise<void>> =>
      follow({ ...reading, topic, groupId: `${scene.namespace}-moves-${topic}`, see });
    const handover = ({ value }: KafkaMessage): Arrived => ({
      ...(JSON.parse(String(value)) as Handover),
      arrivedMs: Date.now(),
    });
    moves.#ends.push(
      await read(CONTRACT_TOPIC, (message) => {
        if (textOf(message, 'ce_type') === HANDOVER_TYPE) moves.#fence.push(handover(message));
        else moves.arrived.set(textOf(message, 'ce_id'), textOf(message, 'ce_producer'));
      }),
      await read(`${scene.namespace}.ownership`, (message) => void moves.#stood.push(handover(message))),
    );
    return moves;
  }

  get partitions(): number {
    return this.#partitions;
  }

  /** @param meanwhile begins as the command is read by nobody yet. Resolves when the market has moved. */
  async move(
    market: string,
    to: 'service' | 'legacy',
    meanwhile?: (moves: this) => Promise<unknown>,
  ): Promise<MoveSeen> {
    const [fence, stood] = [this.#fence.length, this.#stood.length];
    const verb = to === 'service' ? ['move', '--to', 'service'] : ['back'];
    const options = ['--reason', 'a cut-over', '--wait', '0', '-c', this.#scene.configFile];
    const sending = dragomanCommand(['routes', ...verb, CAPABILITY, `market=${market}`, ...options]);
    sending.catch(() => undefined); // seen below
    const disturbing = meanwhile?.(this);
    await Promise.all([sending, disturbing]);
    const isIt = ({ selector, to: stage }: Arrived): boolean => selector.context.market === market && stage === to;
    const isDone = (): boolean =>
      this.#fence.slice(fence).filter(isIt).length >= this.#partitions * MOVED_TYPES.length &&
      this.#moved(stood).filter(isIt).length >= MOVED_TYPES.length;
    await this.#until(`${market} to stand in ${to}`, isDone);
    const fenced = this.#fence.slice(fence).filter(isIt);
    const all = this.#moved(stood).filter(isIt);
    const atMs = Math.min(...all.map(({ at }) => Date.parse(at)));
    const seen = {
      ...{ market, to, atMs, sentMs: atMs - AHEAD_MS, isDisturbed: meanwhile !== undefined },
      fencedMs: Math.max(...fenced.map(({ arrivedMs }) => arrivedMs)),
      stoodMs: Math.max(...all.map(({ arrivedMs }) => arrivedMs)),
    };
    this.seen.push(seen);
    return seen;
  }

  /** The service is asked for a market. */
  untilAsked(market: string): Promise<void> {
    return this.#until(`the service to be asked for ${market}`, () =>
      this.#stood.some(({ asked, selector }) => asked === true && selector.context.market === market),
    );
  }

  /** A handover record of the market came. */
  untilFenced(market: string): Promise<void> {
    return this.#until(`a handover record of ${market}`, () =>
      this.#fence.some(({ selector }) => selector.context.market === market),
    );
  }

  async close(): Promise<void> {
    for (const end of this.#ends) await end();
  }

  /** Records that say that a route stands somewhere, since. */
  #moved(since: number): readonly Arrived[] {
    const known = new Set<string>();
    return this.#stood.slice(since).filter(({ asked, contract, selector, epoch, to }) => {
      const name = `${contract} ${selector.context.market ?? ''} ${epoch} ${to}`;
      return asked !== true && !known.has(name) && known.add(name);
    });
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    // While events come, all is well, and the machine is slow.
    const signs = (): number => this.#fence.length + this.#stood.length + this.arrived.size;
    if (await patiently({ holds, signs, quietMaxMs: STANDS_STILL_MS })) return;
    throw new Error(`in vain for ${STANDS_STILL_MS / 1_000} s: ${what}`);
  }
}
