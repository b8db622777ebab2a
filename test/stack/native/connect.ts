/** One Kafka Connect worker in distributed mode (the only mode with exactly-once for sources), with Debezium as plugin. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoints, StackRequest } from '../provider.js';
import { workerSettings } from '../settings.js';
import { javaCommand, propertiesText, SHORT_LIVED, type Jvm } from './java.js';
import type { ProcessSpec } from './processes.js';

export interface ConnectPlan {
  readonly port: number;
  readonly pluginDirectories: readonly string[];
  readonly bootstrapServers: Endpoints['kafka']['bootstrapServers'];
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
    listeners: `http://127.0.0.1:${plan.port}`,
    'rest.advertised.host.name': '127.0.0.1',
    'plugin.path': plan.pluginDirectories.join(','),
    ...request.connectProperties,
  };
  await writeFile(properties, propertiesText(settings));
  return {
    ...javaCommand(jvm, 'org.apache.kafka.connect.cli.ConnectDistributed', [properties], {
      heapMb: request.heapMb.connect,
      flags: request.isShortLived ? SHORT_LIVED : ['-XX:+UseSerialGC'],
    }),
    directory: home,
    logFile: join(directory, 'connect.log'),
  };
}
