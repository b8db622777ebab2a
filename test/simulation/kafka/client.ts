/** The real kafkajs over the fake cluster: only what opens sockets is replaced. */
import type { Kafka } from 'kafkajs';
import { kafkaClient } from '../../../src/adapters/kafka/client.js';
import type { KafkaConfig } from '../../../src/config/schema.js';
import { addressOf, type Address, type Link, SimulatedBroker } from './broker.js';
import type { Cluster } from './cluster.js';

const CREATE_CLUSTER = 'private:Kafka:createCluster';

/** What is used of kafkajs's view of the cluster. */
interface View {
  readonly brokerPool: {
    createBroker: (options: { connectionPool: Address; nodeId?: number | string }) => SimulatedBroker;
  };
  readonly connectionPoolBuilder: { build: (address?: Address) => Promise<Address> };
}

type CreateView = (options: object) => View;

/** A client of one process. @param name tells its connections from those of other clients. */
export function simulatedKafka(
  cluster: Cluster,
  link: Link,
  { name, config }: { name: string; config: KafkaConfig },
): Kafka {
  const kafka = kafkaClient(config, () => undefined);
  const key = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  if (key === undefined) throw new RangeError('This kafkajs does not make its clients as version 2.2.4 does.');
  const create = Reflect.get(kafka, key) as CreateView;
  let clients = 0;
  let seeds = 0;
  const simulated: CreateView = (options) => {
    const view = create(options);
    const client = `${name}.${(clients += 1)}`;
    view.connectionPoolBuilder.build = (address) => Promise.resolve(address ?? addressOf((seeds++ % 3) + 1));
    view.brokerPool.createBroker = (broker) =>
      new SimulatedBroker({ cluster, link, client, requestTimeoutMs: config.requestTimeoutMs }, broker);
    return view;
  };
  Reflect.set(kafka, key, simulated);
  return kafka;
}
