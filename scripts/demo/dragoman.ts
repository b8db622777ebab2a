/** Dragoman for the demo: its config for this stack, and its process. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dragomanCommand } from '../../test/dragoman/command.js';
import { DragomanProcess } from '../../test/dragoman/process.js';
import { projectDirectory } from '../../test/stack/directories.js';
import type { Endpoints } from '../../test/stack/stack.js';

export const NAMESPACE = 'demo';
export const PIPELINE = 'orders';
/** The connector's topic.prefix. */
export const SOURCE = 'legacy';

/** Writes the config and creates all topics, also those that the connector will write to. @returns the config file. */
export async function prepareDragoman(
  directory: string,
  endpoints: Pick<Endpoints, 'kafka' | 'redis'>,
): Promise<string> {
  const configFile = join(directory, 'dragoman.yaml');
  await writeFile(configFile, JSON.stringify(configFor(endpoints), null, 2)); // JSON is YAML
  await dragomanCommand(['topics', '--sources', '-c', configFile]);
  return configFile;
}

/** Ctrl-C reaches the demo, which then stops it in order. */
export const startDragoman = (configFile: string): DragomanProcess =>
  new DragomanProcess({ configFile, isOutOfTerminal: true });

/** One journal partition: its order is the order of all commits. */
const configFor = ({ kafka, redis }: Pick<Endpoints, 'kafka' | 'redis'>): unknown => ({
  namespace: NAMESPACE,
  sourceSystem: 'legacy-orders',
  rules: join(projectDirectory, 'rules'),
  pipelines: { [PIPELINE]: { sources: [{ name: SOURCE, beginning: 'empty' }] } },
  kafka: { brokers: [...kafka.bootstrapServers] },
  redis: { url: `redis://${redis.host}:${redis.port}` },
  journal: { partitions: 1 },
  http: { port: 0 },
});
