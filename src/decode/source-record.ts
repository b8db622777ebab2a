/** A record of a source's topic, as the decoder takes it: in JSON. */
export interface SourceRecord {
  readonly partition: string;
  readonly topic: string;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** `__debezium.newkey` or `__debezium.oldkey`, if the record has one. */
  readonly otherKey: string | null;
  /** Why key and value could not be made JSON. Absent: they are. */
  readonly unread?: string;
}
