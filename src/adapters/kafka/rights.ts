/**
 * Whether Kafka lets this user do what Dragoman needs, asked before anything is written: a right that is missing would else show as a
 * commit that fails again and again. The brokers themselves say what is allowed (KIP-430), so nothing is tried out.
 */
import type { Admin, Kafka } from 'kafkajs';
import { DragomanError } from '../../errors.js';
import { askBroker } from './clusters.js';
import { CompactReader } from './compact.js';
import { allowedOf, describeTopics, type Operation } from './described-topics.js';
import { asking, isForbidden } from './failure.js';

export interface Need {
  readonly resource: 'topic' | 'group' | 'transactional id';
  readonly name: string;
  readonly operations: readonly Operation[];
}

/** @throws DragomanError ACCESS_DENIED naming every right that is missing. */
export async function checkRights(kafka: Kafka, admin: Admin, needs: readonly Need[]): Promise<void> {
  const missing = await missingRights(kafka, admin, needs);
  if (missing.length === 0) return;
  throw new DragomanError(
    'ACCESS_DENIED',
    `Kafka does not allow this user: ${missing.join('; ')}. Add these ACLs (docs/security.md).`,
    { details: { missing } },
  );
}

/** As texts: `Write on topic orders.fulfillment`. Topics that are not there are left out. */
export async function missingRights(kafka: Kafka, admin: Admin, needs: readonly Need[]): Promise<string[]> {
  const topics = needs.filter(({ resource }) => resource === 'topic').map(({ name }) => name);
  const described = await describeTopics(kafka, [...new Set(topics)]);
  const missing: string[] = [];
  for (const { resource, name, operations } of needs) {
    const allowed = await {
      topic: async () => described.get(name)?.allowed ?? ((await isHidden(admin, name)) ? NOTHING : null),
      group: () => allowedOnGroup(kafka, name),
      'transactional id': () => allowedAsWriter(kafka, name),
    }[resource]();
    const lacks = operations.filter((operation) => allowed !== null && !allowed.has(operation));
    missing.push(...lacks.map((operation) => `${operation} on ${resource} ${name}`));
  }
  return missing;
}

const NOTHING: ReadonlySet<Operation> = new Set();

/** A topic that may not even be described looks like one that is not there, unless it is asked for by name. */
async function isHidden(admin: Admin, topic: string): Promise<boolean> {
  try {
    await admin.fetchTopicMetadata({ topics: [topic] });
    return false;
  } catch (error) {
    return isForbidden(error);
  }
}

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
async function allowedOnGroup(kafka: Kafka, groupId: string): Promise<ReadonlySet<Operation> | null> {
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
    if (errorCode === GROUP_AUTHORIZATION_FAILED) return NOTHING;
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

const FIND_COORDINATOR = { apiKey: 10, apiName: 'FindCoordinator', apiVersion: 2 } as const;
const OF_TRANSACTIONS = 1;
const TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53;

/** Who may not write as this id is not told its coordinator either. */
async function allowedAsWriter(kafka: Kafka, transactionalId: string): Promise<ReadonlySet<Operation> | null> {
  const bytes = Buffer.concat([text(transactionalId), Buffer.from([OF_TRANSACTIONS])]);
  const answer = await asking(`The coordinator of ${transactionalId} cannot be asked for`, () =>
    askBroker(kafka, { ...FIND_COORDINATOR, bytes }),
  );
  if (answer === null) return null;
  const reader = new CompactReader(answer);
  reader.int32(); // throttle time
  return reader.int16() === TRANSACTIONAL_ID_AUTHORIZATION_FAILED ? NOTHING : null;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
