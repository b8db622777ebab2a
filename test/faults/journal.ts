/** The journal as the independent reader has it, and Redis held against its last states. */
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { readThrough } from '../e2e/console-consumer.js';
import { PIPELINE, type Scene } from '../e2e/scene.js';
import type { RedisEndpoint } from '../stack/provider.js';
import type { JournalTale } from './check.js';
import type { FaultStack } from './nemesis.js';

export interface Journal extends JournalTale {
  /** Aggregate -> fingerprint of the state in its last entry. */
  readonly states: ReadonlyMap<string, string>;
  readonly entries: number;
}

interface Entry {
  readonly events: readonly { readonly id: string }[];
  readonly state: unknown;
}

const KEYS_PER_READ = 500;

export async function readJournal(stack: FaultStack, scene: Scene): Promise<Journal> {
  const events: [string, string][] = [];
  const states = new Map<string, string>();
  let entries = 0;
  await readThrough(stack, { topic: scene.journalTopic, isolation: 'read_committed' }, ({ key, value }) => {
    const entry = JSON.parse(value) as Entry;
    for (const { id } of entry.events) events.push([id, key]);
    states.set(key, fingerprint(JSON.stringify(entry.state)));
    entries += 1;
  });
  return { events, states, entries };
}

/** One key of an aggregate has one partition, so the last entry read is its last one. @returns what differs, in words. */
export async function wrongStates(endpoint: RedisEndpoint, scene: Scene, { states }: Journal): Promise<string[]> {
  const { host, port } = endpoint;
  const redis = new Redis({ host, port });
  const prefix = `{${scene.namespace}:${PIPELINE}}:`;
  const faults: string[] = [];
  try {
    const all = [...states];
    for (let at = 0; at < all.length; at += KEYS_PER_READ) {
      const part = all.slice(at, at + KEYS_PER_READ);
      const stored = await redis.mget(part.map(([key]) => prefix + key));
      part.forEach(([key, wanted], index) => {
        const text = stored[index];
        if (text == null) faults.push(`${key} is not in Redis`);
        else if (fingerprint(text) !== wanted) faults.push(`${key} is another in Redis than in the journal`);
      });
    }
  } finally {
    redis.disconnect();
  }
  return faults;
}

const fingerprint = (text: string): string => createHash('sha1').update(text).digest('base64');
