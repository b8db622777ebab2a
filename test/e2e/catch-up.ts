/**
 * When is Dragoman done? First everything that the database committed must be in Kafka; then the tasks must
 * have told the end of every input partition. An end made of control records only need not be told at once, so standing
 * still for a while, with nothing unread by its own metrics, counts too.
 */
import { patiently } from '../stack/patience.js';
import type { Boundaries } from './boundaries.js';
import type { DragomanProcess } from '../dragoman/process.js';
import { ORDER_TABLES } from './legacy-source.js';
import type { Scene } from './scene.js';

const STREAM_MAX_MS = 180_000;
const QUIET_MS = 5_000;
const POLL_MS = 250;

export interface CatchUpOptions {
  readonly scene: Scene;
  readonly boundaries: Boundaries;
  /** All that own a task. */
  readonly processes: () => readonly DragomanProcess[];
  /** So long without another offset that is committed. */
  readonly quietMaxMs: number;
}

/** @returns false when it stands still before its end; then what is missing shows in the comparison. */
export async function caughtUp({ scene, boundaries, processes, quietMaxMs }: CatchUpOptions): Promise<boolean> {
  const last = await scene.legacy.lastCommit();
  await boundaries.until(`the END of the last transaction (${last})`, () => boundaries.newest >= last, STREAM_MAX_MS);
  let known = '';
  let quietSinceMs = Date.now();
  const holds = async (): Promise<boolean> => {
    const now = await progress(scene);
    if (now.isAtEnd) return true;
    if (now.text !== known) quietSinceMs = Date.now();
    known = now.text;
    return Date.now() - quietSinceMs > QUIET_MS && (await nothingUnread(processes()));
  };
  return patiently({ holds, signs: () => known, quietMaxMs, pollMs: POLL_MS });
}

/** Offsets that the tasks told, of each partition the lowest, against the ends of their input partitions. */
function progress(scene: Scene): Promise<{ isAtEnd: boolean; text: string }> {
  return scene.ask(async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${scene.prefix}.`));
    const inputs = topics.filter(
      (topic) => topic === scene.transactionTopic || ORDER_TABLES.some((t) => topic.endsWith(`.${t}`)),
    );
    const committed = new Map<string, number>();
    for (const groupId of scene.taskGroups) {
      for (const { topic, partitions } of await admin.fetchOffsets({ groupId, topics: inputs })) {
        for (const { partition, offset } of partitions) {
          const name = `${topic}/${partition}`;
          committed.set(name, Math.min(Number(offset), committed.get(name) ?? Infinity));
        }
      }
    }
    let isAtEnd = true;
    for (const topic of inputs) {
      for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
        if (Number(high) > Math.max(0, committed.get(`${topic}/${partition}`) ?? 0)) isAtEnd = false;
      }
    }
    return { isAtEnd, text: JSON.stringify([...committed]) };
  });
}

async function nothingUnread(processes: readonly DragomanProcess[]): Promise<boolean> {
  const lags: number[] = [];
  const open: number[] = [];
  for (const process of processes) {
    lags.push(...(await process.metric('dragoman_consumer_lag_records')).values());
    open.push(...(await process.metric('dragoman_open_transactions')).values());
  }
  return lags.length > 0 && [...lags, ...open].every((count) => count === 0);
}
