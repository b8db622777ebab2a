/** What this client may do with a consumer group (KIP-430): DescribeGroups version 3, of which kafkajs speaks version 2 only. */
import type { Kafka } from 'kafkajs';
import { DragomanError } from '../../../errors.js';
import { askBroker } from '../clusters.js';
import { CompactReader, text } from '../compact.js';
import { asking } from '../failure.js';
import { allowedOf, type Operation } from './described-topics.js';

const DESCRIBE_GROUPS = { apiKey: 15, apiName: 'DescribeGroups', apiVersion: 3 } as const;
const GROUP_AUTHORIZATION_FAILED = 30;
/** The coordinator is elsewhere, just elected, or still reads its log. */
const PASSING = [14, 15, 16];
const COORDINATOR_ATTEMPTS_MAX = 40;
const COORDINATOR_WAIT_MS = 250;

/**
 * Null: the broker does not say. The group need not exist. First any broker is asked: kafkajs hides why a coordinator is not told, and any
 * of them knows whether it would be.
 */
export async function groupAccess(kafka: Kafka, groupId: string): Promise<ReadonlySet<Operation> | null> {
  for (let attempt = 0; attempt < COORDINATOR_ATTEMPTS_MAX; attempt += 1) {
    const answer = await asking(`Group ${groupId} cannot be described`, () =>
      askBroker(kafka, {
        ...DESCRIBE_GROUPS,
        bytes: Buffer.concat([Buffer.from([0, 0, 0, 1]), text(groupId), Buffer.from([1])]),
        ...(attempt === 0 ? {} : { groupId }),
      }),
    );
    if (answer === null) return null;
    const { errorCode, allowed } = readGroup(new CompactReader(answer));
    if (errorCode === GROUP_AUTHORIZATION_FAILED) return new Set();
    if (!PASSING.includes(errorCode)) return allowed;
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, COORDINATOR_WAIT_MS));
  }
  throw new DragomanError('KAFKA_UNAVAILABLE', `Group ${groupId} cannot be described: it has no coordinator yet.`);
}

function readGroup(answer: CompactReader): { errorCode: number; allowed: ReadonlySet<Operation> | null } {
  answer.int32(); // throttle time
  const [group] = answer.array(() => {
    const errorCode = answer.int16();
    skipTexts(answer, 4); // id, state, type and name of the protocol
    answer.array(() => {
      skipTexts(answer, 3); // member, client, host
      answer.bytes();
      answer.bytes();
    });
    return { errorCode, allowed: allowedOf(answer.int32()) };
  });
  return group ?? { errorCode: 0, allowed: null };
}

function skipTexts(answer: CompactReader, count: number): void {
  for (let left = count; left > 0; left -= 1) answer.text();
}
