/** One container on 127.0.0.1 only, with a fixed host port, so that the port is the same after a kill and a start. */
import { GenericContainer, type StartedNetwork, type WaitStrategy } from 'testcontainers';
import type { PartName } from '../provider.js';

export interface ContainerSpec {
  readonly image: string;
  readonly part: PartName;
  readonly environment: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly port: { readonly container: number; readonly host: number };
  readonly network: StartedNetwork;
  /** Called with the id before the container starts: what is written down can be removed, whatever happens next. */
  readonly onCreated: (id: string) => Promise<void>;
}

export async function startContainer(spec: ContainerSpec): Promise<void> {
  const container = new LoopbackContainer(spec.image, spec.onCreated)
    .withEnvironment(spec.environment)
    .withNetwork(spec.network)
    .withNetworkAliases(spec.part)
    .withExposedPorts(spec.port)
    .withLabels({ 'dragoman.stack.part': spec.part })
    .withWaitStrategy(noWait);
  if (spec.command !== undefined) container.withCommand([...spec.command]);
  await container.start();
}

class LoopbackContainer extends GenericContainer {
  constructor(
    image: string,
    private readonly onCreated: (id: string) => Promise<void>,
  ) {
    super(image);
  }

  protected override beforeContainerCreated(): Promise<void> {
    const bindings = (this.hostConfig.PortBindings ?? {}) as Record<string, { HostIp?: string; HostPort: string }[]>;
    for (const binding of Object.values(bindings).flat()) binding.HostIp = '127.0.0.1';
    return Promise.resolve();
  }

  protected override containerCreated(id: string): Promise<void> {
    return this.onCreated(id);
  }
}

/** Readiness is asked in the service's own protocol (`readiness.ts`), for both providers alike. */
const noWait: WaitStrategy = {
  waitUntilReady: () => Promise.resolve(),
  withStartupTimeout: () => noWait,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 0,
};
