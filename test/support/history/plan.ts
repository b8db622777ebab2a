/** Random histories as plain JSON values: what the database does, how the connector writes it, how it crashes. Shrinks well. */
import fc from 'fast-check';
import type { Mode } from '../../../src/domain/source/mode.js';
import { type Statement, TABLE_NAMES } from './database.js';

export type PlanStep =
  | {
      readonly kind: 'commit';
      readonly statements: readonly Statement[];
      /** Rows share a place in the log (COPY). */ readonly isCopy: boolean;
      /** It says of itself that it is a fix, before or behind its rows. */ readonly annotated?:
        'first' | 'last' | null;
    }
  /** A connector starts anew: tables are read after `unseen` was committed while none was streaming; `aborted` rows came before that, of an attempt that failed. */
  | { readonly kind: 'snapshot'; readonly unseen: readonly (readonly Statement[])[]; readonly aborted: number }
  /** Tables are read while the slot is kept: so many transactions of before come after it. */
  | { readonly kind: 'blocking'; readonly behind: number }
  /** One chunk of an incremental snapshot: rows inside of a signal's transaction, or in the middle of the next one. */
  | { readonly kind: 'chunk'; readonly table: number; readonly isInside: boolean }
  /** A logical message outside of any transaction. */
  | { readonly kind: 'mark' };

/** At a point of what the connector wrote (thousandths of it), it starts again from `back` records before. */
export interface CrashPlan {
  readonly at: number;
  readonly back: number;
  /** `replay`: all again, identical. `torn`: of what is written again each partition had only a part. `recount`: a transaction goes on with a second BEGIN, counting anew. */
  readonly kind: 'replay' | 'torn' | 'recount';
}

export interface HistoryPlan {
  readonly initial: readonly (readonly Statement[])[];
  readonly steps: readonly PlanStep[];
  /** Partitions of each table. */
  readonly partitions: readonly number[];
  readonly crashes: readonly CrashPlan[];
  /** Chooses places in the log, offsets and the sizes of what becomes visible at once. */
  readonly seed: number;
  /** Which connector writes it; PostgreSQL's when nothing is said. */
  readonly connector?: 'postgresql' | 'mariadb';
  /** Without transaction metadata unless `exact`, which it is when nothing is said. */
  readonly mode?: Mode;
}

export const statement: fc.Arbitrary<Statement> = fc.record({
  op: fc.constantFrom<Statement['op']>('write', 'write', 'write', 'write', 'write', 'delete', 'renumber'),
  table: fc.constantFrom(...TABLE_NAMES, ...(['ord_hdr', 'ord_line', 'ord_line', 'pay_txn', 'whs_rel'] as const)),
  order: fc.nat(2),
  n: fc.nat(1),
  bits: fc.nat(127),
});

const statements = (minLength: number, maxLength: number) => fc.array(statement, { minLength, maxLength });

export interface PlanLimits {
  readonly stepsMax: number;
  readonly snapshots?: boolean;
  readonly unseen?: boolean;
  readonly chunks?: boolean;
  readonly blocking?: boolean;
  readonly marks?: boolean;
  /** Of transactions. */
  readonly annotations?: boolean;
  readonly crashes?: readonly CrashPlan['kind'][];
  readonly connector?: 'postgresql' | 'mariadb';
  /** Without transaction metadata unless `exact`, which it is when nothing is said. */
  readonly mode?: Mode;
}

export function historyPlan(limits: PlanLimits): fc.Arbitrary<HistoryPlan> {
  const {
    stepsMax,
    snapshots = true,
    unseen = false,
    chunks = true,
    blocking = false,
    marks = false,
    crashes = ['replay', 'torn'],
  } = limits;
  const commit = fc.record({
    kind: fc.constant('commit' as const),
    statements: statements(0, 6),
    isCopy: fc.constantFrom(false, false, false, true),
    ...(limits.annotations === true
      ? { annotated: fc.constantFrom(null, null, 'first' as const, 'last' as const) }
      : {}),
  });
  const snapshot = fc.record({
    kind: fc.constant('snapshot' as const),
    unseen: unseen ? fc.array(statements(0, 3), { maxLength: 2 }) : fc.constant([]),
    aborted: fc.constantFrom(0, 0, 2, 5),
  });
  const chunk = fc.record({ kind: fc.constant('chunk' as const), table: fc.nat(5), isInside: fc.boolean() });
  const block = fc.record({ kind: fc.constant('blocking' as const), behind: fc.nat(4) });
  const step = fc.oneof(
    { weight: 14, arbitrary: commit },
    ...(snapshots ? [{ weight: blocking ? 3 : 1, arbitrary: snapshot }] : []),
    ...(blocking ? [{ weight: 3, arbitrary: block }] : []),
    ...(chunks ? [{ weight: 2, arbitrary: chunk }] : []),
    ...(marks ? [{ weight: 1, arbitrary: fc.record({ kind: fc.constant('mark' as const) }) }] : []),
  );
  return fc.record({
    initial: fc.array(statements(0, 5), { maxLength: 3 }),
    steps: fc.array(step, { minLength: 1, maxLength: stepsMax }),
    partitions: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 7, maxLength: 7 }),
    crashes:
      crashes.length === 0
        ? fc.constant([])
        : fc.array(
            fc.record({
              at: fc.nat(1_000),
              back: fc.nat(12),
              kind: fc.constantFrom(...crashes),
            }),
            { maxLength: 3 },
          ),
    seed: fc.nat(1_000_000),
    connector: fc.constant(limits.connector ?? ('postgresql' as const)),
    mode: fc.constant(limits.mode ?? ('exact' as const)),
  });
}
