/**
 * A new service on trial: it learns from the oracle what happens, and tells it in the trial topic, made with the kit as a service makes it, but for
 * what the seed says. What it does stands in the ledger.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Producer } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { type ExpectedEvent, Oracle } from '../../../legacy-db/oracle/expected-events.js';
import type { EventType } from '../../../legacy-db/oracle/facts.js';
import type { Transaction } from '../../../legacy-db/oracle/history.js';
import { exported } from '../../../src/producer/index.js';
import { ownContract } from '../../../src/producer/event/contract.js';
import { made, type OwnRecord } from '../../../src/producer/event/making.js';
import { projectDirectory } from '../../stack/directories.js';
import type { Tail } from '../../../legacy-db/oracle/tail.js';
import { type Names, ownOccurrence } from '../expected-record.js';
import type { Ledger, PairName } from './ledger.js';
import { type Deed, deedFor, toldAs } from './seeds.js';

export interface TrialOptions {
  readonly names: Names;
  readonly seed: number;
  /** Of the legacy database. */
  readonly tail: Tail;
  /** Transactions whose COMMIT ends before it are baseline. */
  readonly first: bigint;
  /** Idempotent. */
  readonly producer: Producer;
  readonly ledger: Ledger;
  /** Markets that the rules list. */
  readonly markets: readonly string[];
  /** Dragoman has judged it so. */
  readonly isMissed: (pair: PairName) => boolean;
}

/** For the other of two that are swapped. */
const HELD_MAX_MS = 6_000;
const TELL_MS = 500;

interface Held {
  readonly event: ExpectedEvent;
  readonly untilMs: number;
}

export class TrialService {
  /** Nothing came since. */
  quietSinceMs = Date.now();
  readonly #options: TrialOptions;
  readonly #oracle = new Oracle();
  readonly #contracts = new Map<string, ReturnType<typeof ownContract>>();
  readonly #numbers = new Map<string, number>();
  /** By contract and order. */
  readonly #held = new Map<string, Held>();
  readonly #late: ExpectedEvent[] = [];
  #batch: OwnRecord[] = [];

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /** Until `isOver`, and nothing is left to be told. */
  async run(isOver: () => boolean, signal: AbortSignal): Promise<void> {
    const following = new AbortController();
    const reading = this.#options.tail.follow((batch) => this.#live(batch), following.signal);
    try {
      do {
        await Promise.race([reading, delay(TELL_MS, undefined, { signal })]);
        this.#release();
        this.#tellLate();
        await this.#send();
      } while (!isOver() || this.#held.size > 0 || this.#late.length > 0);
    } finally {
      following.abort();
      await reading;
    }
  }

  #live(batch: readonly Transaction[]): Promise<void> {
    for (const transaction of batch) {
      const { commitEndLsn } = transaction;
      if (commitEndLsn === null || commitEndLsn < this.#options.first) this.#oracle.learn(transaction);
      else for (const event of this.#oracle.next(transaction)) this.#take(event);
    }
    if (batch.length > 0) this.quietSinceMs = Date.now();
    return Promise.resolve();
  }

  #take(event: ExpectedEvent): void {
    const { seed } = this.#options;
    const deed = deedFor(seed, event);
    const place = `${event.eventType} ${event.orderId}`;
    const before = this.#held.get(place);
    if (before !== undefined) {
      this.#held.delete(place);
      if (deed === 'same') return this.#swap(before.event, event);
      this.#tell(before.event, 'same');
    }
    if (deed === 'swapped') this.#held.set(place, { event, untilMs: Date.now() + HELD_MAX_MS });
    else this.#tell(event, deed);
  }

  /** Told the other way round; which of the two is out of order depends on which is paired last. */
  #swap(first: ExpectedEvent, second: ExpectedEvent): void {
    this.#put(second, 'same');
    this.#put(first, 'same');
    const pairs = [pairOf(first), pairOf(second)];
    this.#options.ledger.note({ pairs, found: ['equal', 'outOfOrder'], route: this.#routeOf(first) });
  }

