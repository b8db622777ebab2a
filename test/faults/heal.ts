/** Everything back as it was, whatever a nemesis that failed has left: the next one must find a whole world. */
import { freeDisk } from '../stack/native/disk.js';
import { setMaxmemory } from '../stack/redis-pair.js';
import { untilInSync } from './cluster.js';
import type { Arena } from './nemesis.js';

export async function heal({ stack, scene, kafkaProxy, redis }: Arena): Promise<void> {
  kafkaProxy.calm();
  redis.proxy.calm();
  const { disk } = stack.endpoints.redis;
  if (disk !== undefined) await freeDisk(disk);
  for (const part of ['redis', 'redis-replica', 'kafka', 'connect'] as const) await stack.start(part);
  await setMaxmemory(redis.pair.primary, 0);
  await redis.pair.rejoin();
  await untilInSync(scene);
}
