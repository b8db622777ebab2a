/**
 * A history of which somebody who comes late finds only the end: retention took the beginning of every topic, more of the one than of the other,
 * and a snapshot is taken while the legacy system goes on. In the words of the model as well.
 */
import fc from 'fast-check';
import type { Change } from '../../../legacy-db/oracle/history.js';
import type { Happening, History } from '../../model/history.js';
import { below, type Choices, choices } from '../choices.js';
import type { RecordedRecord } from '../recordings.js';
import { LegacyDatabase, type Statement, TABLE_NAMES } from './database.js';
import { postgresDialect } from './dialects.js';
import type { Emission } from './emission.js';
import { logOf } from './log.js';
import { statement } from './plan.js';
import { HistoryWriter } from './writer.js';

type Commits = readonly (readonly Statement[])[];

/** JSON-safe, so a failing case can be kept. */
export interface LatePlan {
  readonly initial: Commits;
  /** Before anybody came; records of it have expired. */
  readonly past: Commits;
  /** Of what was written of it, in thousandths. */
  readonly expired: number;
  /** Topics lose their heads at different moments. */
  readonly isRagged: boolean;
  /** Committed before the snapshot. */
  readonly learnt: Commits;
  /** `chunks`: an incremental one, while transactions are committed. `full`: by a new slot, after some that nobody streamed. */
  readonly snapshot: 'chunks' | 'full';
  readonly during: Commits;
  /** After the word of the operator. */
  readonly after: Commits;
  readonly partitions: readonly number[];
  readonly seed: number;
}

const commits = (maxLength: number, rowsMax = 5): fc.Arbitrary<Commits> =>
  fc.array(fc.array(statement, { minLength: 1, maxLength: rowsMax }), { maxLength });

export const latePlan: fc.Arbitrary<LatePlan> = fc.record({
  initial: commits(2),
  past: commits(4),
  expired: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 5, arbitrary: fc.nat(1_000) }),
  isRagged: fc.boolean(),
  learnt: commits(4),
  snapshot: fc.constantFrom<LatePlan['snapshot']>('chunks', 'chunks', 'full'),
  during: commits(3),
  after: commits(6),
  partitions: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 7, maxLength: 7 }),
  seed: fc.nat(1_000_000),
});

export interface LateHistory {
  /** All that was ever written, in its order; tells how many partitions there are. */
  readonly whole: readonly RecordedRecord[];
  /** Where partitions begin now, if not with their first record. */
  readonly firsts: ReadonlyMap<string, number>;
  /** What is there, up to the last row of the late snapshot, and what comes after it. */
  readonly before: readonly RecordedRecord[];
  readonly after: readonly RecordedRecord[];
  /** End of the last commit of before. */
  readonly told: bigint;
  readonly history: History;
}

export function lateHistory(plan: LatePlan): LateHistory {
  const random = choices(plan.seed + 7);
  const database = new LegacyDatabase();
  const writer = new HistoryWriter(postgresDialect, choices(plan.seed));
  const history: Happening[] = [];
  const emissions: Emission[] = [];
  const happened = (made: ReturnType<HistoryWriter['unseen']>, changes: Change[], isStreamed: boolean): void => {
    const transaction = {
      n: history.length,
      txid: made.txid,
      commitEndLsn: made.end,
      commitTsMs: made.timeMs,
      changes,
    };
    history.push({ kind: 'commit', transaction, isStreamed });
  };
  const commit = (statements: readonly Statement[]): void => {
    const changes = statements.flatMap((each) => database.execute(each));
    const made = writer.commit(changes, { isCopy: false });
    emissions.push(...made.emissions);
    happened(made, changes, true);
  };
  /** A table of which nothing is left cannot be told from one that the snapshot left out (docs/snapshots.md). */
  const unseen = (statements: readonly Statement[]): void =>
    happened(
      writer.unseen(),
      statements.flatMap((each) => (database.wouldEmpty(each) ? [] : database.execute(each))),
      false,
    );

  plan.initial.forEach(unseen);
  emissions.push(...writer.snapshot(database));
  history.push({ kind: 'snapshot' });
  const first = emissions.length;
  plan.past.forEach(commit);
  const past = emissions.length;
  const floor = emissions.findIndex(({ kind }, i) => i >= first && kind === 'end') + 1;
  plan.learnt.forEach(commit);
  if (plan.snapshot === 'full') {
    plan.during.forEach(unseen);
    emissions.push(...writer.snapshot(database));
    history.push({ kind: 'snapshot' });
  } else {
    const places = plan.during.map(() => below(random, TABLE_NAMES.length));
    TABLE_NAMES.forEach((table, i) => {
      emissions.push(...writer.chunk(database.rowsOf(table).map((row) => ({ table, row }))).emissions);
      plan.during.forEach((statements, n) => {
        if (places[n] === i) commit(statements);
      });
    });
  }
  const told = emissions.length;
  const last = history.findLast((each) => each.kind === 'commit');
  plan.after.forEach(commit);
  const { records } = logOf(emissions, partitionsOf(plan), plan.seed);
  const firsts = firstsOf(records.slice(0, past), { ...plan, floor }, random);
  const isLeft = (record: RecordedRecord): boolean => record.offset >= (firsts.get(partitionOf(record)) ?? 0);
  const before = records.slice(0, told).filter(isLeft);
  return {
    whole: records,
    firsts,
    before,
    after: records.slice(told),
    told: last?.transaction.commitEndLsn ?? 0n,
    history,
  };
}

export const partitionOf = ({ topic, partition }: RecordedRecord): string => `${topic}/${partition}`;

const partitionsOf =
  ({ partitions }: LatePlan) =>
  (topic: string): number => {
    const table = TABLE_NAMES.findIndex((name) => topic.endsWith(`.oms.${name}`));
    return table === -1 ? 1 : (partitions[table] ?? 1);
  };

/**
 * Retention takes what is old, a partition at a time; where it is ragged, of one a little more than of another. Not of the very first transaction:
 * rows that name nothing before them, and have no END any more, have no place, so they are held for a person.
 */
function firstsOf(
  past: readonly RecordedRecord[],
  plan: LatePlan & { readonly floor: number },
  random: Choices,
): Map<string, number> {
  const firsts = new Map<string, number>();
  if (plan.expired === 0) return firsts;
  const floor = plan.isRagged ? plan.floor : 0;
  for (const name of [...new Set(past.map(partitionOf))].sort()) {
    const off = plan.isRagged ? below(random, 9) - 4 : 0;
    const gone = past.slice(0, Math.max(floor, Math.round((plan.expired / 1_000) * past.length) + off));
    const last = gone.findLast((record) => partitionOf(record) === name);
    if (last !== undefined) firsts.set(name, last.offset + 1);
  }
  return firsts;
}
