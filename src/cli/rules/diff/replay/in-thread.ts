/** Gives one of two sets of rules a thread of its own, so that a long recording takes two processors. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DragomanError } from '../../../../errors.js';
import { Told } from '../told.js';
import type { Side } from '../side.js';
import type { ReplayOptions } from './told-by.js';
import type { ThreadAnswer, ThreadWork } from './thread.js';

const THREAD = new URL('./thread.js', import.meta.url);

/** From so many records on; below it, reading the recording twice costs more than it saves. */
const RECORDS_MIN = 100_000;

/** What runs from its sources, as tests do, has no file for a thread. */
export const isWorthAThread = (records: number): boolean => records >= RECORDS_MIN && import.meta.url.endsWith('.js');

export interface Thread {
  /** What was heard, and what rules asked for that the recording was taken without. Rejects with a DragomanError as if it had run here. */
  readonly done: Promise<{ readonly told: Told; readonly asked: readonly string[] }>;
  /** Ends it, done or not. */
  readonly end: () => Promise<unknown>;
}

export function threadOf({ name, dir, rules }: Side, recording: string, options: ReplayOptions): Thread {
  const work: ThreadWork = { name, dir, recording, options };
  const worker = new Worker(THREAD, { workerData: work });
  const done = once(worker, 'message').then(([given]) => {
    const answer = given as ThreadAnswer;
    if ('code' in answer) throw new DragomanError(answer.code, answer.text);
    return { told: new Told(name, rules.rules, answer.heard), asked: answer.asked };
  });
  done.catch(() => undefined); // whoever waits for it is told
  return { done, end: () => worker.terminate() };
}
