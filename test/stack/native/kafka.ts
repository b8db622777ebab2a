/** A KRaft cluster of one or three nodes, each broker and controller at once. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brokerNames } from '../controlled-stack.js';
import type { Endpoints, StackRequest } from '../provider.js';
import { StackError } from '../stack-error.js';
import { javaCommand, propertiesText, type Jvm } from './java.js';
import type { ProcessSpec } from './processes.js';
import { run } from './run.js';

export interface BrokerPorts {
  readonly client: number;
  readonly controller: number;
}

const clusterId = 'ZHJhZ29tYW4tc3RhY2stMQ'; // any 16 bytes in base64url; each cluster has its own data folder

export function kafkaEndpoint(ports: readonly BrokerPorts[]): Endpoints['kafka'] {
  return { bootstrapServers: ports.map(({ client }) => `127.0.0.1:${client}`) };
}

/** Formats the storage, and says how to run each broker. */
export async function prepareKafka(
  request: StackRequest,
  directory: string,
  jvm: Jvm,
  ports: readonly BrokerPorts[],
): Promise<Record<string, ProcessSpec>> {
  const specs: Record<string, ProcessSpec> = {};
  await Promise.all(
    brokerNames(ports.length).map(async (name, index) => {
      const home = join(directory, name);
      await mkdir(home);
      const properties = join(home, 'server.properties');
      const settings = { ...brokerProperties(index + 1, home, ports), ...request.kafkaProperties };
      await writeFile(properties, propertiesText(settings));
      await format(jvm, home, properties);
      specs[name] = {
        ...javaCommand(jvm, 'kafka.Kafka', [properties], { heapMb: request.heapMb.kafka }),
        directory: home,
        logFile: join(directory, `${name}.log`),
      };
    }),
  );
  return specs;
}

async function format(jvm: Jvm, home: string, properties: string): Promise<void> {
  const { command, args } = javaCommand(jvm, 'kafka.tools.StorageTool', ['format', '-t', clusterId, '-c', properties], {
    heapMb: 128,
  });
  const result = await run(command, args, { directory: home });
  if (result.exitCode !== 0) throw new StackError('START_FAILED', `cannot format ${home}:\n${result.output.trimEnd()}`);
}

function brokerProperties(nodeId: number, home: string, ports: readonly BrokerPorts[]): Record<string, string> {
  const own = ports[nodeId - 1]!;
  const replication = String(ports.length);
  const inSyncMin = ports.length === 1 ? '1' : '2';
  return {
    'process.roles': 'broker,controller',
    'node.id': String(nodeId),
    listeners: `PLAINTEXT://127.0.0.1:${own.client},CONTROLLER://127.0.0.1:${own.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${own.client}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'controller.quorum.voters': ports.map(({ controller }, index) => `${index + 1}@127.0.0.1:${controller}`).join(','),
    'log.dirs': join(home, 'data'),
    // A topic that nobody created on purpose is a mistake: the tests want to see it.
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replication,
    'min.insync.replicas': inSyncMin,
    'offsets.topic.replication.factor': replication,
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': inSyncMin,
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': inSyncMin,
    // Few partitions in the internal topics: they are created and loaded within a second.
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.num.partitions': '4',
    // A killed broker may register again when its old session is over.
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '1000',
    'group.initial.rebalance.delay.ms': '0',
    // A killed member is missed soon: Connect's session timeout is below the broker's usual minimum of 6 s.
    'group.min.session.timeout.ms': '1000',
    // Records with old timestamps (replayed recordings) are not deleted by age.
    'log.retention.ms': '-1',
    'log.cleaner.dedupe.buffer.size': String(32 * 1024 * 1024),
    'num.network.threads': '2',
    'num.io.threads': '4',
  };
}
