/** Made by `dragoman contracts export`: do not edit. Events may have more fields than these: read over what you do not know. */

/** The order may be fulfilled: the fraud review is clear, the shipping address is valid and stock is reserved for every line. The fields show the order as it was at that moment. */
export interface OrderAcceptedForFulfillmentV1 {
  /** What led to the event: a transaction of the source system, or a time that was due. */
  causationId: string;
  /** Where it belongs; null when nothing tells. */
  channel: string | null;
  /** The same for all events of one key. */
  correlationId: string;
  /** ISO 4217, of all amounts of the order. */
  currency: string;
  /** Names the event for ever: the same event has the same id, however often it is read or sent again. */
  eventId: string;
  /** Name of the contract. */
  eventType: "OrderAcceptedForFulfillment";
  /** All lines of the order, by line number. */
  lines: {
    lineNumber: number;
    quantity: number;
    /** The article. */
    sku: string;
    /** As agreed with the customer; four decimals, because some articles cost fractions. */
    unitPrice: string;
  }[];
  /** Where it belongs; null when nothing tells. */
  market: string | null;
  /** When it happened to the business; UTC. */
  occurredAt: string;
  /** Business key: what the event is about. The key of the record. */
  orderId: string;
  /** Major version of the contract. */
  schemaVersion: 1;
  /** Counts the events of this key under this contract and major version: 1, 2, 3, without gaps. */
  sequence: number;
  /** ISO 3166, of the address that the goods go to; null when the order has none. */
  shippingCountry: string | null;
  /** Where it happened. */
  sourceSystem: string;
  /** Where it belongs; null when nothing tells. */
  tenant: string | null;
  /** Total of the order as the order system has it. */
  totalAmount: string;
}
