/** What took part in a run, and in which version. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { projectDirectory } from '../stack/directories.js';
import { pathOf } from '../stack/native/tools.js';
import { run } from '../stack/native/run.js';
import type { Scene } from '../e2e/scene.js';

export async function versions({ legacy, endpoints }: Scene): Promise<Record<string, string>> {
  const pom = await readFile(join(projectDirectory, 'test/stack/pom.xml'), 'utf8');
  const inPom = (name: string): string => new RegExp(`<${name}>([^<]+)</${name}>`).exec(pom)?.[1] ?? '?';
  const redis = new Redis({ host: endpoints.redis.host, port: endpoints.redis.port });
  const server = await redis.info('server').finally(() => redis.disconnect());
  const commit = await run('git', ['rev-parse', '--short', 'HEAD'], { directory: projectDirectory });
  return {
    Dragoman: commit.exitCode === 0 ? `commit ${commit.output.trim()}` : '?',
    'Node.js': process.versions.node,
    Kafka: `${inPom('kafka.version')}, three brokers`,
    Debezium: inPom('debezium.version'),
    Java: await firstMatch(await pathOf('java'), ['-version'], /version "([^"]+)"/),
    PostgreSQL: (await legacy.value('SHOW server_version')) ?? '?',
    Redis: /^redis_version:(\S+)/m.exec(server)?.[1] ?? '?',
    Linux: await firstMatch('uname', ['-r'], /(\S+)/),
  };
}

async function firstMatch(command: string, args: readonly string[], pattern: RegExp): Promise<string> {
  const { output } = await run(command, args);
  return pattern.exec(output)?.[1] ?? '?';
}
