/** Made by `dragoman contracts export`: do not edit. Events may have more fields than these: read over what you do not know. */

/** A part of the order, or all of it, was given to a warehouse to be picked and shipped. */
export interface OrderReleasedToWarehouseV1 {
  /** What led to the event: a transaction of the source system, or a time that was due. */
  causationId: string;
  /** Where it belongs; null when nothing tells. */
  channel: string | null;
  /** The same for all events of one key. */
  correlationId: string;
  /** Names the event for ever: the same event has the same id, however often it is read or sent again. */
  eventId: string;
  /** Name of the contract. */
  eventType: "OrderReleasedToWarehouse";
  /** Where it belongs; null when nothing tells. */
  market: string | null;
  /** When it happened to the business; UTC. */
  occurredAt: string;
  /** Business key: what the event is about. The key of the record. */
  orderId: string;
  /** Names the release among all orders. */
  releaseNumber: string;
  /** When the warehouse was told; occurredAt is when that was recorded. */
  releasedAt: string;
  /** Major version of the contract. */
  schemaVersion: 1;
  /** Counts the events of this key under this contract and major version: 1, 2, 3, without gaps. */
  sequence: number;
  /** Where it happened. */
  sourceSystem: string;
  /** Where it belongs; null when nothing tells. */
  tenant: string | null;
  /** Where it is picked. */
  warehouseCode: string;
}
