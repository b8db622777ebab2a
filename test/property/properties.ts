/** The properties themselves, as functions that throw: random runs, kept cases and the long run share them. */
import { deepEqual } from 'node:assert/strict';
import { mariadb } from '../../src/decode/connectors/mariadb.js';
import { owedEvents } from '../model/owed-events.js';
import { owedTransactions } from '../model/owed-transactions.js';
import { CONSUMED, generated } from '../support/history/generated.js';
import { type ConsumerSettings, consumers } from '../support/delivery/consumer.js';
import { deliver, type Delivery } from '../support/delivery/delivery.js';
import type { HistoryPlan, PlanStep } from '../support/history/plan.js';
import { ENDS } from '../support/delivery/deliveries.js';
import { callsOf, expectPublished, type Lives } from '../support/delivery/pipeline.js';
import {
  expectSnapshotPlaces,
  expectArrivals,
  expectSnapshotOrder,
  expectTransactions,
  type RowOrder,
} from '../support/delivery/verdict.js';
import { beginsWhereItSays } from './late-beginning.js';

export interface SequencingCase {
  readonly plan: HistoryPlan;
  readonly delivery: Delivery;
}

/** The owed transactions in commit order, all rows once, nothing early; snapshot rows at legal places; nothing held at the end. */
export function sequencesAsOwed({ plan, delivery }: SequencingCase): void {
  const made = generated(plan);
  const start = consumers(made.records, settingsOf(plan));
  let last: ReturnType<typeof start> | null = null;
  const out = deliver(made, delivery, (from) => (last = start(from)));
  expectTransactions(out, owedTransactions(made.history, CONSUMED), orderOf(plan));
  expectSnapshotPlaces(out, made.records);
  expectSnapshotOrder(out, made.records);
  const held = (last as ReturnType<typeof start> | null)?.sequencer.status;
  deepEqual([held?.openTransactions, held?.heldRows], [0, 0]);
}

const settingsOf = ({ connector, mode = 'exact' }: HistoryPlan): ConsumerSettings =>
  connector === 'mariadb' ? { connector: mariadb, prefix: 'shop', mode } : { mode };

/** Where a connector counted anew, the rows of a changed key (one place in the log) have no order that can be told. */
const orderOf = ({ crashes }: HistoryPlan): RowOrder =>
  crashes.some(({ kind }) => kind === 'recount') ? 'byKey' : 'exact';

export interface PipelineCase {
  readonly plan: HistoryPlan;
  readonly lives: Lives;
}

/**
 * Position mode gives the owed transactions, too, but the last one, for which it waits for a later one; rows at one place of the log
 * have no order. Arrival mode gives every row by itself, in the order of its partition.
 */
export function sequencesWithoutMetadata({ plan, delivery }: SequencingCase): void {
  const made = generated({ ...plan, steps: [...plan.steps, CLOSING, CLOSING] });
  const out = deliver(made, delivery, consumers(made.records, settingsOf(plan)));
  if (plan.mode === 'arrival') return expectArrivals(out, made.records);
  expectTransactions(out, owedTransactions(made.history, CONSUMED).slice(0, -1), 'byKey');
  expectSnapshotPlaces(out, made.records);
}

const CLOSING: PlanStep = {
  kind: 'commit',
  statements: [{ op: 'write', table: 'ord_hdr', order: 0, n: 0, bits: 1 }],
  isCopy: false,
};

/** Exactly the owed events, each once, in commit order, whatever ends or fails; what cannot be decided is parked. */
export async function publishesAsOwed({ plan, lives }: PipelineCase): Promise<void> {
  const made = generated(plan);
  await expectPublished(made, lives, owedEvents(made.history));
}

/** The same with the process ending before and after every single call to the outside. @returns how many lives there were. */
export async function publishesThroughEveryEnd(plan: HistoryPlan): Promise<number> {
  const made = generated(plan);
  const owed = owedEvents(made.history);
  const calls = await callsOf(made);
  for (let call = 1; call <= calls; call += 1)
    for (const fault of ENDS) await expectPublished(made, { cuts: [], call, fault, owners: 1, seed: 0 }, owed);
  return calls * ENDS.length;
}

/** By the name that a kept case has. */
export const PROPERTIES = {
  sequencesAsOwed,
  sequencesWithoutMetadata,
  publishesAsOwed,
  publishesThroughEveryEnd,
  beginsWhereItSays,
} as const;
export type PropertyName = keyof typeof PROPERTIES;
