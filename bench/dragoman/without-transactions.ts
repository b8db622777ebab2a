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
    file: 'adapters/kafka/sink.ts',
    from: `        transactionalId: this.#settings.transactionalId,
        transactionTimeout: this.#settings.transactionTimeoutMs,
        maxInFlightRequests: 1,
        retry: { retries: 0 },`,
    to: '        idempotent: true,\n        maxInFlightRequests: 1,',
  },
  { file: 'adapters/kafka/sink.ts', from: '        await (await producer.transaction()).abort();\n', to: '' },
  {
    file: 'adapters/kafka/sink.ts',
    from: `      const transaction = await producer.transaction();
      await this.#sendOffsets(transaction, offsets, metadata);
      const written = await this.#send(transaction, records);
      await transaction.commit();`,
    to: `      const written = await this.#send(producer, records);
      await this.#sendOffsets({ sendOffsets: ({ topics }) => globalThis.consumerOfGroup.commitOffsets(
        topics.flatMap(({ topic, partitions }) => partitions.map((one) => ({ topic, ...one }))),
      ) }, offsets, metadata);`,
  },
  {
    file: 'adapters/kafka/group.ts',
    from: '    const { events } = this.#consumer;',
    to: '    globalThis.consumerOfGroup = this.#consumer;\n    const { events } = this.#consumer;',
  },
];
