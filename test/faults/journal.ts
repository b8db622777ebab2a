/** Journal and state topic as the independent reader has them, and Redis held against the newest cells. */
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { readThrough } from '../e2e/console-consumer.js';
import { PIPELINE, type Scene } from '../e2e/scene.js';
import type { RedisEndpoint } from '../stack/provider.js';
import type { JournalTale } from './check.js';
import type { FaultStack } from './nemesis.js';

export interface Journal extends JournalTale {
  /** Key of a cell -> fingerprint of its newest value; null: it is gone. */
  readonly cells: ReadonlyMap<string, string | null>;
  readonly entries: number;
}

interface Entry {
  readonly events?: readonly { readonly value: { readonly eventId: string } }[];
}

const CELLS_PER_READ = 500;
/** What the console consumer prints for a tombstone. */
const TOMBSTONE = 'null';

export async function readJournal(stack: FaultStack, scene: Scene): Promise<Journal> {
  const events: [string, string][] = [];
  const cells = new Map<string, string | null>();
  let entries = 0;
  await readThrough(stack, { topic: scene.journalTopic, isolation: 'read_committed' }, ({ key, value }) => {
    for (const event of (JSON.parse(value) as Entry).events ?? []) events.push([event.value.eventId, key]);
    entries += 1;
  });
  const state = `${scene.namespace}.${PIPELINE}.state`;
  await readThrough(stack, { topic: state, isolation: 'read_committed' }, ({ key, value }) => {
    cells.set(key, value === TOMBSTONE ? null : fingerprint(value));
  });
  return { events, cells, entries };
}

/** A cell has one partition, so the last record read is its newest. @returns what differs, in words. */
export async function wrongStates(endpoint: RedisEndpoint, scene: Scene, { cells }: Journal): Promise<string[]> {
  const { host, port } = endpoint;
  const redis = new Redis({ host, port });
  const prefix = `{${scene.namespace}:${PIPELINE}}/`;
  const faults: string[] = [];
  try {
    const all = [...cells];
    for (let at = 0; at < all.length; at += CELLS_PER_READ) {
      const some = all.slice(at, at + CELLS_PER_READ);
      const stored = await Promise.all(
        some.map(([key]) => {
          const [hash, field] = JSON.parse(key) as [string, string];
          return redis.hget(prefix + hash, field);
        }),
      );
      some.forEach(([key, wanted], index) => {
        const text = stored[index] ?? null;
        if (text === null && wanted !== null) faults.push(`${key} is not in Redis`);
        else if (text !== null && wanted === null) faults.push(`${key} is in Redis, and gone in the state topic`);
        else if (text !== null && fingerprint(text) !== wanted)
          faults.push(`${key} is another in Redis than in the state topic`);
      });
    }
  } finally {
    redis.disconnect();
  }
  return faults;
}

const fingerprint = (text: string): string => createHash('sha1').update(text).digest('base64');
