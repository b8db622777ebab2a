/** Everything that can be said of a record that is taken, with what becomes of it. docs/consuming.md has this table. */

/**
 * - `applied`: its effect happens; the code says what is noteworthy.
 * - `passed over`: it has no effect, and needs none.
 * - `parked`: it is kept, untouched, in the consumer's own database, and the later events of its order wait behind it.
 */
export type Becomes = 'applied' | 'passed over' | 'parked';

export const CONSUMER_CODES = {
  SEQUENCE_GAP: {
    becomes: 'applied',
    meaning: 'Numbers before this one were not seen. They are kept as a gap until they come, or are closed.',
  },
  SEQUENCE_LATE: {
    becomes: 'applied',
    meaning: 'A number of a gap: it comes after later ones of its order.',
  },
  SEQUENCE_BEGINS_LATE: {
    becomes: 'applied',
    meaning: 'The first event of an order that this consumer sees under a contract is not number 1.',
  },
  EVENT_READ_AGAIN: {
    becomes: 'passed over',
    meaning: 'The same record, read a second time: after a crash, a rebalance, or a reset of the group.',
  },
  EVENT_REPUBLISHED: {
    becomes: 'passed over',
    meaning: 'Another record with the id of an event that took effect: a replay or a repair by the publisher.',
  },
  EVENT_KNOWN_BY_NUMBER: {
    becomes: 'passed over',
    meaning:
      'Its id is no longer kept, but its number was seen, and it is older than ids are kept: it took effect long ago.',
  },
  SEQUENCE_CLOSED: { becomes: 'passed over', meaning: 'A number of a gap that was closed (`Inbox.closeGaps`).' },
  EVENT_DISCARDED: { becomes: 'passed over', meaning: 'A record that was parked, and given up (`Inbox.discard`).' },
  TYPE_UNKNOWN: { becomes: 'passed over', meaning: 'An event that this consumer does not read.' },
  VERSION_OLDER: {
    becomes: 'passed over',
    meaning: 'An older major version of a contract, of which this consumer reads a later one.',
  },
  VERSION_NEWER: {
    becomes: 'passed over',
    meaning: 'A later major version of a contract, while the one that this consumer reads is still published.',
  },
  VERSION_SUNSET: {
    becomes: 'parked',
    meaning: 'A later major version, and the day has come from which the one that this consumer reads may end.',
  },
  SEQUENCE_TAKEN: {
    becomes: 'parked',
    meaning: 'Another event of the order had this number: two publishers, or a topic that was begun anew.',
  },
  SEQUENCE_GAPS_FULL: {
    becomes: 'parked',
    meaning:
      'An order would have more gaps than are kept. Close those that are settled (`Inbox.closeGaps`), then retry.',
  },
  VALUE_ABSENT: { becomes: 'parked', meaning: 'A record without a value: contract topics have no tombstones.' },
  VALUE_TOO_LARGE: { becomes: 'parked', meaning: 'A value of more bytes than this consumer reads.' },
  CONTENT_TYPE_UNKNOWN: { becomes: 'parked', meaning: 'The header content-type names something else than JSON.' },
  EVENT_NOT_JSON: { becomes: 'parked', meaning: 'A value that is no JSON object in UTF-8.' },
  EVENT_UNTYPED: { becomes: 'parked', meaning: 'Neither headers nor value say which contract it is of.' },
  EVENT_INVALID: { becomes: 'parked', meaning: 'A value that does not fit its contract.' },
  ENUM_UNKNOWN: {
    becomes: 'parked',
    meaning: 'Values stand where the contract that this consumer was built with knows only others. Else it fits.',
  },
  EVENT_CONTRADICTORY: {
    becomes: 'parked',
    meaning: 'Headers, record key and value do not tell of the same event.',
  },
  EFFECT_FAILED: { becomes: 'parked', meaning: 'What the consumer does with the event failed because of the event.' },
  ORDER_WAITS: { becomes: 'parked', meaning: 'An earlier event of its order is parked.' },
} as const satisfies Record<string, { becomes: Becomes; meaning: string }>;

export type ConsumerCode = keyof typeof CONSUMER_CODES;

type CodesOf<B extends Becomes> = {
  [C in ConsumerCode]: (typeof CONSUMER_CODES)[C]['becomes'] extends B ? C : never;
}[ConsumerCode];
export type ParkedCode = CodesOf<'parked'>;
export type PassedCode = CodesOf<'passed over'>;
