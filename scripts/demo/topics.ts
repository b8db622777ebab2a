/**
 * Reads Dragoman's topics as another team would: committed records only. The journal says what was decided, the contract
 * topics hold the events; the connector's transaction topic shows where streaming begins.
 */
import { Kafka, logLevel } from 'kafkajs';
import { positionOf } from '../../src/domain/source/position.js';
import type { JournalEntry } from '../../src/domain/state/journal-entry.js';
import { type Decision, Pairing, shownEvent } from './decision.js';

export interface TopicNames {
  readonly brokers: readonly string[];
  readonly journal: string;
  readonly contracts: readonly string[];
  readonly transactions: string;
}

export class TopicReader {
  /** End of the first streamed transaction in the source's log. */
  firstEndLsn: bigint | null = null;
  readonly #names: TopicNames;
  readonly #consumer;
  readonly #pairing = new Pairing();
  readonly #onDecision: (decision: Decision) => void;
  #position = '';

  constructor(names: TopicNames, onDecision: (decision: Decision) => void) {
    this.#names = names;
    this.#onDecision = onDecision;
    const kafka = new Kafka({ clientId: 'demo', brokers: [...names.brokers], logLevel: logLevel.NOTHING });
    this.#consumer = kafka.consumer({ groupId: 'demo-viewer', readUncommitted: false, maxWaitTimeInMs: 20 });
  }

  async start(): Promise<void> {
    const { journal, contracts, transactions } = this.#names;
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [journal, transactions, ...contracts], fromBeginning: true });
    await this.#consumer.run({
      eachMessage: ({ topic, message: { value } }) => {
        if (value !== null) this.#read(topic, value.toString());
        return Promise.resolve();
      },
    });
  }

  /** Decisions up to this commit are read, and the events of each. */
  hasReached(commitEndLsn: string): boolean {
    return this.#position >= positionOf(commitEndLsn) && this.#pairing.isSettled;
  }

  stop(): Promise<void> {
    return this.#consumer.disconnect();
  }

  #read(topic: string, text: string): void {
    if (topic === this.#names.transactions) return this.#readBoundary(text);
    if (topic !== this.#names.journal) return this.#told(this.#pairing.addEvent(shownEvent(text)));
    const entry = JSON.parse(text) as JournalEntry;
    const { position } = entry.origin;
    if (position !== null && position > this.#position) this.#position = position;
    this.#told(this.#pairing.addEntry(entry));
  }

  #told(decisions: readonly Decision[]): void {
    for (const decision of decisions) this.#onDecision(decision);
  }

  #readBoundary(text: string): void {
    const { status, id } = JSON.parse(text) as { status: string; id: string };
    if (status === 'END') this.firstEndLsn ??= BigInt(id.slice(id.indexOf(':') + 1));
  }
}
