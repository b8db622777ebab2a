/**
 * The new service: it follows docs/ownership-protocol.md with the kit's own functions over a database in memory, tells facts of the history that are its
 * own, before their rows or after them, and dies, lags, and forgets. What stands in its outbox is delivered by its connector (`connector.ts`).
 */
import type { ConsumedRecord } from '../../../src/consumer/read/record.js';
import { type Handover, handoverRecord } from '../../../src/domain/ownership/handover.js';
import { serviceProducer } from '../../../src/domain/ownership/headers.js';
import { routeOf } from '../../../src/domain/ownership/route.js';
import { partitionOf } from '../../../src/domain/partition.js';
import { type OwnContract, ownContract } from '../../../src/producer/event/contract.js';
import { type EventSettings, made } from '../../../src/producer/event/making.js';
import { heardIn } from '../../../src/producer/routes/heard.js';
import { allowed, moved, type RouteStanding } from '../../../src/producer/routes/standing.js';
import { below, chosen } from '../../support/choices.js';
import type { ExpectedEvent } from '../expected.js';
import type { Cluster } from '../kafka/cluster.js';
import type { World } from '../world.js';
import { contractOf, type OwnerSeen } from './ledger.js';
import type { RoutesPlan } from './plan.js';

/** What is its own to tell, as the business has it. */
export interface Business {
  /** Of each order, in the order in which it happens. */
  readonly orders: readonly (readonly ExpectedEvent[])[];
  readonly ownerOf: (contract: string, order: string) => OwnerSeen;
  /** Its row was seen, and it was not published. */
  readonly isLeft: (id: string) => boolean;
}

export interface OutboxRow {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ServiceGround {
  readonly world: World;
  readonly cluster: Cluster;
  readonly plan: RoutesPlan;
  readonly pipeline: string;
  readonly ownershipTopic: string;
  readonly event: Pick<EventSettings, 'sourceSystem' | 'eventSource'>;
  readonly business: Business;
  readonly calmFromMs: number;
}

interface Counted {
  sequence: number;
  readonly ids: Set<string>;
  isOurs: boolean;
}

const SERVICE = 'order-service';
const CONTEXT = ['tenant', 'market', 'channel'];
const DOWN_MS = [300, 1_500, 6_000];

export class ModelService {
  /** In the order in which its transactions ended; another one after its database was lost. */
  outbox: OutboxRow[] = [];
  readonly #ground: ServiceGround;
  readonly #contracts: readonly OwnContract[];
  readonly #settings: EventSettings;
  /** Facts are told before their rows are seen, too. */
  readonly #isEarly: boolean;
  readonly #eagerness: number;
  readonly #routes = new Map<string, readonly RouteStanding[]>();
  /** By contract and key. */
  readonly #counts = new Map<string, Counted>();
  readonly #offsets = new Map<string, number>();
  #isFenced = false;
  #downUntilMs = 0;

  constructor(ground: ServiceGround) {
    const { world, plan, event } = ground;
    this.#ground = ground;
    this.#contracts = plan.contracts.map((contract) => ownContract(contract, ''));
    this.#settings = { ...event, service: SERVICE, aggregate: 'order', context: CONTEXT, recordBytesMax: 1_000_000 };
    this.#isEarly = world.random() < 0.7;
    this.#eagerness = chosen(world.random, [0.2, 0.6, 1]);
    this.#later(() => this.#live());
  }

  /** It may write nothing more. */
  fence(): void {
    this.#isFenced = true;
    this.#note('is fenced');
  }

  /** It begins anew, with nothing but what it reads: all that is there, before it answers to anything. */
  restore(): void {
    this.#isFenced = false;
    for (const known of [this.#routes, this.#counts, this.#offsets]) known.clear();
    this.#read(true);
    this.outbox = [];
    this.#note('is restored');
  }

  get isFenced(): boolean {
    return this.#isFenced;
  }

  #note(what: string): void {
    this.#ground.world.note('service', what);
    this.#ground.world.count(`service ${what}`);
  }

  #later(run: () => void): void {
    const { world } = this.#ground;
    world.after(world.random() * chosen(world.random, [10, 40, 150]), run);
  }

  #live(): void {
    const { world, calmFromMs } = this.#ground;
    const isCalm = world.nowMs >= calmFromMs;
    if (!isCalm && world.random() < 0.02) {
      this.#downUntilMs = world.nowMs + world.random() * chosen(world.random, DOWN_MS);
      this.#note('dies');
    }
    if (!this.#isFenced && (isCalm || world.nowMs >= this.#downUntilMs)) {
      this.#read(isCalm);
      for (let left = below(world.random, 4); left > 0; left -= 1)
        if (isCalm || world.random() < this.#eagerness) this.#publishOne();
    }
    this.#later(() => this.#live());
  }

