/** The environment variables that the public images turn into properties. */
import { brokerNames } from '../controlled-stack.js';
import type { StackRequest } from '../provider.js';
import { brokerSettings, workerSettings } from '../settings.js';

/** Ports inside the network of the containers. */
export const inside = {
  kafka: 19_092,
  kafkaFromHost: 9_092,
  controller: 9_093,
  postgres: 5_432,
  redis: 6_379,
  connect: 8_083,
} as const;

/** apache/kafka: KAFKA_A_B becomes a.b; no default remains when one is set. */
export function brokerEnvironment(request: StackRequest, nodeId: number, hostPort: number): Record<string, string> {
  const own = `kafka-${nodeId}`;
  const voters = brokerNames(request.kafkaBrokers).map((name, index) => `${index + 1}@${name}:${inside.controller}`);
  const settings = {
    ...brokerSettings(request.kafkaBrokers),
    'node.id': String(nodeId),
    listeners: `PLAINTEXT://:${inside.kafka},HOST://:${inside.kafkaFromHost},CONTROLLER://:${inside.controller}`,
    'advertised.listeners': `PLAINTEXT://${own}:${inside.kafka},HOST://127.0.0.1:${hostPort}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,HOST:PLAINTEXT',
    'controller.quorum.voters': voters.join(','),
    'log.dirs': '/var/lib/kafka/data',
    ...request.kafkaProperties,
  };
  return {
    ...variables('KAFKA_', settings),
    CLUSTER_ID: 'ZHJhZ29tYW4tc3RhY2stMQ',
    KAFKA_HEAP_OPTS: `-Xms128m -Xmx${request.heapMb.kafka}m`,
  };
}

/** quay.io/debezium/connect: CONNECT_A_B becomes a.b, but these go by shorter names, whose defaults win over CONNECT_. */
const shortNames: Readonly<Record<string, string>> = {
  'bootstrap.servers': 'BOOTSTRAP_SERVERS',
  'group.id': 'GROUP_ID',
  'key.converter': 'KEY_CONVERTER',
  'value.converter': 'VALUE_CONVERTER',
  'config.storage.topic': 'CONFIG_STORAGE_TOPIC',
  'offset.storage.topic': 'OFFSET_STORAGE_TOPIC',
  'status.storage.topic': 'STATUS_STORAGE_TOPIC',
  'offset.flush.interval.ms': 'OFFSET_FLUSH_INTERVAL_MS',
  'task.shutdown.graceful.timeout.ms': 'SHUTDOWN_TIMEOUT',
};

export function workerEnvironment(request: StackRequest): Record<string, string> {
  const brokers = brokerNames(request.kafkaBrokers).map((name) => `${name}:${inside.kafka}`);
  const settings: Record<string, string> = {
    ...workerSettings(request.kafkaBrokers),
    'bootstrap.servers': brokers.join(','),
    ...request.connectProperties,
  };
  const byShortName = Object.entries(settings).flatMap(([name, value]) => {
    const short = shortNames[name];
    return short === undefined ? [] : [[short, value] as const];
  });
  const others = Object.fromEntries(Object.entries(settings).filter(([name]) => shortNames[name] === undefined));
  return {
    ...Object.fromEntries(byShortName),
    ...variables('CONNECT_', others),
    HEAP_OPTS: `-Xms128m -Xmx${request.heapMb.connect}m`,
  };
}

function variables(prefix: string, settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [prefix + name.toUpperCase().replaceAll('.', '_'), value]),
  );
}
