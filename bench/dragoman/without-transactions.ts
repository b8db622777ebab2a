/**
 * The same pipeline without Kafka transactions: what exactly-once costs is the difference. The sources of a checkout are patched while
 * they are built for the bench; nothing of it can be switched on in Dragoman.
 *
 * The producer is idempotent, waits for all replicas (acks -1) and is not transactional; the records of a draft are sent in the same
 * batches. So nothing is begun, no partition is added to a transaction, none is ended, and no markers are written. A crash between two batches
 * would publish twice, or half.
 */
import type { Patch } from './build.js';

export const WITHOUT_TRANSACTIONS: readonly Patch[] = [
  {
    file: 'adapters/kafka/write/sink.ts',
    from: 'this.#producers = withProduce(withPatientStart(withLastingCoordinators(kafka)), produceOfProducer);',
    to: `const lasting = withProduce(withPatientStart(withLastingCoordinators(kafka)), produceOfProducer);
    this.#producers = {
      producer: ({ transactionalId, transactionTimeout, retry, ...options }) => {
        const producer = lasting.producer({ ...options, idempotent: true });
        producer.transaction = async () => ({
          sendOffsets: async () => undefined,
          sendBatch: (batch) => producer.sendBatch(batch),
          commit: async () => undefined,
          abort: async () => undefined,
        });
        return producer;
      },
    };`,
  },
];
