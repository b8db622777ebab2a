/** A Kafka cluster as its operator sees it: who leads what, moving leaders, and when every replica is there. */
import type { Admin } from 'kafkajs';
import { E2eError } from '../e2e/e2e-error.js';
import type { Scene } from '../e2e/scene.js';
import { provideJars } from '../stack/native/jars.js';
import { javaCommand, SHORT_LIVED } from '../stack/native/java.js';
import { run } from '../stack/native/run.js';
import { pathOf } from '../stack/native/tools.js';
import { patiently } from '../stack/patience.js';

export interface Place {
  readonly topic: string;
  readonly partition: number;
  /** Node ids; the first one is the preferred leader. */
  readonly replicas: readonly number[];
  readonly leader: number;
  readonly isWhole: boolean;
}

const IN_SYNC_MAX_MS = 90_000;
const POLL_MS = 250;

export async function places(admin: Admin, topics?: readonly string[]): Promise<Place[]> {
  const wanted = topics ?? (await admin.listTopics());
  const found = await admin.fetchTopicMetadata({ topics: [...wanted] });
  return found.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionId, replicas, leader, isr }) => ({
      topic: name,
      partition: partitionId,
      replicas,
      leader,
      isWhole: leader >= 0 && isr.length === replicas.length,
    })),
  );
}

/** Every replica of every partition is in sync, so that any broker may go. @throws E2eError NEVER_READY */
export async function untilInSync(scene: Scene): Promise<void> {
  let late = 'no broker answers';
  const holds = async (): Promise<boolean> => {
    const all = await scene.withAdmin((admin) => places(admin)).catch(() => undefined);
    const names = all?.filter(({ isWhole }) => !isWhole).map(({ topic, partition }) => `${topic}/${partition}`);
    late = names?.join(', ') ?? 'no broker answers';
    return late === '';
  };
  if (await patiently({ holds, signs: () => late, quietMaxMs: IN_SYNC_MAX_MS, pollMs: POLL_MS })) return;
  throw new E2eError('NEVER_READY', `replicas do not come into sync for ${IN_SYNC_MAX_MS / 1000} s: ${late}`);
}

/** Makes the next replica the preferred leader of each, and then the leader. @returns how many leaders moved. */
export async function moveLeaders(scene: Scene, chosen: (place: Place) => boolean): Promise<number> {
  const moved = (await scene.ask((admin) => places(admin))).filter(chosen);
  const topics = [...new Set(moved.map(({ topic }) => topic))].map((topic) => ({
    topic,
    partitionAssignment: moved
      .filter((place) => place.topic === topic)
      .map(({ partition, replicas: [first = 0, ...others] }) => ({ partition, replicas: [...others, first] })),
  }));
  await scene.withAdmin((admin) => admin.alterPartitionReassignments({ topics }));
  await untilInSync(scene);
  await electPreferred(scene);
  return moved.length;
}

/** There is no such call in kafkajs. */
async function electPreferred({ endpoints }: Scene): Promise<void> {
  const { classPath } = await provideJars(() => undefined);
  const { command, args } = javaCommand(
    { java: await pathOf('java'), classPath },
    'org.apache.kafka.tools.LeaderElectionCommand',
    [
      ...['--bootstrap-server', endpoints.kafka.bootstrapServers.join(',')],
      ...['--election-type', 'preferred', '--all-topic-partitions'],
    ],
    { heapMb: 128, flags: SHORT_LIVED },
  );
  const { exitCode, output } = await run(command, args);
  if (exitCode !== 0) throw new E2eError('COMMAND_FAILED', `preferred leaders cannot be elected:\n${output}`);
}

/** Where the coordinator of a group or a transactional id keeps its log: Utils.abs(id.hashCode()) % partitions. */
export function coordinatorPartition(id: string, partitions: number): number {
  let hash = 0;
  for (let at = 0; at < id.length; at += 1) hash = (Math.imul(31, hash) + id.charCodeAt(at)) | 0;
  return (hash & 0x7fffffff) % partitions;
}
