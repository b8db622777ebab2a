/** The stack in containers, by testcontainers. The daemon is on this machine: endpoints are on 127.0.0.1. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planAddresses, type AddressPlan } from '../address-plan.js';
import { ControlledStack, brokerNames } from '../controlled-stack.js';
import type { PartName, ServiceName, Stack, StackProvider, StackRequest, UsualService } from '../provider.js';
import { serviceNames } from '../provider.js';
import { startReaper } from '../reaper-start.js';
import { parameterArguments, postgresParameters, postgresPassword, postgresUser, redisArguments } from '../settings.js';
import { StateFile } from '../state-file.js';
import { daemonAnswers, provideImage } from './daemon.js';
import type { ContainerSpec } from './container.js';
import { DockerDriver, type DockerPart } from './driver.js';
import { brokerEnvironment, inside, workerEnvironment } from './environment.js';
import { images } from './images.js';

export const dockerProvider: StackProvider = {
  name: 'docker',

  async unavailable(request) {
    const native = nativeOnly(request);
    if (native !== undefined) return `only the native provider runs ${native}`;
    if (!(await daemonAnswers())) return 'no Docker daemon answers within 2 s';
    for (const service of serviceNames.filter((name) => request.services.includes(name))) {
      if (!(await provideImage(images[service], request.progress))) return `the image ${images[service]} cannot be had`;
    }
    return undefined;
  },

  async open(request) {
    const directory = await mkdtemp(join(tmpdir(), 'dragoman-stack-'));
    const plan = await planAddresses(request, { host: 'postgres', port: inside.postgres });
    const { services, kafkaBrokers } = request;
    const state = {
      provider: 'docker',
      directory,
      services,
      kafkaBrokers,
      endpoints: plan.endpoints,
      parts: {},
    } as const;
    const file = new StateFile(directory);
    await file.write(state);
    if (!request.detached) startReaper(file.path);
    const driver = new DockerDriver(file);
    const stack = new ControlledStack(state, driver);
    try {
      await startAll(request, plan, file, stack);
      return stack;
    } catch (error) {
      await driver.remove();
      throw error;
    }
  },

  attach(state) {
    return new ControlledStack(state, new DockerDriver(new StateFile(state.directory)));
  },
};

/** What this provider cannot do, in words. */
function nativeOnly({ services, faultProxy, redisDiskMb }: StackRequest): string | undefined {
  if (services.includes('mariadb')) return 'MariaDB';
  if (services.includes('registry')) return 'a schema registry';
  if (services.includes('redis-replica')) return 'a replica of Redis';
  if (faultProxy) return 'listeners for a fault proxy';
  return redisDiskMb === null ? undefined : 'Redis on a disk of its own';
}

type Start = (
  service: UsualService,
  part: PartName,
  spec: Pick<ContainerSpec, 'environment' | 'command' | 'port'>,
) => Promise<void>;

/** PostgreSQL, Redis and Kafka side by side; Connect when Kafka answers. */
async function startAll(request: StackRequest, plan: AddressPlan, file: StateFile, stack: Stack): Promise<void> {
  const start = await starter(request, file);
  const wants = (service: ServiceName): boolean => request.services.includes(service);
  const answers = async (service: ServiceName): Promise<void> => {
    await stack.start(service);
    request.progress(`${service} is up`);
  };
  const starts: Promise<void>[] = [];
  if (wants('postgres')) starts.push(startPostgres(request, plan, start).then(() => answers('postgres')));
  if (wants('redis')) starts.push(startRedis(plan, start).then(() => answers('redis')));
  if (wants('kafka')) {
    const kafka = startKafka(request, plan, start).then(() => answers('kafka'));
    const connect = async (): Promise<void> => {
      await startConnect(request, plan, start);
      await answers('connect');
    };
    starts.push(wants('connect') ? kafka.then(connect) : kafka);
  }
  const results = await Promise.allSettled(starts); // all of them, so that nothing is still starting when we clean up
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** A network of our own, and a function that starts a container in it and writes its id down. */
async function starter(request: StackRequest, file: StateFile): Promise<Start> {
  await chooseReaper(request);
  const [{ Network }, { startContainer }] = await Promise.all([import('testcontainers'), import('./container.js')]);
  const network = await new Network().start();
  await file.setPart('network', { networkId: network.getId() } satisfies DockerPart);
  return (service, part, spec) =>
    startContainer({
      ...spec,
      image: images[service],
      part,
      network,
      onCreated: (id) => file.setPart(part, { containerId: id } satisfies DockerPart),
    });
}

/** Ryuk would remove what is to outlive us, and may not be had at all; our own reaper process does its work then. */
async function chooseReaper(request: StackRequest): Promise<void> {
  if (process.env.TESTCONTAINERS_RYUK_DISABLED === 'true') return;
  const ryuk = process.env.RYUK_CONTAINER_IMAGE ?? 'testcontainers/ryuk:0.14.0';
  if (request.detached || !(await provideImage(ryuk, request.progress)))
    process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
}

function startPostgres(request: StackRequest, plan: AddressPlan, start: Start): Promise<void> {
  return start('postgres', 'postgres', {
    environment: { POSTGRES_USER: postgresUser, POSTGRES_PASSWORD: postgresPassword, POSTGRES_DB: request.database },
    command: ['postgres', ...parameterArguments(postgresParameters)],
    port: { container: inside.postgres, host: plan.postgres },
  });
}

function startRedis(plan: AddressPlan, start: Start): Promise<void> {
  return start('redis', 'redis', {
    environment: {},
    command: ['redis-server', ...redisArguments],
    port: { container: inside.redis, host: plan.redis },
  });
}

async function startKafka(request: StackRequest, plan: AddressPlan, start: Start): Promise<void> {
  const names = brokerNames(request.kafkaBrokers);
  await Promise.all(
    names.map((name, index) => {
      const host = plan.brokers[index]!.client;
      return start('kafka', name, {
        environment: brokerEnvironment(request, index + 1, host),
        port: { container: inside.kafkaFromHost, host },
      });
    }),
  );
}

function startConnect(request: StackRequest, plan: AddressPlan, start: Start): Promise<void> {
  return start('connect', 'connect', {
    environment: workerEnvironment(request),
    port: { container: inside.connect, host: plan.connect },
  });
}
