/**
 * Fetch, version 11, as bytes (KIP-98, KIP-320): what kafkajs sends too, but each partition's answer stands for itself, and record batches
 * stay bytes. Without a fetch session and without a leader epoch; `read_committed`.
 */
import { CompactReader, int32, int64, text } from '../compact.js';
import { partitionName, splitName } from '../names.js';
import type { AbortedTransaction } from './record-batches.js';

export const FETCH = { apiKey: 1, apiName: 'Fetch', apiVersion: 11 } as const;

export interface FetchLimits {
  /** The broker waits so long for the first record. */
  readonly maxWaitMs: number;
  readonly bytesMax: number;
  readonly partitionBytesMax: number;
}

/** @param positions offset to read from by partition, in the order in which the broker fills its answer. */
export const fetchRequest = (positions: ReadonlyMap<string, number>, limits: FetchLimits): Buffer =>
  Buffer.concat([
    int32(NO_REPLICA),
    int32(limits.maxWaitMs),
    int32(1),
    int32(limits.bytesMax),
    Buffer.from([READ_COMMITTED]),
    int32(NO_SESSION),
    int32(FINAL_EPOCH),
    array(
      runsOf(positions.keys()).map(({ topic, partitions }) =>
        Buffer.concat([
          text(topic),
          array(
            partitions.map((partition) =>
              Buffer.concat([
                int32(partition),
                int32(ANY_LEADER_EPOCH),
                int64(positions.get(partitionName(topic, partition)) ?? 0),
                int64(-1), // log start, which only replicas tell
                int32(limits.partitionBytesMax),
              ]),
            ),
          ),
        ]),
      ),
    ),
    array([]), // partitions to forget
    text(''), // rack
  ]);

/** Partitions of one topic that stand together: it comes again where others stand between, as with Java's client, or the order would be another. */
function runsOf(names: Iterable<string>): { readonly topic: string; readonly partitions: readonly number[] }[] {
  const runs: { topic: string; partitions: number[] }[] = [];
  for (const name of names) {
    const { topic, partition } = splitName(name);
    const last = runs.at(-1);
    if (last?.topic === topic) last.partitions.push(partition);
    else runs.push({ topic, partitions: [partition] });
  }
  return runs;
}

const [NO_REPLICA, NO_SESSION, FINAL_EPOCH, ANY_LEADER_EPOCH, READ_COMMITTED] = [-1, 0, -1, -1, 1] as const;

export interface PartitionAnswer {
  /** `topic/3`. */
  readonly partition: string;
  readonly errorCode: number;
  /** High watermark. */
  readonly endOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly batches: Buffer;
}

export interface FetchAnswer {
  /** Of the whole request. */
  readonly errorCode: number;
  readonly partitions: readonly PartitionAnswer[];
}

export function fetchAnswer(bytes: Buffer): FetchAnswer {
  const answer = new CompactReader(bytes);
  answer.int32(); // throttle time
  const errorCode = answer.int16();
  answer.int32(); // session
  const topics = answer.array(() => {
    const topic = answer.text() ?? '';
    return answer.array(() => partitionAnswer(answer, topic));
  });
  return { errorCode, partitions: topics.flat() };
}

function partitionAnswer(answer: CompactReader, topic: string): PartitionAnswer {
  const partition = partitionName(topic, answer.int32());
  const errorCode = answer.int16();
  const endOffset = answer.int64();
  answer.int64(); // last stable offset
  answer.int64(); // log start
  const aborted = answer.array(() => ({ producerId: answer.int64(), firstOffset: answer.int64() }));
  answer.int32(); // preferred replica
  return { partition, errorCode, endOffset, aborted, batches: answer.bytes() ?? NO_BYTES };
}

const NO_BYTES = Buffer.alloc(0);

const array = (elements: readonly Buffer[]): Buffer => Buffer.concat([int32(elements.length), ...elements]);
