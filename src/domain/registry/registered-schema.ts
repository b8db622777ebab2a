/** A schema as a registry has it, by the ids that records carry in front of their bytes (the wire format of Confluent's clients). */
export interface RegisteredSchema {
  /** `AVRO`, `JSON`, or what else a registry knows. */
  readonly type: string;
  readonly text: string;
  /** Texts of the schemas that it refers to, each behind those that it needs itself. */
  readonly references: readonly string[];
}
