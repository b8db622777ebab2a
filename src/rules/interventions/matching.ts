/**
 * Which change sets are interventions (docs/data-fixes.md): told from change set and rules alone, so it is the same whenever and wherever it is asked. What
 * such a change set makes true has been, as after a baseline, and is published to nobody; all else is as with any other. Pure.
 */
import type { ChangeSet, RowChange } from '../../domain/change-set.js';
import type { Row } from '../../domain/tables/table.js';
import type { CompiledIntervention } from './compile-interventions.js';
import type { Scalar } from './intervention.js';

type Interventions = readonly CompiledIntervention[];

/** The name of the first that it is; null: it is none. */
export function interventionOf(changeSet: ChangeSet, interventions: Interventions): string | null {
  if (interventions.length === 0 || changeSet.kind !== 'transaction') return null;
  return interventions.find((each) => isOf(changeSet, each))?.name ?? null;
}

/** What rows that wait for their parent remember of it: rules will not hear of what an intervention did to them. */
export const asRemembered = (changeSet: ChangeSet, intervention: string | null): ChangeSet =>
  intervention === null ? changeSet : { ...changeSet, kind: 'baseline' };

function isOf(
  { origin, changes, annotations }: ChangeSet,
  { annotation, rows, ...within }: CompiledIntervention,
): boolean {
  const { commitTimeMs } = origin;
  if (commitTimeMs < within.fromMs || commitTimeMs >= within.untilMs) return false;
  if (annotation !== null && annotations?.includes(annotation) !== true) return false;
  return rows.size === 0 || areAllOf(changes, rows);
}

/** A row that went, or came without one of the columns, tells nothing: what is in doubt is published. */
function areAllOf(changes: readonly RowChange[], rows: CompiledIntervention['rows']): boolean {
  let isShown = false;
  for (const { table, row, carried } of changes) {
    const wanted = rows.get(table);
    if (wanted === undefined || carried === true) continue;
    if (row === null || !wanted.every(([column, values]) => hasOneOf(row, column, values))) return false;
    isShown = true;
  }
  return isShown;
}

const hasOneOf = (row: Row, column: string, values: readonly Scalar[]): boolean =>
  Object.hasOwn(row, column) && values.includes(row[column] as Scalar);
