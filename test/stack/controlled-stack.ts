/** A {@link Stack} made of a provider's {@link PartDriver}: names, readiness and order are the same for both providers. */
import { join } from 'node:path';
import {
  allServiceNames,
  type Endpoints,
  type Part,
  type PartDriver,
  type PartName,
  type ServiceName,
  type Stack,
  type StackState,
} from './provider.js';
import { waitUntilReady } from './readiness.js';
import { StackError } from './stack-error.js';

/** Without an answer and without another line in its log. */
const readyQuietMaxMs: Readonly<Record<ServiceName, number>> = {
  postgres: 60_000,
  mariadb: 60_000,
  redis: 60_000,
  'redis-replica': 60_000,
  kafka: 90_000,
  connect: 120_000,
  registry: 120_000,
};

/** Brokers first to last, then what depends on them. */
export function partNames(services: readonly ServiceName[], kafkaBrokers: number): PartName[] {
  return allServiceNames
    .filter((name) => services.includes(name))
    .flatMap((name): PartName[] => (name === 'kafka' ? brokerNames(kafkaBrokers) : [name]));
}

export function brokerNames(kafkaBrokers: number): `kafka-${number}`[] {
  return Array.from({ length: kafkaBrokers }, (_, index) => `kafka-${index + 1}` as const);
}

export function serviceOf(part: Part): ServiceName {
  return part.startsWith('kafka') ? 'kafka' : (part as ServiceName);
}

export class ControlledStack implements Stack<ServiceName> {
  readonly provider: StackState['provider'];
  readonly endpoints: Endpoints;
  readonly stateFile: string;

  constructor(
    private readonly state: StackState,
    private readonly driver: PartDriver,
  ) {
    this.provider = state.provider;
    this.endpoints = state.endpoints as Endpoints; // Stack<S> narrows it to the services asked for
    this.stateFile = join(state.directory, 'stack.json');
  }

  async start(part: Part): Promise<void> {
    const stopped: PartName[] = [];
    for (const name of this.resolve(part)) if (!(await this.driver.isRunning(name))) stopped.push(name);
    await Promise.all(stopped.map((name) => this.driver.launch(name)));
    await this.untilReady(part);
  }

  async stop(part: Part): Promise<void> {
    await Promise.all(this.resolve(part).map((name) => this.driver.end(name, 'stop')));
  }

  async kill(part: Part): Promise<void> {
    await Promise.all(this.resolve(part).map((name) => this.driver.end(name, 'kill')));
  }

  async pause(part: Part): Promise<void> {
    await Promise.all(this.resolve(part).map((name) => this.driver.halt(name, 'pause')));
  }

  async resume(part: Part): Promise<void> {
    await Promise.all(this.resolve(part).map((name) => this.driver.halt(name, 'resume')));
  }

  async restart(part: Part): Promise<void> {
    await this.stop(part);
    await this.start(part);
  }

  async isRunning(part: Part): Promise<boolean> {
    const running = await Promise.all(this.resolve(part).map((name) => this.driver.isRunning(name)));
    return running.every(Boolean);
  }

  async logTail(part: Part): Promise<string> {
    const tails = await Promise.all(this.resolve(part).map((name) => this.driver.logTail(name)));
    return tails.join('\n');
  }

  down(): Promise<void> {
    return this.driver.remove();
  }

  private async untilReady(part: Part): Promise<void> {
    const service = serviceOf(part);
    const names = this.resolve(part);
    await waitUntilReady({
      service,
      endpoints: this.answering(part),
      kafkaBrokers: part === 'kafka' ? this.state.kafkaBrokers : 1,
      quietMaxMs: readyQuietMaxMs[service],
      alive: async () => (await Promise.all(names.map((name) => this.driver.isRunning(name)))).every(Boolean),
      logTail: () => this.logTail(part),
    });
  }

  /** One broker of several is asked itself: the others would answer for it. */
  private answering(part: Part): Endpoints {
    if (!part.startsWith('kafka-')) return this.endpoints;
    const own = this.endpoints.kafka.bootstrapServers[Number(part.slice('kafka-'.length)) - 1];
    return { ...this.endpoints, kafka: { bootstrapServers: own === undefined ? [] : [own] } };
  }

  private resolve(part: Part): PartName[] {
    const names = partNames(this.state.services, this.state.kafkaBrokers);
    const found = names.filter((name) => name === part || (part === 'kafka' && name.startsWith('kafka-')));
    if (found.length > 0) return found;
    throw new StackError('UNKNOWN_PART', `this stack has no part ${part}; it has ${names.join(', ')}`);
  }
}
