/**
 * Whether Kafka lets this user do what Dragoman needs, asked before anything is written: a right that is missing would else show as a
 * commit that fails again and again. The brokers themselves say what is allowed (KIP-430), so nothing is tried out.
 */
import type { Admin, Kafka } from 'kafkajs';
import { DragomanError } from '../../../errors.js';
import { askBroker } from '../clusters.js';
import { CompactReader, text } from '../compact.js';
import { asking, isForbidden } from '../failure.js';
import { describeTopics, type Operation } from './described-topics.js';
import { groupAccess } from './group-access.js';

export interface Need {
  readonly resource: 'topic' | 'group' | 'transactional id';
  readonly name: string;
  readonly operations: readonly Operation[];
}

/**
 * @param kafka a client of its own whose log nobody reads: topics that are not there are asked for by name, which kafkajs logs as errors.
 * @throws DragomanError ACCESS_DENIED naming every right that is missing.
 */
export async function checkRights(kafka: Kafka, needs: readonly Need[]): Promise<void> {
  const admin = kafka.admin();
  const missing = await asking('Kafka cannot be reached', async () => {
    await admin.connect();
    return missingRights(kafka, admin, needs);
  }).finally(() => admin.disconnect());
  if (missing.length === 0) return;
  throw new DragomanError(
    'ACCESS_DENIED',
    `Kafka does not allow this user: ${missing.join('; ')}. Add these ACLs (docs/security.md).`,
    { details: { missing } },
  );
}

/** As texts: `Write on topic orders.fulfillment`. Topics that are not there are left out. */
async function missingRights(kafka: Kafka, admin: Admin, needs: readonly Need[]): Promise<string[]> {
  const topics = needs.filter(({ resource }) => resource === 'topic').map(({ name }) => name);
  const described = await describeTopics(kafka, [...new Set(topics)]);
  const missing: string[] = [];
  for (const { resource, name, operations } of needs) {
    const allowed = await {
      topic: async () => described.get(name)?.allowed ?? ((await isHidden(admin, name)) ? NOTHING : null),
      group: () => groupAccess(kafka, name),
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
