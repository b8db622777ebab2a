import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { redisArguments } from '../settings.js';
import type { ProcessSpec } from './processes.js';

export async function prepareRedis(directory: string, redisServer: string, port: number): Promise<ProcessSpec> {
  const home = join(directory, 'redis');
  await mkdir(home);
  return {
    command: redisServer,
    args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', home, '--daemonize', 'no', ...redisArguments],
    directory: home,
    logFile: join(directory, 'redis.log'),
  };
}
