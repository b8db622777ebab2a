/** What this client may do with a consumer group (KIP-430): DescribeGroups version 3, of which kafkajs speaks version 2 only. */
import type { Kafka } from 'kafkajs';
import { askBroker } from './clusters.js';
import { CompactReader } from './compact.js';
import { allowedOf, type Operation } from './described-topics.js';
import { asking, isForbidden } from './failure.js';

const DESCRIBE_GROUPS = { apiKey: 15, apiName: 'DescribeGroups', apiVersion: 3 } as const;
const GROUP_AUTHORIZATION_FAILED = 30;

/** Null: the broker does not say. */
export async function groupAccess(kafka: Kafka, groupId: string): Promise<ReadonlySet<Operation> | null> {
  const name = Buffer.from(groupId);
  const bytes = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, name.length]), name, Buffer.from([1])]);
  try {
    const answer = await asking('The group cannot be described', () =>
      askBroker(kafka, { ...DESCRIBE_GROUPS, bytes, groupId }),
    );
    return answer === null ? null : read(new CompactReader(answer));
  } catch (error) {
    if (isForbidden(error)) return new Set();
    throw error;
  }
}

function read(answer: CompactReader): ReadonlySet<Operation> | null {
  answer.int32(); // throttle time
  const [group] = answer.array(() => {
    const errorCode = answer.int16();
    for (let i = 0; i < 4; i += 1) answer.text(); // id, state, protocol type, protocol
    answer.array(() => {
      for (let i = 0; i < 3; i += 1) answer.text(); // member id, client id, host
      answer.bytes();
      answer.bytes();
    });
    return { errorCode, allowed: allowedOf(answer.int32()) };
  });
  if (group?.errorCode === GROUP_AUTHORIZATION_FAILED) return new Set();
  return group?.allowed ?? null;
}