  /** Some of what is there, of some partitions. */
  #read(isCalm: boolean): void {
    const { cluster, plan, ownershipTopic, world } = this.#ground;
    const topics = [ownershipTopic, ...new Set(plan.contracts.map(({ topic }) => topic))];
    const records: ConsumedRecord[] = [];
    const offsets = new Map<string, number>();
    for (const topic of topics)
      for (const [partition, name] of cluster.partitionsOf(topic).entries()) {
        const from = this.#offsets.get(name) ?? 0;
        const there = cluster.committed(name).filter(({ offset }) => offset >= from);
        const taken = there.slice(0, isCalm ? there.length : below(world.random, there.length + 1));
        for (const { offset, key, value, headers } of taken)
          records.push({ topic, partition, offset, key, value, headers });
        const last = taken.at(-1);
        if (last !== undefined) offsets.set(name, last.offset + 1);
      }
    if (!isCalm && world.random() < 0.03) return; // its transaction was rolled back
    this.#take(records);
    if (!isCalm && world.random() < 0.05) return; // it died before its offsets were committed
    for (const [name, offset] of offsets) this.#offsets.set(name, offset);
  }

  /** As `Outbox.take` does. */
  #take(records: readonly ConsumedRecord[]): void {
    const { pipeline, ownershipTopic } = this.#ground;
    const heard = heardIn(records, { service: SERVICE, pipeline, ownershipTopic, contracts: this.#contracts });
    for (const contract of this.#contracts) {
      const count = this.#partitions(contract.topic);
      let routes = this.#routes.get(contract.text) ?? [];
      for (const move of heard.moves.filter(({ handover }) => handover.contract === contract.text)) {
        const after = moved(routes, move, count);
        if (after.handBack !== null) this.#handBack(contract, after.handBack, count);
        routes = after.routes;
      }
      this.#routes.set(contract.text, routes);
    }
    for (const { contract, key, sequence, ids, ours } of heard.counted) {
      const known = this.#countOf(contract, key);
      known.sequence = Math.max(known.sequence, sequence);
      known.isOurs ||= ours;
      for (const id of ids) known.ids.add(id);
    }
  }

  #partitions(topic: string): number {
    return this.#ground.cluster.partitionsOf(topic).length;
  }

  #countOf(contract: string, key: string): Counted {
    const name = `${contract} ${key}`;
    const known = this.#counts.get(name) ?? { sequence: 0, ids: new Set<string>(), isOurs: false };
    this.#counts.set(name, known);
    return known;
  }

  #handBack({ topic }: OwnContract, asked: Handover, partitions: number): void {
    const { contract, selector, epoch, from, to, at, pipeline, reason } = asked;
    const producer = serviceProducer(SERVICE);
    const move = { contract, selector, epoch, from, to, at, pipeline, reason };
    const answer: Handover = { v: 1, ...move, shard: 0, shards: 1, by: producer };
    this.#note('hands back');
    for (let partition = 0; partition < partitions; partition += 1)
      this.outbox.push({
        ...{ topic, partition },
        ...handoverRecord(answer, partition, { source: this.#settings.eventSource, producer }),
      });
  }

  /** The next fact of some order that it may tell. */
  #publishOne(): void {
    const { world, business } = this.#ground;
    const events = business.orders[below(world.random, business.orders.length)] ?? [];
    const isToTell = (event: ExpectedEvent): boolean =>
      this.#contracts.some(({ text }) => text === contractOf(event)) &&
      !this.#countOf(contractOf(event), event.owed.order).ids.has(event.id);
    const event = events.find(isToTell);
    if (event !== undefined) this.#publish(event);
  }

  /** As `Outbox.publish` does. */
  #publish({ id, occurrence, owed }: ExpectedEvent): void {
    const { world, plan, business } = this.#ground;
    const { type, order, context, occurredAtMs, cause, fields } = owed;
    const contract = this.#contracts.find(({ name }) => name === type) as OwnContract;
    const owner = business.ownerOf(contract.text, order);
    if (plan.isSticky && owner !== 'service' && owner !== 'unseen') return;
    if (!this.#isEarly && !business.isLeft(id)) return;
    const known = this.#countOf(contract.text, order);
    const routed = { id: order, context: Object.fromEntries(CONTEXT.map((name, i) => [name, context[i] ?? null])) };
    const routes = this.#routes.get(contract.text) ?? [];
    // What began here, and was not told of yet; it began when its route had come.
    const isBegun = plan.isSticky && owner === 'service' && (routeOf(routes, routed)?.epoch ?? 0) > 0;
    const isOwn = known.isOurs || isBegun;
    const epoch = allowed(routes, {
      ...{ owner: plan.isSticky ? 'sticky' : 'immediate', routed },
      ...{ isOwn, isOfOthers: !isOwn && known.sequence > 0 },
    });
    if (typeof epoch === 'string') return world.count(`service may not: ${epoch}`);
    const said = {
      ...{ occurrence, occurredAt: new Date(occurredAtMs).toISOString() },
      causationId: `legacy:${cause.txid}:${cause.end}`,
    };
    const value = { orderId: order, ...routed.context, ...fields };
    const event = made(contract, value, said, this.#settings, 0);
    known.sequence += 1;
    known.ids.add(event.id);
    known.isOurs = true;
    const { topic, key, ...record } = event.record({ sequence: known.sequence, epoch });
    this.outbox.push({ topic, key, ...record, partition: partitionOf(key, this.#partitions(topic)) });
    this.#note('publishes');
  }
}