  #tell(event: ExpectedEvent, deed: Deed): void {
    const note = (...found: string[]): void => this.#note(pairOf(event), found, event);
    switch (deed) {
      case 'kept':
        return note('onlyLegacy');
      case 'late':
        this.#late.push(event);
        return note('late', 'onlyLegacy');
      case 'different':
        return note(`different:${this.#put(event, deed) ?? ''}`);
      case 'invented': {
        const invented = { ...event, occurrence: `X${event.occurrence}` };
        this.#put({ ...invented, fields: { ...event.fields, releaseNumber: invented.occurrence } }, 'same');
        this.#note(pairOf(invented), ['onlyService'], event);
        break;
      }
      case 'repeated':
        this.#put(event, deed);
        this.#batch.push(this.#batch.at(-1)!);
        return note('equal');
      case 'same':
      case 'allowed':
      case 'swapped':
        break;
    }
    this.#put(event, deed);
    note('equal');
  }

  /** The other of two has not come. */
  #release(): void {
    for (const [place, { event, untilMs }] of this.#held) {
      if (Date.now() < untilMs) continue;
      this.#held.delete(place);
      this.#tell(event, 'same');
    }
  }

  #tellLate(): void {
    const due = this.#late.filter((event) => this.#options.isMissed(pairOf(event)));
    for (const event of due) {
      this.#late.splice(this.#late.indexOf(event), 1);
      this.#put(event, 'same');
    }
  }

  /** @returns signature of what is different. */
  #put(event: ExpectedEvent, deed: Deed): string | null {
    const { names, seed } = this.#options;
    const { tenant, market, channel, orderId, occurredAt } = event;
    const { fields, signature } = toldAs(deed, seed, { ...event, fields: { ...event.fields, channel } });
    const pair = pairOf(event);
    const { record } = made(
      this.#contractOf(event.eventType),
      { orderId, tenant, market, channel, ...fields },
      { occurrence: pair.occurrence, occurredAt: new Date(occurredAt ?? 0).toISOString(), causationId: 'trial' },
      {
        ...{ service: 'orders-on-trial', sourceSystem: names.sourceSystem, eventSource: names.eventSource },
        ...{ aggregate: 'order', context: ['tenant', 'market', 'channel'], recordBytesMax: 1_000_000 },
      },
      Date.now(),
    );
    const counted = `${pair.contract} ${orderId}`;
    const sequence = (this.#numbers.get(counted) ?? 0) + 1;
    this.#numbers.set(counted, sequence);
    const own = record({ sequence, epoch: 0 });
    this.#batch.push({ ...own, topic: `${own.topic}.trial` });
    return signature;
  }

  #note(pair: PairName, found: readonly string[], event: ExpectedEvent): void {
    this.#options.ledger.note({ pairs: [pair], found, route: this.#routeOf(event) });
  }

  #routeOf({ eventType, market }: ExpectedEvent): string {
    const isListed = market !== null && this.#options.markets.includes(market);
    return isListed ? `${eventType}.v1 market=${market}` : `${eventType}.v1`;
  }

  #contractOf(type: EventType): ReturnType<typeof ownContract> {
    const known = this.#contracts.get(type);
    if (known !== undefined) return known;
    const path = join(projectDirectory, `rules/contracts/published/${type}.v1/contract.json`);
    const json = JSON.parse(readFileSync(path, 'utf8')) as { readonly type: string };
    const contract = ownContract(exported({ ...json, type: `${this.#options.names.typePrefix}.${json.type}` }), '');
    this.#contracts.set(type, contract);
    return contract;
  }

  async #send(): Promise<void> {
    if (this.#batch.length === 0) return;
    const messages = this.#batch.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } }));
    const topic = this.#batch[0]!.topic;
    this.#batch = [];
    await this.#options.producer.send({ topic, messages, acks: -1 });
  }
}

const pairOf = (event: ExpectedEvent): PairName => ({
  ...{ contract: `${event.eventType}.v1`, order: event.orderId, occurrence: ownOccurrence(event) },
});
