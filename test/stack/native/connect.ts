/** One Kafka Connect worker in distributed mode (the only mode with exactly-once for sources), with Debezium as plugin. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoints, StackRequest } from '../provider.js';
import { javaCommand, propertiesText, type Jvm } from './java.js';
import type { ProcessSpec } from './processes.js';

export interface ConnectPlan {
  readonly port: number;
  readonly pluginDirectory: string;
  readonly bootstrapServers: Endpoints['kafka']['bootstrapServers'];
}

/** Worker settings that do not depend on where it runs; the Docker provider uses them too. */
export function workerSettings(replicationFactor: number): Record<string, string> {
  return {
    'exactly.once.source.support': 'enabled',
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': 'false',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    // With the default (true) a NULL in a column that has a DEFAULT is sent as the default.
    'key.converter.replace.null.with.default': 'false',
    'value.converter.replace.null.with.default': 'false',
    'config.storage.topic': 'connect-configs',
    'config.storage.replication.factor': String(replicationFactor),
    'offset.storage.topic': 'connect-offsets',
    'offset.storage.replication.factor': String(replicationFactor),
    'offset.storage.partitions': '1',
    'status.storage.topic': 'connect-status',
    'status.storage.replication.factor': String(replicationFactor),
    'status.storage.partitions': '1',
    'offset.flush.interval.ms': '1000',
    // A killed worker is missed after 4 s, and its successor gets the tasks at once instead of after 5 minutes.
    'session.timeout.ms': '4000',
    'heartbeat.interval.ms': '1000',
    'scheduled.rebalance.max.delay.ms': '0',
    'worker.unsync.backoff.ms': '1000',
    'rebalance.timeout.ms': '10000',
    'task.shutdown.graceful.timeout.ms': '3000',
    'topic.creation.enable': 'true',
    'connector.client.config.override.policy': 'All',
    'plugin.discovery': 'service_load',
  };
}

export async function prepareConnect(
  request: StackRequest,
  directory: string,
  jvm: Jvm,
  plan: ConnectPlan,
): Promise<ProcessSpec> {
  const home = join(directory, 'connect');
  await mkdir(home);
  const properties = join(home, 'worker.properties');
  const settings = {
    ...workerSettings(request.kafkaBrokers),
    'bootstrap.servers': plan.bootstrapServers.join(','),
    'group.id': 'stack-connect',
    listeners: `http://127.0.0.1:${plan.port}`,
    'rest.advertised.host.name': '127.0.0.1',
    'plugin.path': plan.pluginDirectory,
    ...request.connectProperties,
  };
  await writeFile(properties, propertiesText(settings));
  return {
    ...javaCommand(jvm, 'org.apache.kafka.connect.cli.ConnectDistributed', [properties], {
      heapMb: request.heapMb.connect,
      flags: ['-XX:+UseSerialGC'],
    }),
    directory: home,
    logFile: join(directory, 'connect.log'),
  };
}
