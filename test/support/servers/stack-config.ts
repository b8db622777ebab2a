/** How tests with real servers reach them, and leave nothing behind. */
import type { Admin } from 'kafkajs';
import { loadConfig } from '../../../src/config/load.js';
import type { Config } from '../../../src/config/schema.js';

/** Where the servers are. */
export interface Servers {
  readonly kafka: { readonly bootstrapServers: readonly string[] };
  readonly redis: { readonly host: string; readonly port: number };
}

/** Every default but the addresses, and what `env` says besides. */
export function stackConfig({ kafka, redis }: Servers, env: Readonly<Record<string, string>> = {}): Config {
  const addresses = {
    DRAGOMAN_KAFKA_BROKERS: kafka.bootstrapServers.join(','),
    DRAGOMAN_REDIS_URL: `redis://${redis.host}:${redis.port}`,
  };
  const options = { file: null, env: { ...addresses, ...env }, readText: () => '', pipelinesRequired: false };
  return loadConfig(options).config;
}

/** Topics and groups whose names begin so. */
export async function removeOwn(admin: Admin, prefix: string): Promise<void> {
  await admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)) });
  const { groups } = await admin.listGroups();
  const own = groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(prefix));
  await admin.deleteGroups(own).catch(() => undefined);
}
