/**
 * Every choice for a small history: at each call to a server each thing that can befall it, one fault after another, or two. Delays are
 * always the same, so a history is told by which faults come at which calls.
 */
import type { LoadedRules } from '../../src/adapters/files/rules-loader.js';
import type { HistoryPlan } from '../support/history/plan.js';
import { type Outcome, simulate } from './simulation.js';
import { SESSION_MS } from './group.js';
import type { Fate, Fates } from './world.js';

const USUAL: Fate = { requestMs: 1, answerMs: 1, breakMs: null, end: null, fault: null };
const kill = (afterMs: number): Fate['end'] => ({ kind: 'kill', afterMs, forMs: 0 });

/** By name; what a call does not get to be told apart. */
export const CHOICES: Readonly<Record<string, Partial<Fate>>> = {
  'request lost': { requestMs: null },
  'answer lost': { answerMs: null },
  'connection broken, late effect': { requestMs: 1_000, breakMs: 1 },
  'killed before': { requestMs: null, end: kill(0) },
  'killed after': { end: kill(0) },
  'killed, late effect': { requestMs: 3_000, end: kill(0) },
  'stopped after': { end: { kind: 'stop', afterMs: 0, forMs: SESSION_MS * 2 } },
};

/** Calls that change nothing and are made by the dozen: what befalls them is left to chance elsewhere. */
const CHATTER = /connect|metadata|findCoordinator|Group|heartbeat|fetch$|commands/;

export interface Choice {
  /** Number of the call, from 0, of those that count. */
  readonly call: number;
  readonly name: string;
}

export interface SmallHistory {
  readonly plan: HistoryPlan;
  readonly rules: LoadedRules;
}

/** One history with these choices. @returns its outcome and how many calls there were. */
export async function lived(
  { plan, rules }: SmallHistory,
  chosen: readonly Choice[],
): Promise<Outcome & { readonly calls: number }> {
  let calls = 0;
  const fates: Fates = ({ name }) => {
    if (CHATTER.test(name)) return USUAL;
    const choice = chosen.find(({ call }) => call === calls);
    calls += 1;
    return choice === undefined ? USUAL : { ...USUAL, ...CHOICES[choice.name], fault: choice.name };
  };
  const outcome = await simulate({ seed: 1, rules, plan, fates });
  return { ...outcome, calls };
}

export type Lived = Outcome & { readonly choices: readonly Choice[] };

/**
 * Every single choice; with `two`, after each every second one at a later call.
 * @param from number of the choice to begin with; after the last comes the first.
 * @param step 2: every second choice; there is an odd number of them, so another half at each call.
 */
export async function* everyChoice(history: SmallHistory, two: boolean, from = 0, step = 1): AsyncGenerator<Lived> {
  const undisturbed = await lived(history, []);
  yield { ...undisturbed, choices: [] };
  const names = Object.keys(CHOICES);
  const singles = undisturbed.calls * names.length;
  for (let i = 0; i < singles; i += step) {
    const place = (from + i) % singles;
    const first = { call: Math.floor(place / names.length), name: names[place % names.length]! };
    const { calls, ...outcome } = await lived(history, [first]);
    yield { ...outcome, choices: [first] };
    for (let call = first.call + 1; two && call < calls; call += 1) {
      for (const name of names) {
        const choices = [first, { call, name }];
        yield { ...(await lived(history, choices)), choices };
      }
    }
  }
}

const write = (table: 'ord_hdr' | 'ord_cancel' | 'whs_rel', n = 0) => ({
  op: 'write' as const,
  table,
  order: 0,
  n,
  bits: 0,
});
const commit = (...statements: ReturnType<typeof write>[]) => ({ kind: 'commit' as const, statements, isCopy: false });

/** Two transactions, or three, of one order, each owing an event. */
export const smallPlan = (transactions: 2 | 3): HistoryPlan => ({
  initial: [[write('ord_hdr')]],
  steps: [commit(write('ord_cancel')), commit(write('whs_rel')), commit(write('ord_cancel', 1))].slice(0, transactions),
  ...{ partitions: [1, 1, 1, 1, 1, 1, 1], crashes: [], seed: 1 },
});
