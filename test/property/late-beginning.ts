/**
 * A first start on topics of which the beginning is gone, whatever is left and whenever the process ends: nothing is published before all
 * tables are known, and what is published then is what the model owes to whoever begins there (decision 0009).
 */
import { deepEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import type { PipelineEvent } from '../../src/pipeline/events.js';
import { type Position, positionText } from '../../src/domain/source/position.js';
import type { History } from '../model/history.js';
import { owedEvents } from '../model/owed-events.js';
import { commandOf, outcomes } from '../support/pipeline/commands.js';
import { clearing, type Fault, withFault } from '../support/pipeline/faults.js';
import { ENDS } from '../support/delivery/deliveries.js';
import { plainEvent, plainOwed } from '../support/delivery/pipeline.js';
import { type LateHistory, lateHistory, type LatePlan, latePlan } from '../support/history/late.js';
import type { RecordedRecord } from '../support/recordings.js';
import { retailerRules, Rig } from '../support/rig.js';

const rules = await retailerRules();
/** After the first snapshot, with the last commit of which records may have expired. */
const startedMs = ({ initial, past }: LatePlan): number =>
  1_795_254_759_571 + 17 * (initial.length + past.length) + (past.length === 0 ? 1 : 0);

/** Where the process ends: after how many thousandths of the records, and at which calls of each life. */
export interface Ends {
  readonly cuts: readonly number[];
  readonly calls: readonly number[];
  readonly fault: Fault;
}

/** Plays the records in parts; each life drains them, after it was ended where it had to. */
class Lives {
  readonly #rig: Rig;
  readonly #calls: number[];
  constructor(
    rig: Rig,
    private readonly ends: Ends,
  ) {
    this.#rig = rig;
    this.#calls = [...ends.calls];
  }

  async through(records: readonly RecordedRecord[]): Promise<void> {
    const cuts = this.ends.cuts.map((cut) => Math.round((cut / 1_000) * records.length)).sort((a, b) => a - b);
    let from = 0;
    for (const to of [...cuts, records.length]) {
      this.#rig.play(records.slice(from, to));
      from = to;
      await this.drain();
    }
  }

  async drain(): Promise<void> {
    const call = this.#calls.shift() ?? 0;
    const end = await this.#rig.live(
      withFault(this.#rig.ports(), { call, fault: this.ends.fault }, clearing(this.#rig.store)),
    );
    if (end.kind === 'crashed') deepEqual(await this.#rig.live(), { kind: 'drained' });
    else deepEqual(end, { kind: 'drained' });
  }
}

type Knowledge = Extract<PipelineEvent, { kind: 'knowledge' }>;
const knowledgeOf = (rig: Rig): Knowledge =>
  rig.told.findLast((event): event is Knowledge => event.kind === 'knowledge')!;

function started(plan: LatePlan, { whole, firsts }: LateHistory): Rig {
  const rig = new Rig([], { rules, source: { beginning: 'late' }, shapedBy: whole, nowMs: startedMs(plan) });
  for (const [partition, first] of firsts) rig.log.expire(partition, first);
  return rig;
}

/** What whoever begins at `position` sees: what was before it is there, and was not streamed; what held earlier is not known. */
function seenFrom(history: History, position: bigint): History {
  const next = history.findIndex(
    (each) => each.kind === 'commit' && each.isStreamed && each.transaction.commitEndLsn! > position,
  );
  const at = next === -1 ? history.length : next;
  const before = history
    .slice(0, at)
    .flatMap((each) => (each.kind === 'commit' ? [{ ...each, isStreamed: false }] : []));
  return [...before, { kind: 'snapshot' }, ...history.slice(at)];
}

/** No position: no transaction was learnt. The first snapshot was there, or all before the late one was gone. */
function fromBeginning({ history, firsts, told }: LateHistory, position: Position | null): History {
  if (position !== null) return seenFrom(history, BigInt(/\d+$/.exec(positionText(position))![0]));
  const isGone = [...firsts.keys()].some((partition) => !partition.includes('.oms.ord_doc/')); // no rule reads that one
  return isGone ? seenFrom(history, told) : fromLastSnapshot(history);
}

/** Of several snapshots before the first transaction, the earlier ones may have been broken off. */
function fromLastSnapshot(history: History): History {
  const next = history.findIndex((each) => each.kind === 'commit' && each.isStreamed);
  const at = next === -1 ? history.length : next;
  const last = history.slice(0, at).findLastIndex(({ kind }) => kind === 'snapshot');
  return history.filter(({ kind }, i) => kind === 'commit' || i >= last);
}

export interface LateCase {
  readonly plan: LatePlan;
  readonly ends: Ends;
}

export const lateCase: fc.Arbitrary<LateCase> = fc.record({
  plan: latePlan,
  ends: fc.record({
    cuts: fc.array(fc.nat(1_000), { maxLength: 2 }),
    calls: fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 4 }),
    fault: fc.constantFrom<Fault>(...ENDS),
  }),
});

/** Exactly what is owed from the stated beginning on. @returns whether that is the first snapshot, of which everything was there, or a later one. */
export async function beginsWhereItSays({ plan, ends: all }: LateCase): Promise<'late' | 'whole'> {
  const made = lateHistory(plan);
  const rig = started(plan, made);
  const lives = new Lives(rig, all);
  await lives.through(made.before);
  const isWhole = knowledgeOf(rig).begun !== null && rig.told.every(isNotLate);
  if (!isWhole) deepEqual(rig.published(), []);
  const { unknown } = knowledgeOf(rig);
  if (unknown.length > 0) {
    rig.command(commandOf({ kind: 'tables.known', arguments: { source: 'legacy', tables: [...unknown] } }));
    await lives.drain();
    // Whoever carried it out may have ended before it was told.
    deepEqual(
      outcomes(rig).filter(({ result }) => result !== 'applied'),
      [],
    );
    deepEqual(knowledgeOf(rig).unknown, []);
  }
  await lives.through(made.after);
  const { begun } = knowledgeOf(rig);
  ok(begun !== null);
  const owed = owedEvents(fromBeginning(made, begun.position));
  const byText = (events: readonly unknown[]): string[] => events.map((event) => JSON.stringify(event)).sort();
  deepEqual(byText(rig.published().map(plainEvent)), byText(owed.events.map(plainOwed)));
  deepEqual(
    Object.keys(rig.parked())
      .map((name) => name.replace('order:', ''))
      .sort(),
    [...owed.parked].sort(),
  );
  return isWhole ? 'whole' : 'late';
}

const isNotLate = (event: PipelineEvent): boolean =>
  event.kind !== 'knowledge' || event.begun === null || event.begun.position === null;
