/** The stack without Docker: servers of this machine, jars by Maven, everything on 127.0.0.1 and in one temporary folder. */
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brokerNames, ControlledStack } from '../controlled-stack.js';
import { freePorts } from '../ports.js';
import type { Endpoints, ServiceName, Stack, StackProvider, StackRequest, StackState } from '../provider.js';
import { writeState } from '../state-file.js';
import { startReaper } from '../reaper-start.js';
import { prepareConnect } from './connect.js';
import { NativeDriver } from './driver.js';
import { provideJars } from './jars.js';
import type { Jvm } from './java.js';
import { kafkaEndpoint, prepareKafka, type BrokerPorts } from './kafka.js';
import { createDatabase, postgresPassword, postgresUser, preparePostgres } from './postgres.js';
import type { ProcessSpec } from './processes.js';
import { prepareRedis } from './redis.js';
import { canInstall, missingText, missingTools, pathOf, provideTools } from './tools.js';

export const nativeProvider: StackProvider = {
  name: 'native',

  async unavailable(request) {
    const missing = await missingTools(request.services);
    return missing.length === 0 || (await canInstall()) ? undefined : missingText(missing);
  },

  async open(request) {
    await provideTools(request.services, request.progress);
    const directory = await mkdtemp(join(tmpdir(), 'dragoman-stack-'));
    await chmod(directory, 0o711); // another user's PostgreSQL passes through
    const plan = await planPorts(request);
    const state: StackState = {
      provider: 'native',
      directory,
      services: request.services,
      kafkaBrokers: request.kafkaBrokers,
      endpoints: plan.endpoints,
      parts: {},
    };
    await writeState(state);
    if (!request.detached) startReaper(join(directory, 'stack.json'));
    const driver = new NativeDriver(directory);
    const stack = new ControlledStack(state, driver);
    try {
      await startAll({ request, directory, plan, stack, driver });
      return stack;
    } catch (error) {
      await driver.remove();
      throw error;
    }
  },

  attach(state) {
    return new ControlledStack(state, new NativeDriver(state.directory));
  },
};

interface PortPlan {
  readonly brokers: readonly BrokerPorts[];
  readonly connect: number;
  readonly postgres: number;
  readonly redis: number;
  readonly endpoints: Partial<Endpoints>;
}

async function planPorts(request: StackRequest): Promise<PortPlan> {
  const [connect, postgres, redis, ...rest] = (await freePorts(3 + 2 * request.kafkaBrokers)) as [
    number,
    number,
    number,
    ...number[],
  ];
  const brokers = brokerNames(request.kafkaBrokers).map((_, index) => ({
    client: rest[2 * index]!,
    controller: rest[2 * index + 1]!,
  }));
  const host = '127.0.0.1';
  const all: Endpoints = {
    kafka: kafkaEndpoint(brokers),
    postgres: { host, port: postgres, user: postgresUser, password: postgresPassword, database: request.database },
    connect: { url: `http://${host}:${connect}`, postgres: { host, port: postgres } },
    redis: { host, port: redis },
  };
  const endpoints = Object.fromEntries(
    request.services.map((service) => [service, all[service]]),
  ) as Partial<Endpoints>;
  return { brokers, connect, postgres, redis, endpoints };
}

interface StartPlan {
  readonly request: StackRequest;
  readonly directory: string;
  readonly plan: PortPlan;
  readonly stack: Stack;
  readonly driver: NativeDriver;
}

/** PostgreSQL, Redis and Kafka side by side; Connect when Kafka answers. */
async function startAll({ request, directory, plan, stack, driver }: StartPlan): Promise<void> {
  const wants = (service: ServiceName): boolean => request.services.includes(service);
  const up = async (service: ServiceName, specs: Record<string, ProcessSpec>): Promise<void> => {
    for (const [name, spec] of Object.entries(specs)) await driver.register(name, spec);
    await stack.start(service);
    request.progress(`${service} is up`);
  };
  const postgres = async (): Promise<void> => {
    await up('postgres', { postgres: await preparePostgres(directory, await pathOf('postgres'), plan.postgres) });
    await createDatabase(plan.endpoints.postgres!, request);
  };
  const redis = async (): Promise<void> =>
    up('redis', { redis: await prepareRedis(directory, await pathOf('redis-server'), plan.redis) });
  const kafkaAndConnect = async (): Promise<void> => {
    const jars = await provideJars(request.progress);
    const jvm: Jvm = { java: await pathOf('java'), classPath: jars.classPath };
    await up('kafka', await prepareKafka(request, directory, jvm, plan.brokers));
    if (!wants('connect')) return;
    const { bootstrapServers } = kafkaEndpoint(plan.brokers);
    const connectPlan = { port: plan.connect, pluginDirectory: jars.pluginDirectory, bootstrapServers };
    await up('connect', { connect: await prepareConnect(request, directory, jvm, connectPlan) });
  };
  const starts: Promise<void>[] = [];
  if (wants('postgres')) starts.push(postgres());
  if (wants('redis')) starts.push(redis());
  if (wants('kafka')) starts.push(kafkaAndConnect());
  const results = await Promise.allSettled(starts); // all of them, so that nothing is still starting when we clean up
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
