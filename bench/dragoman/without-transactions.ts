/**
 * The same pipeline without Kafka transactions: what exactly-once costs is the difference. The sources of a checkout are patched while
 * they are built for the bench; nothing of it can be switched on in Dragoman.
 *
 * The producer is idempotent, waits for all replicas (acks -1) and is not transactional; the records of a draft are sent in the same
 * batches; then the same offsets are committed, with the same metadata, through the consumer of the group. So nothing is begun, no
 * partition is added to a transaction, none is ended, and no markers are written. A crash between the two would publish twice.
 */
import type { Patch } from './build.js';

export const WITHOUT_TRANSACTIONS: readonly Patch[] = [
  {
    file: 'adapters/kafka/write/sink.ts',
    from: 'this.#producers = withProduce(withLastingCoordinators(kafka), produceOfProducer);',
    to: `const lasting = withProduce(withLastingCoordinators(kafka), produceOfProducer);
    this.#producers = {
      producer: ({ transactionalId, transactionTimeout, retry, ...options }) => {
        const producer = lasting.producer({ ...options, idempotent: true });
        producer.transaction = async () => {
          let offsets = [];
          return {
            sendOffsets: async ({ topics }) => {
              offsets = topics.flatMap(({ topic, partitions }) => partitions.map((one) => ({ topic, ...one })));
            },
            sendBatch: (batch) => producer.sendBatch(batch),
            commit: () => globalThis.consumerOfGroup.commitOffsets(offsets),
            abort: async () => undefined,
          };
        };
        return producer;
      },
    };`,
  },
  {
    file: 'adapters/kafka/group/group.ts',
    from: '    const { events } = this.#consumer;',
    to: '    globalThis.consumerOfGroup = this.#consumer;\n    const { events } = this.#consumer;',
  },
];
