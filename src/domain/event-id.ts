/**
 * Same input, same id (guarantee G4): a UUIDv5 of what happened, never of when, where or by which rule version it was computed.
 * Source: RFC 9562, 5.5.
 */
import { v5 } from 'uuid';
import { contractText } from './integration-event.js';

/** v5(URL namespace, "urn:dragoman:integration-event"): fixed for ever, because every id depends on it. */
const NAMESPACE = '85293fd8-bada-5d07-b360-59846ce794ef';

export interface Occurrence {
  readonly contract: string;
  readonly majorVersion: number;
  readonly aggregateId: string;
  /** Empty for a milestone that happens once; else the row's key or the occurrence number. */
  readonly occurrence: string;
}

export const eventId = ({ contract, majorVersion, aggregateId, occurrence }: Occurrence): string =>
  v5(JSON.stringify([contractText(contract, majorVersion), aggregateId, occurrence]), NAMESPACE);
