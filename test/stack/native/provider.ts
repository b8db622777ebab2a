/** The stack without Docker: servers of this machine, jars by Maven, everything on 127.0.0.1 and in one temporary folder. */
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planAddresses, type AddressPlan } from '../address-plan.js';
import { ControlledStack } from '../controlled-stack.js';
import type { Endpoints, ServiceName, Stack, StackProvider, StackRequest } from '../provider.js';
import { startReaper } from '../reaper-start.js';
import { StateFile } from '../state-file.js';
import { prepareConnect } from './connect.js';
import { mountDisk } from './disk.js';
import { NativeDriver } from './driver.js';
import { provideJars, provideMariadbConnector, provideRegistry } from './jars.js';
import type { Jvm } from './java.js';
import { prepareKafka } from './kafka.js';
import { prepareMariadb } from './mariadb.js';
import { createDatabase, preparePostgres } from './postgres.js';
import type { ProcessSpec } from './processes.js';
import { prepareRegistry } from './registry.js';
import { prepareRedis, redisHome } from './redis.js';
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
    const plan = await planAddresses(request);
    const { services, kafkaBrokers } = request;
    const state = {
      provider: 'native',
      directory,
      services,
      kafkaBrokers,
      endpoints: withDisk(plan.endpoints, request, directory),
      parts: {},
    } as const;
    const file = new StateFile(directory);
    await file.write(state);
    if (!request.detached) startReaper(file.path);
    const driver = new NativeDriver(file);
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
    return new ControlledStack(state, new NativeDriver(new StateFile(state.directory)));
  },
};

interface Start {
  readonly request: StackRequest;
  readonly directory: string;
  readonly plan: AddressPlan;
  readonly stack: Stack;
  readonly driver: NativeDriver;
}

/** PostgreSQL, Redis and Kafka side by side; Connect when Kafka answers. */
async function startAll(start: Start): Promise<void> {
  const wants = (service: ServiceName): boolean => start.request.services.includes(service);
  const starts: Promise<void>[] = [];
  if (wants('postgres')) starts.push(startPostgres(start));
  if (wants('mariadb')) starts.push(startMariadb(start));
  if (wants('redis')) starts.push(startRedis(start));
  if (wants('registry')) starts.push(startRegistry(start));
  if (wants('kafka')) starts.push(startKafka(start, wants('connect')));
  const results = await Promise.allSettled(starts); // all of them, so that nothing is still starting when we clean up
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function startPostgres(start: Start): Promise<void> {
  const { request, directory, plan } = start;
  await up(start, 'postgres', { postgres: await preparePostgres(directory, await pathOf('postgres'), plan.postgres) });
  await createDatabase(plan.all.postgres, request);
}

async function startMariadb(start: Start): Promise<void> {
  const { directory, plan } = start;
  await up(start, 'mariadb', { mariadb: await prepareMariadb(directory, await pathOf('mariadbd'), plan.mariadb) });
}

async function startRegistry(start: Start): Promise<void> {
  const { request, directory, plan } = start;
  const { home, jar } = await provideRegistry(request.progress);
  const spec = await prepareRegistry(directory, { java: await pathOf('java'), home, jar, port: plan.registry });
  await up(start, 'registry', { registry: spec });
}

async function startRedis(start: Start): Promise<void> {
  const { request, directory, plan } = start;
  const server = await pathOf('redis-server');
  if (request.redisDiskMb !== null) await mountDisk(redisHome(directory, 'redis'), request.redisDiskMb);
  await up(start, 'redis', { redis: await prepareRedis(directory, server, { name: 'redis', port: plan.redis }) });
  if (!request.services.includes('redis-replica')) return;
  const replica = { name: 'redis-replica', port: plan.redisReplica, replicaOf: plan.redis } as const;
  await up(start, 'redis-replica', { 'redis-replica': await prepareRedis(directory, server, replica) });
}

function withDisk(endpoints: Partial<Endpoints>, { redisDiskMb }: StackRequest, directory: string): Partial<Endpoints> {
  if (endpoints.redis === undefined || redisDiskMb === null) return endpoints;
  return { ...endpoints, redis: { ...endpoints.redis, disk: redisHome(directory, 'redis') } };
}

async function startKafka(start: Start, withConnect: boolean): Promise<void> {
  const { request, directory, plan } = start;
  const jars = await provideJars(request.progress);
  const jvm: Jvm = { java: await pathOf('java'), classPath: jars.classPath };
  await up(start, 'kafka', await prepareKafka(request, directory, jvm, plan.brokers));
  if (!withConnect) return;
  const { bootstrapServers } = plan.all.kafka;
  const plugins = [jars.pluginDirectory];
  if (request.services.includes('mariadb')) plugins.push(await provideMariadbConnector(request.progress));
  if (request.services.includes('registry')) plugins.push((await provideRegistry(request.progress)).pluginDirectory);
  const connectPlan = { port: plan.connect, pluginDirectories: plugins, bootstrapServers };
  await up(start, 'connect', { connect: await prepareConnect(request, directory, jvm, connectPlan) });
}

async function up(
  { driver, stack, request }: Start,
  service: ServiceName,
  specs: Record<string, ProcessSpec>,
): Promise<void> {
  for (const [name, spec] of Object.entries(specs)) await driver.register(name, spec);
  await stack.start(service);
  request.progress(`${service} is up`);
}
