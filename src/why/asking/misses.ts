/** Why a fact did not happen: the nearest misses, by how many conditions were missing. Pure. */
import type { Row } from '../../domain/tables/table.js';
import type { RowTold } from '../../domain/state/journal-entry.js';
import { unreadRow } from '../../domain/state/unread-row.js';
import type { CompiledFact } from '../../rules/compile.js';
import type { Milestone, RowFact, Transition } from '../../rules/fact.js';
import { own, ownIn } from '../../translate/own.js';
import type { Miss } from '../answer.js';
import type { Told } from '../history/chain.js';
import { originShown } from '../shown.js';
import { type AskedCondition, countUnmet, isMet } from './asked.js';
import type { Known } from './known.js';
import { keysInOrder } from './reads.js';

/** Of one fact. */
export const MISSES_SHOWN_MAX = 3;
/** Rows, or transactions, that are asked about for the nearest of them. */
export const CANDIDATES_MAX = 500;
const TRANSITIONS_MAX = 16;

export interface Misses {
  readonly misses: Miss[];
  readonly moreMisses: number;
}

const NONE: Misses = { misses: [], moreMisses: 0 };

export function missesOf(fact: CompiledFact, known: Known): Misses {
  const { definition } = fact;
  if (definition.kind === 'milestone') return ofMilestone(fact, definition, known);
  if (definition.kind === 'transition') return ofTransition(definition, known);
  if (definition.kind === 'deadline') return ofDeadline(fact, known);
  return ofRows(fact, definition, known);
}

/** No condition of its own: the clock decides. */
const ofDeadline = ({ name }: CompiledFact, { state }: Known): Misses =>
  own(state.fired, name) === undefined
    ? { misses: [{ why: 'not due', row: null, conditions: [], origin: null }], moreMisses: 0 }
    : NONE;

interface Candidate {
  readonly row: string | null;
  readonly asked: readonly AskedCondition[];
  /** What it is, where all conditions hold. */
  readonly otherwise: Miss['why'];
  /** The transaction that it is about; null: things as they are. */
  readonly told: Told | null;
}

/** The nearest of them. @param left how many were not asked about. */
function nearest(candidates: readonly Candidate[], { shown, writers }: Known, left = 0): Misses {
  const inOrder = candidates.toSorted((a, b) => countUnmet(a.asked) - countUnmet(b.asked));
  const misses = inOrder.slice(0, MISSES_SHOWN_MAX).map(({ row, asked, otherwise, told }): Miss => ({
    why: isMet(asked) ? otherwise : 'unmet',
    row,
    conditions: asked.map((condition) => shown.condition(condition, writers, told)),
    origin: told && originShown(told.entry.origin),
  }));
  return { misses, moreMisses: candidates.length - misses.length + left };
}

function ofMilestone(fact: CompiledFact, milestone: Milestone, known: Known): Misses {
  const { state, asking, verdicts } = known;
  const fired = own(state.fired, fact.name);
  if (fired !== undefined && !milestone.repeatable) return NONE;
  const asked = asking.milestone(milestone, state.rows);
  // It holds since it last happened.
  if (fired !== undefined && isMet(asked)) return NONE;
  const otherwise = verdicts.isNewerThanLast(fact) === true ? 'newer rule' : 'not asked';
  return nearest([{ row: null, asked, otherwise, told: null }], known);
}

/** Between before and after its last transactions. */
function ofTransition(transition: Transition, known: Known): Misses {
  const { asking, steps } = known;
  const candidates: Candidate[] = [];
  for (const { told, before, after } of steps.all()) {
    if (candidates.length >= TRANSITIONS_MAX) break;
    if (told.entry.outcome !== 'applied') continue;
    const asked = asking.transition(transition, before, after);
    // That is when it happened.
    if (!isMet(asked)) candidates.push({ row: null, asked, otherwise: 'not asked', told });
  }
  if (candidates.length === 0)
    return { misses: [{ why: 'not asked', row: null, conditions: [], origin: null }], moreMisses: 0 };
  return nearest(candidates, known);
}

function ofRows(fact: CompiledFact, rowFact: RowFact, known: Known): Misses {
  const candidates = rowFact.edge === 'became' ? asTheyAre(fact, known) : asTheyWere(fact, rowFact, known);
  if (candidates.length === 0 && own(known.state.fired, fact.name) === undefined)
    return known.state.isStub === true
      ? NONE
      : { misses: [{ why: 'no row', row: null, conditions: [], origin: null }], moreMisses: 0 };
  const all = candidates.slice(0, CANDIDATES_MAX);
  const asked = all.flatMap(({ row, key, told }): Candidate[] => {
    const table = known.asking.tableOf(fact);
    if (table === undefined) return [];
    return [{ row: key, asked: known.asking.row(rowFact, row, table, key), otherwise: 'baseline', told }];
  });
  return nearest(asked, known, candidates.length - all.length);
}

interface RowAsked {
  readonly key: string;
  readonly row: Row;
  readonly told: Told | null;
}

/** Rows that are there, and of which it has not been. */
function asTheyAre(fact: CompiledFact, { state, asking }: Known): RowAsked[] {
  const rows = own(state.rows, asking.tableOf(fact)?.name ?? '') ?? {};
  return keysInOrder(rows).flatMap((key): RowAsked[] => {
    const row = own(rows, key);
    const isOver = row === undefined || unreadRow(key) !== null || ownIn(state.fired, fact.name, key) !== undefined;
    return isOver ? [] : [{ key, row, told: null }];
  });
}

/** Rows that came, or went, while conditions did not hold: what they were then; and those that were there from the first. */
function asTheyWere(fact: CompiledFact, { edge }: RowFact, known: Known): RowAsked[] {
  const table = known.asking.tableOf(fact)?.name;
  const asked = new Map<string, RowAsked>();
  const rowsOf = new Map<Told, ReadonlyMap<string, RowTold>>();
  for (const { told, verdict } of known.verdicts.of(fact)) {
    const key = verdict.occurrence;
    if (verdict.verdict !== 'unmet' || asked.has(key)) continue;
    const rows = rowsOf.get(told) ?? firstOfRows(told, table);
    rowsOf.set(told, rows);
    const seen = rows.get(key);
    const row = edge === 'inserted' ? seen?.is : seen?.was;
    if (row !== undefined) asked.set(key, { key, row, told });
  }
  if (edge === 'deleted') return [...asked.values()];
  const others = asTheyAre(fact, known).filter(({ key }) => !asked.has(key));
  return [...asked.values(), ...others];
}

/** Of each row of a table what an entry told of it first, by its key. */
function firstOfRows({ entry }: Told, table: string | undefined): ReadonlyMap<string, RowTold> {
  const first = new Map<string, RowTold>();
  for (const row of entry.rows) if (row.table === table && !first.has(row.key)) first.set(row.key, row);
  return first;
}
