/** Made by `dragoman contracts export`: do not edit. Events may have more fields than these: read over what you do not know. */

/** Money is on its way back to the customer, all of the amount or a part of it. */
export interface RefundInitiatedV1 {
  /** What goes back in this step. */
  amount: string;
  /** What led to the event: a transaction of the source system, or a time that was due. */
  causationId: string;
  /** Where it belongs; null when nothing tells. */
  channel: string | null;
  /** The same for all events of one key. */
  correlationId: string;
  /** ISO 4217, the one of the order. */
  currency: string;
  /** Names the event for ever: the same event has the same id, however often it is read or sent again. */
  eventId: string;
  /** Name of the contract. */
  eventType: "RefundInitiated";
  /** Where it belongs; null when nothing tells. */
  market: string | null;
  /** When it happened to the business; UTC. */
  occurredAt: string;
  /** Business key: what the event is about. The key of the record. */
  orderId: string;
  /** Of the payment step that gives the money back. */
  paymentId: string;
  /** Major version of the contract. */
  schemaVersion: 1;
  /** Counts the events of this key under this contract and major version: 1, 2, 3, without gaps. */
  sequence: number;
  /** Where it happened. */
  sourceSystem: string;
  /** Where it belongs; null when nothing tells. */
  tenant: string | null;
}
