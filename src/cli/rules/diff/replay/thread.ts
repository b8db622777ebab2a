/** Where one of two sets of rules has a thread of its own: it reads the recording itself, and gives back what was heard. */
import { parentPort, workerData } from 'node:worker_threads';
import { openRecording } from '../../../../adapters/files/recording.js';
import { loadRules } from '../../../../adapters/files/rules-loader.js';
import { DragomanError, type ErrorCode } from '../../../../errors.js';
import { RedactedReads, redactedWords } from '../../redacted-reads.js';
import type { Heard } from '../told.js';
import { type ReplayOptions, toldBy } from './told-by.js';

export interface ThreadWork {
  readonly name: string;
  /** Of the rules. */
  readonly dir: string;
  readonly recording: string;
  readonly options: ReplayOptions;
}

/** `asked`: what rules asked for and the recording was taken without, in words. */
export type ThreadAnswer =
  { readonly heard: Heard; readonly asked: readonly string[] } | { readonly code: ErrorCode; readonly text: string };

async function answer({ name, dir, recording, options }: ThreadWork): Promise<ThreadAnswer> {
  try {
    const { records, redacted } = await openRecording(recording);
    const reads = new RedactedReads(redacted);
    const { heard } = await toldBy(name, await loadRules(dir, reads.watch), records, options);
    return { heard, asked: reads.found.map(redactedWords) };
  } catch (error) {
    if (error instanceof DragomanError) return { code: error.code, text: error.message };
    throw error;
  }
}

parentPort?.postMessage(await answer(workerData as ThreadWork));
