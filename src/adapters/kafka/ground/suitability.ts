/** Refuses a cluster whose settings break a guarantee. What may not be asked (ACL) is not a reason. */
import kafkajs, { type Admin } from 'kafkajs';
import { DragomanError } from '../../../errors.js';
import { asking } from '../failure.js';

/** Broker settings by name. */
export type BrokerSettings = ReadonlyMap<string, string>;

export async function brokerSettings(admin: Admin): Promise<BrokerSettings | null> {
  const { brokers } = await asking('The cluster cannot be described', () => admin.describeCluster());
  const [broker] = brokers;
  if (broker === undefined) return null;
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name: String(broker.nodeId) }],
    });
    return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]) ?? []);
  } catch {
    return null; // DescribeConfigs on the cluster is often not allowed; InitProducerId says the rest.
  }
}

/** Pure. Every reason at once. */
export function brokerProblems(
  settings: BrokerSettings,
  { transactionTimeoutMs }: { transactionTimeoutMs: number },
): string[] {
  const problems: string[] = [];
  const numberOf = (name: string): number | null => (settings.has(name) ? Number(settings.get(name)) : null);
  const timeoutMax = numberOf('transaction.max.timeout.ms');
  if (timeoutMax !== null && timeoutMax < transactionTimeoutMs) {
    problems.push(
      `transaction.max.timeout.ms is ${timeoutMax}, below kafka.transactionTimeoutMs (${transactionTimeoutMs})`,
    );
  }
  if (settings.get('unclean.leader.election.enable') === 'true') {
    problems.push(
      'unclean.leader.election.enable is true: a leader that lost committed records would make exactly-once untrue',
    );
  }
  if (settings.size > 0 && !settings.has('group.coordinator.rebalance.protocols')) {
    problems.push(
      'the brokers are older than Kafka 3.8; offsets of a finished transaction may be read too early there (4.x is recommended)',
    );
  }
  const replicas = numberOf('transaction.state.log.replication.factor');
  const inSync = numberOf('transaction.state.log.min.isr');
  if (replicas !== null && inSync !== null && replicas >= 3 && inSync < 2) {
    problems.push(
      'transaction.state.log.min.isr is 1 with three replicas: one failing broker can lose the outcome of transactions',
    );
  }
  return problems;
}

/** @throws DragomanError KAFKA_UNSUITABLE naming everything that has to change. */
export async function checkBrokers(admin: Admin, needs: { transactionTimeoutMs: number }): Promise<void> {
  const settings = await brokerSettings(admin);
  const problems = settings === null ? [] : brokerProblems(settings, needs);
  if (problems.length === 0) return;
  throw new DragomanError('KAFKA_UNSUITABLE', `This Kafka cluster does not do: ${problems.join('; ')}.`, {
    details: { problems },
  });
}
