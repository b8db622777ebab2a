/** Requests as kafkajs 2.2.4 hands them to a broker (`kafkajs/src/broker/index.js`), as far as they are used. */
import type { StoredOffset } from './groups.js';

export interface PartitionsOf<T extends object = object> {
  readonly topic: string;
  readonly partitions: readonly (T & { readonly partition: number })[];
}

export interface TransactionRequest {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
}

export interface OffsetsRequest {
  readonly groupId: string;
  readonly topics: readonly PartitionsOf<{ readonly offset?: string | number; readonly metadata?: string }>[];
}

export interface ProduceRequest extends TransactionRequest {
  readonly topicData: readonly PartitionsOf<{
    readonly firstSequence: number;
    readonly messages: readonly {
      readonly key?: Buffer | string | null;
      readonly value: Buffer | string | null;
      readonly headers?: Readonly<Record<string, string>>;
    }[];
  }>[];
}

export interface ListOffsetsRequest {
  readonly isolationLevel?: number;
  readonly topics: readonly PartitionsOf<{ readonly timestamp: number }>[];
}

export interface GroupRequest {
  readonly groupId: string;
  readonly memberId: string;
}

export interface JoinRequest {
  readonly groupId: string;
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

export interface SyncRequest extends GroupRequest {
  readonly generationId: number;
  readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
}

export const storedOffsets = ({
  topics,
}: {
  topics: readonly PartitionsOf<{ offset?: string | number; metadata?: string }>[];
}): Map<string, StoredOffset> =>
  new Map(
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset, metadata }): [string, StoredOffset] => [
        `${topic}/${partition}`,
        { offset: Number(offset), metadata: metadata ?? '' },
      ]),
    ),
  );
