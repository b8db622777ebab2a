/**
 * Opens the test stack.
 *
 *     const stack = await openStack();                     // everything, Docker if it is there, else native
 *     const small = await openStack({ services: ['redis'] });
 *     small.endpoints.redis.port;                          // endpoints of services not asked for do not compile
 *     await stack.kill('connect');                         // SIGKILL
 *     await stack.start('connect');                        // resolves when it answers again
 *     await stack.down();
 */
import { nativeProvider } from './native/provider.js';
import type {
  ProviderName,
  ServiceName,
  Stack,
  StackOptions,
  StackProvider,
  StackRequest,
  UsualService,
} from './provider.js';
import { allServiceNames, serviceNames } from './provider.js';
import { StackError } from './stack-error.js';
import { readState } from './state-file.js';

export type { Endpoints, Part, ProviderName, ServiceName, Stack, StackOptions } from './provider.js';

/**
 * Starts a stack; resolves when all of it answers. It dies with this process unless `detached`.
 * @throws StackError TOOL_MISSING, JARS_UNAVAILABLE, DOCKER_UNAVAILABLE, START_FAILED, NOT_READY; nothing is left behind.
 */
export async function openStack<S extends ServiceName = UsualService>(
  options: StackOptions<S> = {},
): Promise<Stack<S>> {
  const request = requestOf(options);
  const provider = await chooseProvider(options.provider ?? 'auto', request);
  request.progress(`provider: ${provider.name}`);
  return provider.open(request);
}

/** Controls a stack that another process opened; undefined when it is gone. */
export async function attachStack(stateFile: string): Promise<Stack<ServiceName> | undefined> {
  const state = await readState(stateFile);
  return state === undefined ? undefined : (await providerOf(state.provider)).attach(state);
}

function requestOf(options: StackOptions<ServiceName>): StackRequest {
  const wanted = new Set<ServiceName>(options.services ?? serviceNames);
  if (wanted.has('connect')) wanted.add('kafka');
  if (wanted.has('redis-replica')) wanted.add('redis');
  const kafkaBrokers = options.kafkaBrokers ?? 1;
  return {
    services: allServiceNames.filter((service) => wanted.has(service)),
    kafkaBrokers,
    kafkaProperties: options.kafkaProperties ?? {},
    connectProperties: options.connectProperties ?? {},
    heapMb: {
      kafka: options.heapMb?.kafka ?? (kafkaBrokers === 1 ? 512 : 320),
      connect: options.heapMb?.connect ?? 640,
    },
    isShortLived: options.isShortLived ?? false,
    faultProxy: options.faultProxy ?? false,
    redisDiskMb: options.redisDiskMb ?? null,
    database: options.database ?? 'legacydb',
    detached: options.detached ?? false,
    progress: options.progress ?? ((): void => undefined),
  };
}

async function chooseProvider(wish: ProviderName | 'auto', request: StackRequest): Promise<StackProvider> {
  if (wish === 'auto') {
    const docker = await providerOf('docker');
    const reason = await docker.unavailable(request);
    if (reason === undefined) return docker;
    request.progress(`not Docker: ${reason}`);
  }
  const provider = await providerOf(wish === 'docker' ? 'docker' : 'native');
  const reason = await provider.unavailable(request);
  if (reason === undefined) return provider;
  throw new StackError(provider.name === 'docker' ? 'DOCKER_UNAVAILABLE' : 'TOOL_MISSING', reason);
}

async function providerOf(name: ProviderName): Promise<StackProvider> {
  return name === 'native' ? nativeProvider : (await import('./docker/provider.js')).dockerProvider;
}
