/** A Redis server, primary or replica. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redisArguments, redisReplicationArguments } from '../settings.js';
import type { ProcessSpec } from './processes.js';

export interface RedisPlan {
  /** Of its folder and its log. */
  readonly name: 'redis' | 'redis-replica';
  readonly port: number;
  /** Port of the primary that it follows from the start. */
  readonly replicaOf?: number;
}

/** The role is in a file that `CONFIG REWRITE` brings up to date: whoever was promoted is still primary after a restart. */
export async function prepareRedis(directory: string, redisServer: string, plan: RedisPlan): Promise<ProcessSpec> {
  const home = redisHome(directory, plan.name);
  await mkdir(home, { recursive: true });
  const file = join(directory, `${plan.name}.conf`);
  await writeFile(file, plan.replicaOf === undefined ? '' : `replicaof 127.0.0.1 ${plan.replicaOf}\n`);
  const own = ['--port', String(plan.port), '--bind', '127.0.0.1', '--dir', home, '--daemonize', 'no'];
  return {
    command: redisServer,
    args: [file, ...own, ...redisArguments, ...redisReplicationArguments],
    directory: home,
    logFile: join(directory, `${plan.name}.log`),
  };
}

export const redisHome = (directory: string, name: RedisPlan['name']): string => join(directory, name);
