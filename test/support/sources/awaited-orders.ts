/** Rules of small orders (`ready-orders.ts`) that are to be ready in time, and tell when they are not. */
import { z } from 'zod';
import { type CompiledRules, compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, contract, type JsonObject, many, one, publish, ruleSet } from '../../../src/rules/index.js';
import { hdr, line, type ReadyOrder } from './ready-orders.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export interface Awaited {
  readonly within?: string;
  /** `noted`: after `OrderNoted`. */
  readonly after?: 'first seen' | 'noted';
  /** Absent: it is cancelled. */
  readonly unless?: (order: ReadyOrder) => unknown;
  readonly data?: (order: ReadyOrder, due: { readonly missing: readonly string[] }) => unknown;
  readonly ready?: (order: ReadyOrder) => unknown;
  readonly region?: (order: ReadyOrder) => unknown;
  readonly retire?: { readonly when: (order: ReadyOrder) => unknown; readonly after: string };
  /** `false`: nobody waits for anything. */
  readonly isAwaited?: boolean;
  readonly pin?: boolean;
}

const prose = { owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' };

/** `OrderReady`: its status is READY. `OrderReadyOverdue`: it was not in time. `OrderNoted`: it has a note that is not `n`; not published. */
export function awaitedRules({
  within = '4 hours',
  after = 'first seen',
  unless = ({ header }) => header?.sts === 'CANCELLED',
  data = ({ header }, { missing }) => ({ status: header?.sts ?? '', missing: missing.join() }),
  ready = ({ header }) => header?.sts === 'READY',
  region = () => null,
  retire,
  isAwaited = true,
  pin,
}: Awaited = {}): { readonly rules: CompiledRules; readonly digest: string } {
  const order = aggregate(
    'order',
    { header: one(hdr, (row) => row.id), lines: many(line, (row) => row.id) },
    {
      context: { region: region as () => null },
      ...(pin === undefined ? {} : { pin }),
      ...(retire === undefined
        ? {}
        : { retire: { when: { 'it is finished': retire.when as () => boolean }, after: retire.after } }),
    },
  );
  const noted = order.milestone('OrderNoted', {
    importance: 'low',
    when: { 'it has a note': ({ header }) => header !== undefined && header.note !== null && header.note !== 'n' },
    data: () => ({}),
  });
  const orderReady = order.milestone('OrderReady', {
    importance: 'critical',
    when: { 'status is READY': ready as () => boolean },
    data: ({ header }) => ({ note: header?.note ?? '' }),
    ...(isAwaited
      ? {
          expected: {
            ...{ within, after: after === 'noted' ? noted : after },
            unless: { 'it is cancelled': unless as () => boolean },
          },
        }
      : {}),
  });
  const overdue = order.overdue('OrderReadyOverdue', {
    ...{ importance: 'high', expected: orderReady, data: data as () => JsonObject },
  });
  const readyV1 = contract('OrderReady', 1, {
    ...{ topic: 'orders.out', key: 'orderId', ...prose, data: z.object({ note: z.string() }), example: { note: 'x' } },
  });
  const overdueV1 = contract('OrderReadyOverdue', 1, {
    ...{ topic: 'orders.out', key: 'orderId', ...prose },
    ...{ data: z.object({ status: z.string(), missing: z.string() }), example: { status: 'OPEN', missing: 'x' } },
  });
  return {
    rules: compileRuleSet(
      ruleSet({
        aggregates: [order],
        facts: [noted, orderReady, ...(isAwaited ? [overdue] : [])],
        publications: [
          publish(orderReady).as(readyV1, ({ data: fields }) => fields),
          ...(isAwaited ? [publish(overdue).as(overdueV1, ({ data: fields }) => fields as never)] : []),
        ],
      }),
    ),
    digest: 'd'.repeat(16),
  };
}
