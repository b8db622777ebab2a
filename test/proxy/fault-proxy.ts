/**
 * A TCP relay in this process that understands requests and answers well enough to lose exactly one of them.
 *
 *     const proxy = kafkaProxy(stack.endpoints.kafka.proxied!.routes);
 *     await proxy.start();
 *     const lost = proxy.once({ on: 'EndTxn', fault: 'swallow-answer' });
 *     await lost;                                        // it has happened
 *     proxy.random({ seed: 7, probability: 0.01, on: ['Produce', 'EndTxn'], faults: ['cut-answer', 'cut-request'] });
 *     await proxy.partition(5_000, 'kafka-2');           // cut off, and unreachable for five seconds
 *     proxy.counts;                                      // { 'EndTxn swallow-answer': 1, 'connection cut': 3, ... }
 *     await proxy.stop();
 *
 * Where a call takes the name of a route, none means all of them.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../../legacy-db/workload/random.js';
import type { ProxyRoute } from '../stack/provider.js';
import { FaultPlan, type FaultOrder, type RandomFaults } from './faults.js';
import { kafkaProtocol, type KafkaApi } from './kafka-protocol.js';
import { Link } from './link.js';
import type { Pace } from './pipe.js';
import type { Protocol } from './protocol.js';
import { redisProtocol, type RedisCommand } from './redis-protocol.js';

const host = '127.0.0.1';
const opened = Promise.resolve();

/** One listening port and what goes through it. */
interface Gate<Api extends string> {
  readonly name: string;
  readonly port: number;
  readonly links: Set<Link<Api>>;
  to: number;
  refusing: boolean;
  pace: Pace;
  /** Ends a stall. */
  release: () => void;
  server: Server | null;
}

export class FaultProxy<Api extends string> {
  readonly #protocol: Protocol<Api>;
  readonly #gates: readonly Gate<Api>[];
  readonly #faults = new FaultPlan<Api>();
  readonly #seen = new Map<Api, number>();
  readonly #linkFaults = new Map<string, number>();

  constructor(protocol: Protocol<Api>, routes: readonly ProxyRoute[]) {
    this.#protocol = protocol;
    this.#gates = routes.map(({ name, port, to }) => ({
      ...{ name, port, to, links: new Set<Link<Api>>(), server: null },
      ...{ refusing: false, pace: { bytesPerSecond: null, open: opened }, release: () => undefined },
    }));
  }

  async start(): Promise<void> {
    await Promise.all(
      this.#gates.map(async (gate) => {
        gate.server = createServer((client) => this.#accept(gate, client)).listen(gate.port, host);
        await once(gate.server, 'listening');
      }),
    );
  }

  /** Cuts everything; nothing listens any more. */
  async stop(): Promise<void> {
    this.calm();
    await Promise.all(
      this.#gates.map(async (gate) => {
        const { server } = gate;
        gate.server = null;
        if (server === null) return;
        const closed = once(server, 'close');
        server.close();
        for (const link of gate.links) link.cut();
        await closed;
      }),
    );
  }

  /** What has really happened, by `<api> <fault>` and by `connection cut`, `connection refused`, `stall`. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#faults.counts, ...this.#linkFaults]);
  }

  /** Requests that came, by API. */
  get seen(): Readonly<Partial<Record<Api, number>>> {
    return Object.fromEntries(this.#seen) as Partial<Record<Api, number>>;
  }

  /** Resolves when it has happened. Several orders for one API are carried out in turn. */
  once(order: FaultOrder<Api>): Promise<void> {
    return this.#faults.order(order);
  }

  /** From now on, until {@link calm} or another call. The same seed and requests give the same faults. */
  random(settings: RandomFaults<Api>): void {
    this.#faults.random(settings, new Random(settings.seed, 0));
  }

  /** No more faults: orders and chance are forgotten, routes are open, fast and not refusing. Mute connections stay mute. */
  calm(): void {
    this.#faults.calm();
    for (const { name } of this.#gates) {
      this.accept(name);
      this.slow(null, name);
      this.resume(name);
    }
  }

  /** @returns how many connections there were. */
  cut(route?: string): number {
    const links = this.#named(route).flatMap((gate) => [...gate.links]);
    for (const link of links) link.cut();
    this.#count('connection cut', links.length);
    return links.length;
  }

  /** New connections are closed as soon as they come, until {@link accept}. */
  refuse(route?: string): void {
    for (const gate of this.#named(route)) gate.refusing = true;
  }

  accept(route?: string): void {
    for (const gate of this.#named(route)) gate.refusing = false;
  }

  /** Cuts and refuses; resolves when it is over. */
  async partition(ms: number, route?: string): Promise<void> {
    this.refuse(route);
    this.cut(route);
    await delay(ms);
    this.accept(route);
  }

  /** Nothing moves, nothing breaks: bytes are kept in both directions until {@link resume}. New connections stall too. */
  stall(route?: string): void {
    for (const gate of this.#named(route)) {
      gate.release();
      const open = new Promise<void>((resolve) => (gate.release = resolve));
      gate.pace = { ...gate.pace, open };
      this.#count('stall', 1);
    }
  }

  resume(route?: string): void {
    for (const gate of this.#named(route)) {
      gate.release();
      gate.pace = { ...gate.pace, open: opened };
    }
  }

  /** For each direction of each connection; null: as fast as they come. */
  slow(bytesPerSecond: number | null, route?: string): void {
    for (const gate of this.#named(route)) gate.pace = { ...gate.pace, bytesPerSecond };
  }

  /** As a virtual address moves to another server: connections are cut, and new ones go to the other port. */
  retarget(route: string, to: number): void {
    for (const gate of this.#named(route)) gate.to = to;
    this.cut(route);
  }

  #accept(gate: Gate<Api>, client: Socket): void {
    if (gate.refusing) {
      client.on('error', () => undefined); // its end is what we want
      client.resetAndDestroy();
      this.#count('connection refused', 1);
      return;
    }
    const link: Link<Api> = new Link(client, connect(gate.to, host), {
      protocol: this.#protocol,
      faults: this.#faults,
      pace: () => gate.pace,
      onRequest: (api) => this.#seen.set(api, (this.#seen.get(api) ?? 0) + 1),
      onClosed: () => gate.links.delete(link),
    });
    gate.links.add(link);
  }

  #named(route: string | undefined): readonly Gate<Api>[] {
    return this.#gates.filter(({ name }) => route === undefined || name === route);
  }

  #count(name: string, times: number): void {
    if (times > 0) this.#linkFaults.set(name, (this.#linkFaults.get(name) ?? 0) + times);
  }
}

export const kafkaProxy = (routes: readonly ProxyRoute[]): FaultProxy<KafkaApi> =>
  new FaultProxy(kafkaProtocol, routes);

export const redisProxy = (routes: readonly ProxyRoute[]): FaultProxy<RedisCommand> =>
  new FaultProxy(redisProtocol, routes);
