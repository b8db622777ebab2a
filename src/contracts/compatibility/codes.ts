/** Everything that a change of a contract can be, by code: what it is in words, and what is allowed in its place. docs/contract-changes.md. */
import type { SchemaCode } from './schema/difference.js';

interface Words {
  /** After what it is about: `payment.method` *has another type*. */
  readonly says: string;
  /** What to do where it breaks somebody. */
  readonly instead: string;
}

const BESIDE = 'Add a field with another name beside it, and keep filling this one';
const NEXT = 'or publish a new major version beside this one';
const TEXT = 'For codes that grow, promise a text and name the known values in its meaning';

const SCHEMA_CODES = {
  TYPE_CHANGED: { says: 'has another type', instead: `${BESIDE}; ${NEXT}.` },
  NULL_ALLOWED: {
    says: 'may be null now',
    instead: `Keep a value in it, and add a field that says why there is none; ${NEXT}.`,
  },
  NULL_FORBIDDEN: {
    says: 'may not be null any more',
    instead: `Leave null allowed: it costs nobody anything; ${NEXT}.`,
  },
  VALUE_ADDED: {
    says: 'may have values that it could not have',
    instead: `${TEXT}; ${BESIDE.toLowerCase()}; ${NEXT}.`,
  },
  VALUE_REMOVED: {
    says: 'may not have values any more that it had',
    instead: 'Leave them in the schema: events of before have them.',
  },
  LIMIT_LOOSENED: { says: 'may be outside of its limits of before', instead: `${BESIDE}; ${NEXT}.` },
  LIMIT_TIGHTENED: { says: 'has closer limits', instead: 'Leave the limits: events of before are outside of them.' },
  PATTERN_REMOVED: { says: 'has no pattern any more', instead: `Keep the pattern; ${BESIDE.toLowerCase()}; ${NEXT}.` },
  PATTERN_ADDED: { says: 'has a pattern now', instead: 'Leave it out: events of before need not have it.' },
  PATTERN_CHANGED: { says: 'has another pattern', instead: `${BESIDE}; ${NEXT}.` },
  FORMAT_REMOVED: { says: 'has no format any more', instead: `Keep the format; ${BESIDE.toLowerCase()}; ${NEXT}.` },
  FORMAT_ADDED: { says: 'has a format now', instead: 'Leave it out: events of before need not have it.' },
  FORMAT_CHANGED: { says: 'has another format', instead: `${BESIDE}; ${NEXT}.` },
  FIELD_MADE_OPTIONAL: { says: 'may be missing now', instead: `Keep it in every event; ${NEXT}.` },
  FIELD_MADE_REQUIRED: { says: 'must be there now', instead: 'Leave it optional: events of before lack it.' },
  FIELD_REMOVED: {
    says: 'is gone',
    instead: `Keep it in the contract until its sunset; ${NEXT}.`,
  },
  FIELD_ADDED: { says: 'is new, and may be missing', instead: 'Nothing: consumers read over what they do not know.' },
  REQUIRED_FIELD_ADDED: {
    says: 'is new, and must be there',
    instead: 'Add it as an optional field: events of before do not have it.',
  },
  FIELD_ADDED_TO_CLOSED: {
    says: 'is new, and there may be no other fields',
    instead: 'Publish a new major version whose objects are open, so that it can grow.',
  },
  FIELD_REMOVED_FROM_CLOSED: {
    says: 'is gone, and there may be no other fields',
    instead: 'Leave it in the schema as an optional field: events of before have it.',
  },
  CONTENT_OPENED: { says: 'may have fields that are not named', instead: `Name every field; ${NEXT}.` },
  CONTENT_CLOSED: {
    says: 'may have no fields but those that are named',
    instead: 'Leave the object open: that is what lets a contract grow.',
  },
  BRANCH_ADDED: { says: 'may be of a kind that it could not be', instead: `${BESIDE}; ${NEXT}.` },
  BRANCH_REMOVED: { says: 'may not be of a kind any more', instead: 'Leave it in: events of before are of that kind.' },
  UNION_CHANGED: { says: 'must fit exactly one kind now', instead: `Leave anyOf as it is; ${NEXT}.` },
  CONDITION_CHANGED: { says: 'has another condition, which is not looked into', instead: `Keep it as it is; ${NEXT}.` },
  NOT_COMPARED: {
    says: 'cannot be compared',
    instead: 'Keep unions small and schemas flat: what is not compared counts as a break.',
  },
} as const satisfies Record<SchemaCode, Words>;

