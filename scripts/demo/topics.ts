/**
 * Reads Dragoman's topics as another team would: committed records only. The state topic holds the orders as the snapshot
 * showed them, the journal says what was decided, the contract topics hold the events; the connector's transaction topic shows where streaming begins.
 */
import { Kafka, logLevel } from 'kafkajs';
import { positionOf } from '../../src/domain/source/position.js';
import { journalEntry } from '../../src/pipeline/state/journal-entries.js';
import { Baseline } from './baseline.js';
import { type Decision, Pairing, shownEvent } from './decision.js';

export interface TopicNames {
  readonly brokers: readonly string[];
  readonly state: string;
  readonly journal: string;
  readonly contracts: readonly string[];
  readonly transactions: string;
  /** Name of the source. */
  readonly source: string;
}

export class TopicReader {
  /** End of the first streamed transaction in the source's log. */
  firstEndLsn: bigint | null = null;
  readonly #names: TopicNames;
  readonly #consumer;
  readonly #baseline: Baseline;
  readonly #pairing: Pairing;
  readonly #onDecision: (decision: Decision) => void;
  #position = '';

  constructor(names: TopicNames, onDecision: (decision: Decision) => void) {
    this.#names = names;
    this.#baseline = new Baseline(names.source);
    this.#pairing = new Pairing(this.#baseline);
    this.#onDecision = onDecision;
    const kafka = new Kafka({ clientId: 'demo', brokers: [...names.brokers], logLevel: logLevel.NOTHING });
    this.#consumer = kafka.consumer({ groupId: 'demo-viewer', readUncommitted: false, maxWaitTimeInMs: 20 });
  }

  async start(): Promise<void> {
    const { state, journal, contracts, transactions } = this.#names;
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [state, journal, transactions, ...contracts], fromBeginning: true });
    await this.#consumer.run({
      eachMessage: ({ topic, message: { key, value, offset } }) => {
        if (topic === state) this.#readState(key?.toString() ?? '', value === null ? null : value.toString());
        else if (value !== null) this.#read(topic, value.toString(), Number(offset));
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

  #readState(key: string, value: string | null): void {
    this.#baseline.see({ key, value });
    this.#told(this.#pairing.paired());
  }

  #read(topic: string, text: string, offset: number): void {
    if (topic === this.#names.transactions) return this.#readBoundary(text);
    if (topic !== this.#names.journal) return this.#told(this.#pairing.addEvent(shownEvent(text)));
    const entry = journalEntry(text);
    const { position } = entry.origin;
    if (position !== null && position > this.#position) this.#position = position;
    this.#told(this.#pairing.addEntry(entry, offset));
  }

  /** What the snapshot showed comes first. */
  #told(decisions: readonly Decision[]): void {
    if (decisions.length === 0) return;
    for (const decision of [...this.#baseline.take(), ...decisions]) this.#onDecision(decision);
  }

  #readBoundary(text: string): void {
    const { status, id } = JSON.parse(text) as { status: string; id: string };
    if (status === 'END') this.firstEndLsn ??= BigInt(id.slice(id.indexOf(':') + 1));
  }
}
