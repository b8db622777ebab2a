/** A KRaft cluster of one or three nodes, each broker and controller at once. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brokerNames } from '../controlled-stack.js';
import type { BrokerPorts } from '../address-plan.js';
import type { StackRequest } from '../provider.js';
import { brokerSettings } from '../settings.js';
import { StackError } from '../stack-error.js';
import { javaCommand, propertiesText, SHORT_LIVED, type Jvm } from './java.js';
import type { ProcessSpec } from './processes.js';
import { run } from './run.js';

/** 16 bytes in base64url. Each cluster has its own, as real ones do; the first bytes keep it from beginning with `-`, which is an option. */
const newClusterId = (): string => Buffer.concat([Buffer.from('dragoman'), randomBytes(8)]).toString('base64url');

/** Formats the storage, and says how to run each broker. */
export async function prepareKafka(
  request: StackRequest,
  directory: string,
  jvm: Jvm,
  ports: readonly BrokerPorts[],
): Promise<Record<string, ProcessSpec>> {
  const specs: Record<string, ProcessSpec> = {};
  const clusterId = newClusterId();
  await Promise.all(
    brokerNames(ports.length).map(async (name, index) => {
      const home = join(directory, name);
      await mkdir(home);
      const properties = join(home, 'server.properties');
      const own = brokerProperties(request, index + 1, home, ports);
      const settings = { ...own, ...request.kafkaProperties, ...moreListeners(own, request.kafkaProperties) };
      await writeFile(properties, propertiesText(settings));
      await format(jvm, home, properties, clusterId);
      specs[name] = {
        ...javaCommand(jvm, 'kafka.Kafka', [properties], {
          heapMb: request.heapMb.kafka,
          flags: request.isShortLived ? SHORT_LIVED : [],
        }),
        directory: home,
        logFile: join(directory, `${name}.log`),
      };
    }),
  );
  return specs;
}

async function format(jvm: Jvm, home: string, properties: string, clusterId: string): Promise<void> {
  const { command, args } = javaCommand(jvm, 'kafka.tools.StorageTool', ['format', '-t', clusterId, '-c', properties], {
    heapMb: 128,
    flags: SHORT_LIVED,
  });
  const result = await run(command, args, { directory: home });
  if (result.exitCode !== 0) throw new StackError('START_FAILED', `cannot format ${home}:\n${result.output.trimEnd()}`);
}

function brokerProperties(
  { faultProxy }: StackRequest,
  nodeId: number,
  home: string,
  ports: readonly BrokerPorts[],
): Record<string, string> {
  const { client, proxied, controller } = ports[nodeId - 1]!;
  return {
    ...brokerSettings(ports.length),
    'node.id': String(nodeId),
    ...listenerProperties([
      { name: 'PLAINTEXT', port: client, advertised: client },
      ...(faultProxy ? [{ name: 'PROXIED', port: proxied.to, advertised: proxied.port }] : []),
      { name: 'CONTROLLER', port: controller, advertised: null },
    ]),
    'controller.quorum.voters': ports.map((other, index) => `${index + 1}@127.0.0.1:${other.controller}`).join(','),
    'log.dirs': join(home, 'data'),
  };
}

/** Listeners that are asked for come beside those of the stack. */
function moreListeners(own: Settings, asked: Settings): Record<string, string> {
  const lists = ['listeners', 'advertised.listeners', 'listener.security.protocol.map'];
  return Object.fromEntries(
    lists.flatMap((name) => (asked[name] === undefined ? [] : [[name, `${own[name] ?? ''},${asked[name]}`]])),
  );
}

type Settings = Readonly<Record<string, string>>;

interface Listener {
  readonly name: string;
  readonly port: number;
  /** Where clients of this listener are sent; null: it has none. */
  readonly advertised: number | null;
}

/** Brokers and Connect keep to the first listener; clients of `PROXIED` see no addresses but the proxy's. */
function listenerProperties(all: readonly Listener[]): Record<string, string> {
  const advertised = all.filter((listener) => listener.advertised !== null);
  return {
    listeners: all.map(({ name, port }) => `${name}://127.0.0.1:${port}`).join(','),
    'advertised.listeners': advertised.map(({ name, advertised: port }) => `${name}://127.0.0.1:${port}`).join(','),
    'listener.security.protocol.map': all.map(({ name }) => `${name}:PLAINTEXT`).join(','),
  };
}
