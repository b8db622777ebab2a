/** One promise: a contract of this name in this major version. What is counted and identified is counted and identified by it. */
export const contractText = (name: string, majorVersion: number): string => `${name}.v${majorVersion}`;

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
  /** 1, 2, 3 ... among the events of this aggregate under this contract and major version. */
  readonly sequence: number;
  /** Flat; metadata and business fields. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** It is in the shadow topic of its contract alone. */
  readonly isShadow?: true;
  /** Those of the headers that do not follow from the value, as the others do. Absent: there is none. */
  readonly beside?: Readonly<Record<string, string>>;
}
