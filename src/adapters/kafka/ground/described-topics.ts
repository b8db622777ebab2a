/**
 * What brokers say of topics from Metadata version 12 on (Kafka 3.0), of which kafkajs speaks version 6 only: the topic's id, which
 * tells a topic from one of the same name made after it was deleted, and what this client may do with it (KIP-430, KIP-516).
 */
import type { Kafka } from 'kafkajs';
import { DragomanError } from '../../../errors.js';
import { askBroker } from '../clusters.js';
import { compactText, CompactReader, varint } from '../compact.js';
import { asking } from '../failure.js';

export interface DescribedPartition {
  readonly partition: number;
  /** -1: it has none now. */
  readonly leader: number;
  readonly replicas: number;
  readonly inSync: number;
}

export interface DescribedTopic {
  readonly id: string;
  readonly partitions: readonly DescribedPartition[];
  /** Names as in ACLs; null: the broker does not say. */
  readonly allowed: ReadonlySet<Operation> | null;
}

/** By their number in the protocol (`AclOperation`). */
const OPERATIONS = { Read: 3, Write: 4, Create: 5, Alter: 7, Describe: 8, DescribeConfigs: 10 } as const;
export type Operation = keyof typeof OPERATIONS;

const METADATA = { apiKey: 3, apiName: 'Metadata', apiVersion: 12 } as const;
const NO_ID = Buffer.alloc(16);
const NONE = Buffer.from([0]);
/** The broker was not asked, or has no authorizer that says. */
const NOT_SAID = -2_147_483_648;

/** Topics that are there, by name. @throws DragomanError KAFKA_UNAVAILABLE, KAFKA_UNSUITABLE (brokers older than 3.0). */
export async function describeTopics(kafka: Kafka, topics: readonly string[]): Promise<Map<string, DescribedTopic>> {
  if (topics.length === 0) return new Map();
  const answer = await asking('Topics cannot be described', () =>
    askBroker(kafka, { ...METADATA, bytes: request(topics) }),
  );
  if (answer !== null) return new Map(read(new CompactReader(answer)));
  throw new DragomanError(
    'KAFKA_UNSUITABLE',
    'The brokers do not tell the ids of topics: they are older than Kafka 3.0.',
  );
}

/** Tagged fields of the header; topics (id, name, tags); no automatic creation; with what is allowed; tags. */
const request = (topics: readonly string[]): Buffer =>
  Buffer.concat([
    NONE,
    varint(topics.length + 1),
    ...topics.flatMap((topic) => [NO_ID, compactText(topic), NONE]),
    Buffer.from([0, 1]),
    NONE,
  ]);

function read(answer: CompactReader): [string, DescribedTopic][] {
  answer.tags();
  answer.int32(); // throttle time
  answer.compactArray(() => {
    answer.int32();
    answer.compactText();
    answer.int32();
    answer.compactText();
    answer.tags();
  });
  answer.compactText(); // cluster id
  answer.int32(); // controller
  return answer.compactArray(() => readTopic(answer)).flatMap((topic) => (topic === null ? [] : [topic]));
}

function readTopic(answer: CompactReader): [string, DescribedTopic] | null {
  const errorCode = answer.int16();
  const name = answer.compactText() ?? '';
  const id = answer.uuid();
  answer.boolean(); // internal
  const partitions = answer.compactArray(() => readPartition(answer));
  const bits = answer.int32();
  answer.tags();
  if (errorCode !== 0 && partitions.length === 0) return null;
  return [name, { id, partitions, allowed: allowedOf(bits) }];
}

function readPartition(answer: CompactReader): DescribedPartition {
  answer.int16(); // a leader that is away
  const partition = answer.int32();
  const leader = answer.int32();
  answer.int32(); // leader epoch
  const [replicas, inSync] = [0, 1, 2].map(() => answer.compactArray(() => answer.int32()).length);
  answer.tags();
  return { partition, leader, replicas: replicas ?? 0, inSync: inSync ?? 0 };
}

/** Bits of `authorized_operations`; null when they were not said. */
export const allowedOf = (bits: number): ReadonlySet<Operation> | null =>
  bits === NOT_SAID
    ? null
    : new Set((Object.keys(OPERATIONS) as Operation[]).filter((name) => (bits >>> OPERATIONS[name]) & 1));
