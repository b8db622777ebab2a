import type { PartLimits } from '../domain/state/queue.js';
import type { Pins } from './pins.js';
import type { Routing } from './publish/routing.js';

/** What translation needs to know besides change set, state and rules; constant while a rule set is loaded. */
export interface TranslateSettings {
  /** Name of the legacy system in events: `sourceSystem`, first part of `correlationId`. */
  readonly sourceSystem: string;
  /** CloudEvents `source`: an absolute URI. */
  readonly eventSource: string;
  /** Reverse DNS, in front of the contract's name in CloudEvents `type`; may be empty. */
  readonly eventTypePrefix: string;
  /** Digest of the rule set; stamped on journal entries and events. */
  readonly digest: string;
  /** Sets of rules that aggregates keep; absent: none does. */
  readonly pins?: Pins;
  /** Who speaks under which contract, as it stands now; absent: Dragoman under all. */
  readonly routing?: Routing;
  /** Of what waits in one parked aggregate, what is in its state. */
  readonly parts: PartLimits;
  /** Events say where they stand in traces; absent: they do not. */
  readonly tracing?: TracingSettings;
  /** Bytes that a record of this topic may have, its batch included (`batchBytes`). */
  readonly recordBytesMax: (topic: string) => number;
}

export interface TracingSettings {
  /** Of the events that begin a trace, from 0 to 1. */
  readonly sampledShare: number;
}
