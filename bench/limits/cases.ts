/**
 * What the limits are tried with: drains of backlogs that are not ordinary. Each is recorded once by the whole chain, like the
 * ordinary one, and its events are counted in the same way.
 */
import { avroBacklog } from '../avro/avro-backlog.js';
import { serveSchemas } from '../avro/schema-server.js';
import type { Backlog } from '../backlog/backlog.js';
import type { Workload } from '../backlog/workload.js';
import type { LateTable } from '../kafka/late-table.js';
import type { BenchOptions } from '../options.js';
import { poisonedBacklog } from '../poison/poisoned-backlog.js';
import { ORDINARY } from '../retailer/shape.js';
import { retailer } from '../retailer/workload.js';

export interface LimitCase {
  readonly name: string;
  readonly backlog: Backlog;
  readonly late: LateTable | null;
  /** Laid over the config. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

/** Row changes in small transactions around the big one. */
const ROWS_BESIDE_BIG = 100_000;
/** Two rows of every order are in it, so nothing gets far without them. */
const LATE_TABLE = 'oms.pay_txn';
const LATE = { silentSeconds: 10, seconds: 60 };

/** In the order in which they are measured. The ordinary case stands beside those whose rate is compared with it. */
export async function limitCases(
  { bigTransaction, orderLines, laggingPartition, poison, avro, rows }: BenchOptions,
  ordinary: Backlog,
  provide: (workload: Workload) => Promise<Backlog>,
): Promise<LimitCase[]> {
  const cases: LimitCase[] = [];
  const add = (name: string, backlog: Backlog, late: LateTable | null = null): void =>
    void cases.push({ name, backlog, late, overrides: poison ? reporting(ordinary) : {} });
  if (orderLines.length > 0 || laggingPartition || poison || avro) add(ORDINARY_CASE, ordinary);
  if (poison) add(POISON_CASE, await poisonedBacklog(ordinary));
  if (avro) {
    const { backlog, schemas } = await avroBacklog(ordinary);
    const overrides = { registry: { url: await serveSchemas(schemas) } };
    cases.push({ name: AVRO_CASE, backlog, late: null, overrides });
  }
  if (laggingPartition) add('one table late', ordinary, { ...LATE, topic: `${ordinary.source}.${LATE_TABLE}` });
  if (bigTransaction !== null) {
    const shape = { ...ORDINARY, bigTransactionRows: bigTransaction };
    add(BIG_CASE, await provide(retailer(ROWS_BESIDE_BIG, shape)));
  }
  for (const lines of orderLines) add(linesCase(lines), await provide(retailer(rows, { ...ORDINARY, lines })));
  return cases;
}

/** A row whose order nobody can know becomes a dead letter. The same for all cases of a round. */
const reporting = ({ source }: Backlog): LimitCase['overrides'] => ({
  pipelines: { orders: { sources: [{ name: source, unplaced: 'report', beginning: 'empty' }] } },
});

export const ORDINARY_CASE = 'ordinary';
export const AVRO_CASE = 'Avro';
export const POISON_CASE = '1 % poison';
export const BIG_CASE = 'big transaction';
const LINES_CASE = 'lines an order';
const linesCase = (lines: number): string => `${lines} ${LINES_CASE}`;
export const isLinesCase = (name: string): boolean => name.endsWith(LINES_CASE);
