/**
 * Two things that kafkajs 2.2.4 (frozen since 2023) has no option for, laid over the one place where its clients are made: the ends
 * of logs instead of what is committed of them, and coordinators that are not looked up for every request.
 */
import type { Admin, Kafka } from 'kafkajs';
import { DragomanError } from '../../errors.js';

const CREATE_CLUSTER = 'private:Kafka:createCluster';
/** As the protocol has it (ListOffsets, Fetch). */
const READ_UNCOMMITTED = 0;

interface CoordinatorRequest {
  readonly groupId: string;
  readonly coordinatorType?: number;
}

/** What is used of a client's view of the cluster. */
interface Cluster {
  findGroupCoordinatorMetadata(request: CoordinatorRequest): Promise<unknown>;
}

type CreateCluster = (options: object) => Cluster;

/** An admin client whose `fetchTopicOffsets` gives the ends of the logs, uncommitted records included. */
export const logEndsAdmin = (kafka: Kafka): Admin =>
  withClusters(kafka, (create) => (options) => create({ ...options, isolationLevel: READ_UNCOMMITTED })).admin();

/**
 * A `Kafka` whose producers look up each coordinator once in their life: kafkajs does it for every request, four times in a Kafka
 * transaction. Only for producers that are thrown away after any error (R3), a coordinator that has moved being one.
 */
export const withLastingCoordinators = (kafka: Kafka): Kafka =>
  withClusters(kafka, (create) => (options) => {
    const cluster = create(options);
    const find = cluster.findGroupCoordinatorMetadata.bind(cluster);
    const known = new Map<string, Promise<unknown>>();
    cluster.findGroupCoordinatorMetadata = (request) => {
      const name = `${request.coordinatorType ?? 0}:${request.groupId}`;
      const found = known.get(name) ?? find(request);
      known.set(name, found);
      found.catch(() => known.delete(name));
      return found;
    };
    return cluster;
  });

function withClusters(kafka: Kafka, change: (create: CreateCluster) => CreateCluster): Kafka {
  const key = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  const create = key && (Reflect.get(kafka, key) as CreateCluster | undefined);
  if (key === undefined || create === undefined)
    throw new DragomanError('INVARIANT_BROKEN', 'This kafkajs does not make its clients as version 2.2.4 does.');
  return Object.create(kafka, { [key]: { value: change(create.bind(kafka)) } }) as Kafka;
}
