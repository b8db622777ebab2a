/** A copy of a parked record for people and tools: key and value byte for byte, its headers kept, and headers that say why. */
import { deadLetterHeaders } from '../domain/words/dead-letter-headers.js';
import type { ParkedCode } from './codes.js';
import type { ConsumedRecord, HeaderValue } from './read/record.js';
import type { ToPark } from './store/parked.js';

export interface DeadLetter {
  readonly code: ParkedCode;
  readonly text: string;
  readonly record: ConsumedRecord;
  readonly headers: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;
}

/** Resolves when all are kept. They may come a second time, after a crash: `dragoman.dlq.origin.*` tells. */
export type DeadLetterSink = (letters: readonly DeadLetter[]) => Promise<unknown>;

export const deadLetter = ({ record, code, text }: ToPark, consumer: string, nowMs: number): DeadLetter => ({
  ...{ code, text, record },
  headers: {
    ...record.headers,
    ...deadLetterHeaders({ code, text }, record),
    'dragoman.dlq.group': consumer,
    'dragoman.dlq.first_failed_at': new Date(nowMs).toISOString(),
  },
});