/** Of the promise around the schema. */
const PROMISE_CODES = {
  CONTRACT_ADDED: { says: 'is new', instead: 'Nothing: nobody reads it yet.' },
  CONTRACT_REMOVED: {
    says: 'is not published any more',
    instead:
      'Publish it until its sunset is over: stability deprecated, sunset, replacedBy. A new name is a new contract beside it.',
  },
  TOPIC_CHANGED: { says: 'goes to another topic', instead: 'Publish a new major version to the other topic.' },
  KEY_CHANGED: {
    says: 'has another key field',
    instead: 'Publish a new major version: order and partitions hang on the key.',
  },
  EVENT_TYPE_CHANGED: {
    says: 'has another name on the wire (ce_type, ce_dataschema)',
    instead:
      'Keep event.typePrefix of the config: consumers choose events by that name. Check with the config of production.',
  },
  REGISTRY_CHANGED: {
    says: 'has another form on the wire (how it names its registered schema)',
    instead: `Keep contracts.<name>.registry of the config, and check with the config of production; ${NEXT}.`,
  },
  CARDINALITY_CHANGED: { says: 'comes as often as another fact', instead: 'Publish a new major version.' },
  CARRIES_LESS: { says: 'does not carry the state any more', instead: 'Publish a new major version.' },
  CARRIES_MORE: { says: 'carries the state now', instead: 'Nothing: it says more than before.' },
  RECONCILIATION_WEAKENED: {
    says: 'cannot be reconciled by a field any more',
    instead: `Keep the field among reconciledBy; ${NEXT}.`,
  },
  RECONCILIATION_ADDED: { says: 'can be reconciled by one more field', instead: 'Nothing.' },
  AUTHORITY_WEAKENED: {
    says: 'is not decided by the owner any more',
    instead: `${BESIDE} with values of its owner; ${NEXT}.`,
  },
  AUTHORITY_CHANGED: { says: 'is decided by somebody else', instead: 'Tell consumers whom to ask.' },
  CLASS_WEAKENED: {
    says: 'has a weaker class',
    instead:
      'Keep the class: consumers that keep it by the class of before would keep it too long, or show it to too many.',
  },
  CLASS_ADDED: { says: 'has another class', instead: 'Tell consumers: they must keep it accordingly from now on.' },
  STABILITY_WEAKENED: { says: 'is experimental again', instead: 'Keep it stable; deprecate it with a sunset instead.' },
  STABILITY_CHANGED: { says: 'has another stability', instead: 'Nothing.' },
  SUNSET_SHORTENED: {
    says: 'ends earlier than was promised',
    instead: 'Keep the day that was promised: a sunset may be put off, never brought forward.',
  },
  SUNSET_EXTENDED: { says: 'ends later', instead: 'Nothing.' },
  REPLACEMENT_CHANGED: { says: 'is replaced by another contract', instead: 'Tell consumers where to go.' },
  OWNER_CHANGED: { says: 'has another owner', instead: 'Tell consumers whom to ask.' },
  WORDS_CHANGED: {
    says: 'is promised in other words',
    instead: `If the words mean something else, that is another promise: ${NEXT.slice(3)}.`,
  },
  FIELD_NAME_REUSED: {
    says: 'was retired, and is back as something else',
    instead: 'Give it another name: consumers of before read this one as what it was.',
  },
} as const satisfies Record<string, Words>;

export const CHANGE_CODES = { ...SCHEMA_CODES, ...PROMISE_CODES };
export type ChangeCode = keyof typeof CHANGE_CODES;
