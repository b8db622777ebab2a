/** Gives over what the version before had: its keys in Redis, and its journal that is compacted. */
import type { Admin } from 'kafkajs';
import { changeSettings } from '../../../adapters/kafka/ground/topic-settings.js';
import { journalSettings } from '../../../adapters/kafka/ground/topics.js';
import { redisClient } from '../../../adapters/redis/client.js';
import { dropFormerKeys } from '../../../adapters/redis/former-keys.js';
import type { Config } from '../../../config/schema.js';
import { internalTopics } from '../../../pipeline/state/records.js';

export interface Dropped {
  /** Settings of the journal that were changed. */
  readonly settings: readonly string[];
  /** Of Redis. */
  readonly keys: number;
}

/** Only of a pipeline that is converted. May be broken off and run again, and while the pipeline runs. */
export async function dropOld(config: Config, pipeline: string, admin: Admin): Promise<Dropped> {
  const { namespace } = config;
  const { journal } = internalTopics(namespace, pipeline);
  const redis = redisClient(config.redis);
  try {
    const keys = await dropFormerKeys(redis, { namespace, pipeline });
    return { keys, settings: await changeSettings(admin, journal, journalSettings(config.journal.retentionMs)) };
  } finally {
    redis.disconnect();
  }
}
