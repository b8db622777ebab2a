import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessSpec } from './processes.js';

/** Server settings that do not depend on where it runs; the Docker provider uses them too. */
export const serverArguments: readonly string[] = [
  ...['--appendonly', 'yes'],
  ...['--appendfsync', 'everysec'],
  ...['--save', ''],
  // Evicting keys would be losing state silently.
  ...['--maxmemory-policy', 'noeviction'],
];

export async function prepareRedis(directory: string, redisServer: string, port: number): Promise<ProcessSpec> {
  const home = join(directory, 'redis');
  await mkdir(home);
  return {
    command: redisServer,
    args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', home, '--daemonize', 'no', ...serverArguments],
    directory: home,
    logFile: join(directory, 'redis.log'),
  };
}
