/** Everything that can be said against a record of a contract topic by the protocol of ownership. docs/ownership-protocol.md has this table. */
export const CONFORM_CODES = {
  EVENT_UNREADABLE:
    'A record that cannot be read as an event: no value, no JSON, or nothing says which contract it is of.',
  EVENT_INVALID: 'An event that does not fit its contract.',
  EVENT_CONTRADICTORY: 'Headers, record key and value do not tell of the same event.',
  KEY_MISPLACED: 'It does not stand in the partition that its key belongs to.',
  HEADER_MISSING: 'A header that every event has is not there.',
  HEADER_WRONG: 'A header says something else than the value, or than the same header of the other events.',
  ID_WRONG: 'The id does not follow from contract, key and occurrence.',
  ID_TWICE: 'An event with this id stood in the topic before.',
  SEQUENCE_GAP: 'Numbers of its key under its contract are missing in front of it.',
  SEQUENCE_BACK: 'Its number is not higher than one before it.',
  OWNER_WRONG: 'Who published it did not own its route at this place of the partition.',
  EPOCH_WRONG:
    'Its epoch is not that of a handover record of its route in front of it, or one led away from the service since.',
  HANDOVER_INVALID: 'A handover record that cannot be read, or of a contract that has another topic.',
  HANDOVER_MISSING: 'A handover record that stands in other partitions and not in this one.',
  HANDOVER_TWICE:
    'A handover record that stood in this partition before, and is not Dragoman’s behind that of a service from which the route was taken.',
  HANDOVER_BACK: 'A handover record with a lower epoch than the one of its route before it.',
} as const satisfies Record<string, string>;

export type ConformCode = keyof typeof CONFORM_CODES;

export interface Finding {
  readonly code: ConformCode;
  /** `orders.fulfillment/3@17`; without offset: of the whole partition. */
  readonly place: string;
  /** `OrderReady.v1`; null: it does not say. */
  readonly contract: string | null;
  readonly key: string | null;
  /** Never a value of the event. */
  readonly text: string;
}
