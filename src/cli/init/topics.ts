/** What topics show of a legacy schema: the newest part of each, read without a group. */
import { kafkaClient } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import { registryOf } from '../../adapters/registry/registry.js';
import type { KafkaConfig, RegistryConfig } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { counted } from '../../observed/column.js';
import type { ObservedSchema } from '../../observed/form.js';
import { RecordsScan } from '../../observed/records.js';
import { topicsOfConnector } from '../record/ranges.js';
import { fromTopics } from '../rules/drift-records.js';
import { schemaOf } from './recording.js';

export interface ObservedTopics {
  readonly kafka: KafkaConfig;
  readonly registry: RegistryConfig;
  /** Of their names; what a connector calls `topic.prefix`. */
  readonly prefixes: readonly string[];
  /** The last so many records of each partition. */
  readonly recordsMax: number;
}

/** @throws DragomanError COMMAND_INVALID, NOTHING_OBSERVED, KAFKA_UNAVAILABLE */
export async function observedInTopics({
  kafka: config,
  registry,
  prefixes,
  recordsMax,
}: ObservedTopics): Promise<ObservedSchema> {
  if (prefixes.length === 0)
    throw new DragomanError(
      'COMMAND_INVALID',
      'Say which topics: --prefix <name>, the topic.prefix of the connector, or name its source in the config.',
    );
  const kafka = kafkaClient(config, () => undefined);
  const admin = kafka.admin();
  const schemas = registryOf(registry);
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    const there = await asking('Topics cannot be listed', () => admin.listTopics());
    const wanted = new Set(prefixes.flatMap((prefix) => topicsOfConnector(there, prefix).rows));
    const isWanted = (topic: string): boolean => wanted.has(topic);
    const { records } = await fromTopics({ kafka, admin, schemas, isWanted, extent: { recordsMax } });
    const scan = new RecordsScan();
    let count = 0;
    for await (const chunk of records) {
      for (const record of chunk) scan.add(record);
      count += chunk.length;
    }
    return schemaOf(scan, `${counted(wanted.size, 'topic')} of ${prefixes.join(', ')} (${counted(count, 'record')})`);
  } finally {
    schemas?.close();
    await admin.disconnect();
  }
}
