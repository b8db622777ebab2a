/**
 * What the new service told: an event that it published under a contract of a capability, as the pipeline takes it up. It counts as published,
 * so Dragoman never publishes the same fact, and its numbers go on behind it. What is wrong with such a record is a *finding*: a value, which
 * parks nothing and stops nothing.
 */
import type { Stage } from './route.js';

/** Of one event; JSON-safe, because it may wait behind a parked change set. */
export interface ToldEvent {
  /** `OrderReady.v1`. */
  readonly contract: string;
  readonly eventId: string;
  /** As `domain/event-id.ts` has it. */
  readonly occurrence: string;
  readonly sequence: number;
  /** Of the route by which the service published. */
  readonly epoch: number;
  /** `service:orders`. */
  readonly producer: string;
  /** Of its route at its place in the partition. */
  readonly stage: Stage;
  /** Of its capability: what begins in one system ends there. */
  readonly isSticky: boolean;
  /** Of an epoch since which the service has not handed the route over: it goes on with what it began, and has not read of a later move yet. */
  readonly isFormer?: true;
}

/** What the new service published on trial, in the topic of its own for that; JSON-safe. */
export interface TrialEvent extends Pick<ToldEvent, 'contract' | 'eventId' | 'occurrence' | 'producer'> {
  /** The service's own count. */
  readonly sequence: number;
  /** On the wire. */
  readonly value: Readonly<Record<string, unknown>>;
  /** When its record was written, as that says, ms since 1970. */
  readonly writtenMs: number;
}

/** What may be wrong with a record of a contract topic that Dragoman did not write. docs/errors.md has this table. */
export const TOLD_FINDINGS = {
  INTRUDER_EPOCH:
    'An event of an epoch in which its route is not at this place: who wrote it has been moved away, or never owned it.',
  INTRUDER_ROUTE:
    'An event of a service about an aggregate that it does not own: the stage of the route is another, or it began in legacy.',
  TOLD_UNNAMED:
    'An event under a contract of a capability that does not say which service published it (ce_producer, as service:orders).',
  TOLD_NOT_JSON:
    'A record that cannot be read as an event: no value, no JSON, or nothing says which contract it is of.',
  TOLD_INVALID: 'An event that does not fit its contract, or whose headers, key and value contradict each other.',
  TOLD_UNKNOWN_VERSION: 'An event of a major version that the rules do not publish.',
  TOLD_ID_WRONG: 'An event whose id does not follow from contract, aggregate and occurrence.',
  TOLD_MISPLACED: 'An event in another partition than the one that its key belongs to.',
  TOLD_SEQUENCE_GAP:
    'An event of the owner whose number skips others. It counts as published, and numbers go on behind it.',
  TOLD_SEQUENCE_BACK:
    'An event of the owner whose number was used before. It counts as published; numbers stay where they were.',
  TOLD_AGAIN: 'An event of the owner about a fact that was published before. It counts once; numbers go on behind it.',
  HANDOVER_UNREADABLE: 'A handover record that cannot be read.',
  HANDOVER_UNASKED:
    'A handover record of a service that nobody asked for: of a route that is not on its way back, or of another epoch.',
} as const satisfies Record<string, string>;

export type ToldCode = keyof typeof TOLD_FINDINGS;

export interface ToldFinding {
  readonly code: ToldCode;
  /** For people: what and where. Never a value of the event. */
  readonly text: string;
}
