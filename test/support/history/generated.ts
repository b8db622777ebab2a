/** A plan made true: the records that a connector would have written, and the same history in the words of the model. */
import type { Change, Row } from '../../../legacy-db/oracle/history.js';
import type { Happening, History } from '../../model/history.js';
import { choices } from '../choices.js';
import { withCrashes } from './crashes.js';
import { LegacyDatabase, type Statement, TABLE_NAMES, type TableName } from './database.js';
import type { Emission } from './emission.js';
import { type Log, logOf } from './log.js';
import type { HistoryPlan } from './plan.js';
import { mariadbDialect, postgresDialect } from './dialects.js';
import { type Committed, HistoryWriter } from './writer.js';

export interface GeneratedHistory extends Log {
  readonly history: History;
}

/** Tables that the retailer's rules consume; the seventh, `ord_doc`, is captured all the same. */
export const CONSUMED: ReadonlySet<string> = new Set(TABLE_NAMES.filter((name) => name !== 'ord_doc'));

export function generated(plan: HistoryPlan): GeneratedHistory {
  const database = new LegacyDatabase();
  const dialect = plan.connector === 'mariadb' ? mariadbDialect : postgresDialect;
  const writer = new HistoryWriter(dialect, choices(plan.seed));
  const history: Happening[] = [];
  const emissions: Emission[] = [];
  const execute = (statements: readonly Statement[]): Change[] =>
    statements.flatMap((statement) => database.execute(statement));
  /** A snapshot says nothing of a table without rows (docs/snapshots.md): unseen changes leave at least one. */
  const executeUnseen = (statements: readonly Statement[]): Change[] =>
    statements.flatMap((statement) => (database.wouldEmpty(statement) ? [] : database.execute(statement)));
  const happened = (
    made: Pick<Committed, 'txid' | 'end' | 'timeMs'>,
    changes: Change[],
    isStreamed: boolean,
    isAnnotated = false,
  ): void => {
    const { end, timeMs } = made;
    const txid = dialect.nameOf(made.txid);
    const transaction = { n: history.length, txid, commitEndLsn: end, commitTsMs: timeMs, changes };
    history.push({ kind: 'commit', transaction, isStreamed, isAnnotated });
  };
  let floor = 0;
  const look = (unseen: readonly (readonly Statement[])[], aborted: number): void => {
    for (const statements of unseen) happened(writer.unseen(), executeUnseen(statements), false);
    if (aborted > 0) emissions.push(...writer.snapshot(database, aborted));
    emissions.push(...writer.snapshot(database));
    floor = emissions.length;
    history.push({ kind: 'snapshot' });
  };

  /** The connector stops streaming, reads tables as they are now, and goes on from where it stopped: `behind` transactions follow of before. */
  const block = (behind: number): void => {
    const begins = emissions.flatMap(({ kind }, at) => (kind === 'begin' && at >= floor ? [at] : []));
    const at = behind === 0 ? emissions.length : (begins.at(-behind) ?? begins[0] ?? emissions.length);
    const rows = writer.blockingSnapshot(database);
    emissions.splice(at, 0, ...rows);
    floor = at + rows.length;
    history.push({ kind: 'snapshot' });
  };

  look(plan.initial, 0);
  /** Read before the next transaction was committed. */
  let chunk: { readonly table: TableName; readonly row: Row }[] = [];
  for (const step of plan.steps) {
    if (step.kind === 'snapshot') look(step.unseen, step.aborted);
    else if (step.kind === 'blocking') block(step.behind);
    else if (step.kind === 'mark') emissions.push(writer.mark());
    else if (step.kind === 'chunk') {
      const table = TABLE_NAMES[step.table] ?? 'ord_hdr';
      const rows = database.rowsOf(table).map((row) => ({ table, row }));
      if (step.isInside) chunk = rows;
      else if (rows.length > 0) emissions.push(...writer.chunk(rows).emissions);
    } else {
      const changes = execute(step.statements);
      const made = writer.commit(changes, step, chunk);
      chunk = [];
      emissions.push(...made.emissions);
      happened(made, changes, true, step.annotated != null);
    }
  }
  const crashed = withCrashes(emissions, plan.crashes, plan.seed);
  const written = (plan.mode ?? 'exact') === 'exact' ? crashed : withoutMetadata(crashed);
  const partitionsOf = (topic: string): number => {
    const table = TABLE_NAMES.findIndex((name) => topic.endsWith(`.oms.${name}`));
    return table === -1 ? 1 : (plan.partitions[table] ?? 1);
  };
  return { ...logOf(written, partitionsOf, plan.seed), history };
}

/** What the connector writes with `provide.transaction.metadata=false` (recording 14). */
const withoutMetadata = (emissions: readonly Emission[]): Emission[] =>
  emissions
    .filter(({ kind }) => kind !== 'begin' && kind !== 'end')
    .map((each) => (each.value === null ? each : { ...each, value: { ...each.value, transaction: null } }));
