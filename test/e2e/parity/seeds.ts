/**
 * What the service on trial does with each event of the legacy system, as the seed says: tells the same, tells something else, keeps it to itself,
 * tells it late, twice, or in the wrong order; and what has to be found then. The same seed and event give the same. Pure.
 */
import { createHash } from 'node:crypto';
import type { ExpectedEvent } from '../../../legacy-db/oracle/expected-events.js';
import type { Fields } from '../../../legacy-db/oracle/facts.js';

/** `swapped`: with the next of its order under its contract. `invented`: told as it is, and one beside it that nobody knows. */
export type Deed = 'same' | 'allowed' | 'repeated' | 'different' | 'kept' | 'late' | 'swapped' | 'invented';

/** Of a thousand events. One that comes once in an order may be late: then nothing is out of order beside. */
const PER_MILLE: Readonly<Record<string, Partial<Record<Deed, number>>>> = {
  OrderAcceptedForFulfillment: { different: 25, kept: 10, late: 20, allowed: 15, repeated: 10 },
  OrderReleasedToWarehouse: { different: 15, kept: 10, invented: 12, swapped: 60, allowed: 10, repeated: 10 },
  OrderCancellationAccepted: { different: 30, kept: 10, allowed: 20, repeated: 10 },
  RefundInitiated: { different: 30, kept: 10, allowed: 20, repeated: 10 },
};

type Named = Pick<ExpectedEvent, 'eventType' | 'orderId' | 'occurrence'>;

/** 0 to 1, of the seed and what is asked for. */
function partOf(seed: number, what: string, { eventType, orderId, occurrence }: Named): number {
  const text = JSON.stringify([seed, what, eventType, orderId, occurrence]);
  return createHash('sha1').update(text).digest().readUInt32BE() / 2 ** 32;
}

export function deedFor(seed: number, event: Named): Deed {
  let left = partOf(seed, 'deed', event) * 1_000;
  for (const [deed, share] of Object.entries(PER_MILLE[event.eventType] ?? {}) as [Deed, number][]) {
    if (left < share) return deed;
    left -= share;
  }
  return 'same';
}

/** Fields, and where they differ: paths without places in lists, sorted; empty: nowhere, by what the rules allow. */
interface Change {
  readonly at: string;
  readonly change: (fields: Fields) => Fields;
}

const textIn = (fields: Fields, name: string): string => `${fields[name] as string | number}`;

/** Another text or number at one place. */
const set = (name: string, value: (before: string) => string | null): Change => ({
  at: name,
  change: (fields) => ({ ...fields, [name]: value(textIn(fields, name)) }),
});

type Line = Readonly<Record<string, string | number>>;
const linesOf = (fields: Fields): readonly Line[] => fields['lines'] as readonly Line[];
const firstLine = (at: string, change: (line: Line) => Line): Change => ({
  at,
  change: (fields) => ({ ...fields, lines: linesOf(fields).map((line, i) => (i === 0 ? change(line) : line)) }),
});
const plus = (amount: string, more: number, decimals: number): string => (Number(amount) + more).toFixed(decimals);
const later = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();

/** Each is a value that the contract allows. */
const DIFFERENT: Readonly<Record<string, readonly Change[]>> = {
  OrderAcceptedForFulfillment: [
    set('totalAmount', (amount) => plus(amount, 0.01, 2)),
    set('shippingCountry', (country) => (country === 'null' ? 'DE' : null)),
    firstLine('lines[].quantity', (line) => ({ ...line, quantity: Number(line['quantity']) + 1 })),
    firstLine('lines[].unitPrice', (line) => ({ ...line, unitPrice: plus(String(line['unitPrice']), 0.02, 4) })),
    {
      at: 'lines[]',
      change: (fields) => ({ ...fields, lines: [...linesOf(fields), { ...linesOf(fields)[0]!, lineNumber: 99 }] }),
    },
    {
      at: 'lines[].sku,totalAmount',
      change: (fields) => ({
        ...fields,
        totalAmount: plus(textIn(fields, 'totalAmount'), 1, 2),
        lines: linesOf(fields).map((line) => ({ ...line, sku: `${line['sku'] ?? ''}-B` })),
      }),
    },
  ],
  OrderReleasedToWarehouse: [
    set('warehouseCode', (code) => `${code}X`),
    set('releasedAt', (instant) => later(instant, 120_000)),
    set('channel', () => null),
  ],
  OrderCancellationAccepted: [
    set('reason', (reason) => (reason === 'other' ? 'fraud' : 'other')),
    set('requestedAt', (instant) => later(instant, -120_000)),
  ],
  RefundInitiated: [set('amount', (amount) => plus(amount, 1, 2)), set('channel', () => 'NOWHERE')],
};

/** By the rules of `scenarios/compared-rules.ts`. */
const ALLOWED: Readonly<Record<string, readonly Change[]>> = {
  OrderAcceptedForFulfillment: [
    set('currency', () => 'XXX'),
    firstLine('', (line) => ({ ...line, unitPrice: plus(String(line['unitPrice']), 0.005, 4) })),
  ],
  OrderReleasedToWarehouse: [set('releasedAt', (instant) => later(instant, 2_000))],
  OrderCancellationAccepted: [set('requestedAt', (instant) => later(instant, -2_000))],
  RefundInitiated: [set('amount', (amount) => plus(amount, -0.01, 2)), set('currency', () => 'XXX')],
};

export interface Told {
  readonly fields: Fields;
  /** Signature of the differences that are to be found; null: none. */
  readonly signature: string | null;
}

/** @param event with what stands beside its fields in the value (`channel`), which may change, too. */
export function toldAs(deed: Deed, seed: number, event: Named & { readonly fields: Fields }): Told {
  if (deed !== 'different' && deed !== 'allowed') return { fields: event.fields, signature: null };
  const changes = (deed === 'different' ? DIFFERENT : ALLOWED)[event.eventType] ?? [];
  const change = changes[Math.floor(partOf(seed, 'change', event) * changes.length)]!;
  return { fields: change.change(event.fields), signature: deed === 'different' ? change.at : null };
}
