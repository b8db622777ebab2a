/** Rows of the example consumer's table against the oracle's events: each event has one row, in the order of its order. Pure. */
import type { ExpectedEvent } from '../../../legacy-db/oracle/expected-events.js';

/** A row of `shipping_step`, in the order of `id`. */
export interface ShippingStep {
  readonly order_id: string;
  readonly step: string;
  readonly reference: string;
  readonly detail: string;
}

export interface EffectDifferences {
  readonly missing: readonly string[];
  readonly twice: readonly string[];
  /** Rows that stand for no expected event, or say another thing of it. */
  readonly wrong: readonly string[];
  /** Of one order, in another order than its events. */
  readonly outOfOrder: readonly string[];
}

function said({ fields }: ExpectedEvent, name: string): string {
  const value = fields[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

const STEPS: Readonly<Record<string, (event: ExpectedEvent) => Omit<ShippingStep, 'order_id'>>> = {
  OrderAcceptedForFulfillment: ({ fields }) => ({
    ...{ step: 'prepare', reference: 'once' },
    detail: `${(fields['lines'] as readonly unknown[]).length} lines`,
  }),
  OrderReleasedToWarehouse: (event) => ({
    ...{ step: 'plan', reference: said(event, 'releaseNumber'), detail: said(event, 'warehouseCode') },
  }),
  OrderCancellationAccepted: (event) => ({
    ...{ step: 'stop', reference: said(event, 'requestNumber'), detail: said(event, 'reason') },
  }),
};

/** What the consumer has to do, in commit order. */
export const expectedSteps = (events: readonly ExpectedEvent[]): ShippingStep[] =>
  events.flatMap((event) => {
    const step = STEPS[event.eventType]?.(event);
    return step === undefined ? [] : [{ order_id: event.orderId, ...step }];
  });

export function compareEffects(expected: readonly ShippingStep[], actual: readonly ShippingStep[]): EffectDifferences {
  const places = new Map(expected.map((step, index) => [textOf(step), index]));
  const seen = new Set<string>();
  const twice: string[] = [];
  const wrong: string[] = [];
  const outOfOrder: string[] = [];
  const newest = new Map<string, number>();
  for (const step of actual) {
    const text = textOf(step);
    const place = places.get(text);
    if (place === undefined) wrong.push(text);
    else if (seen.has(text)) twice.push(text);
    else if (place < (newest.get(step.order_id) ?? -1)) outOfOrder.push(text);
    else newest.set(step.order_id, place);
    seen.add(text);
  }
  return { missing: [...places.keys()].filter((text) => !seen.has(text)), twice, wrong, outOfOrder };
}

const textOf = ({ order_id, step, reference, detail }: ShippingStep): string =>
  `${step} ${reference} of order ${order_id}: ${detail}`;
