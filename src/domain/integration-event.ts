/** What is published: a promise to other teams, with everything needed to write it as one Kafka record. */
export interface IntegrationEvent {
  readonly id: string;
  /** Contract name, without version: `OrderAcceptedForFulfillment`. */
  readonly type: string;
  readonly version: number;
  readonly topic: string;
  /** Record key: the business key. */
  readonly key: string;
  /** ISO-8601, UTC. */
  readonly occurredAt: string;
  readonly sequence: number;
  /** Flat; metadata and business fields. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}
