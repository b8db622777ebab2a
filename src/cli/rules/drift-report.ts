/** A drift report as text for people and as JSON. Pure. */
import type { TableDrift } from '../../decode/drift/drift.js';
import type { DriftFinding } from '../../decode/drift/finding.js';
import type { DriftPlace } from '../../decode/drift/place.js';

export interface DriftReport {
  readonly records: number;
  readonly tables: readonly TableDrift[];
  /** Topics below a prefix of the sources that no declared table has; null: not asked for. */
  readonly otherTables: readonly string[] | null;
}

/** One line a table, then one a finding. */
export function driftLines({ tables, otherTables }: DriftReport): string[] {
  return [...tables.flatMap(tableLines), ...(otherTables ?? []).map((topic) => `${topic}: not declared`)];
}

function tableLines({ table, rows, snapshotRows, findings }: TableDrift): string[] {
  const cells = findings.map((one) => [
    one.isDrift ? 'DRIFT' : 'note',
    one.kind,
    one.column ?? '',
    one.text,
    seenText(one),
  ]);
  const widths = [0, 1, 2, 3].map((at) => Math.max(0, ...cells.map((row) => (row[at] ?? '').length)));
  const lines = cells.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
  const found = findings.some(({ isDrift }) => isDrift) ? '' : ', no drift';
  return [`${table}: ${rows} rows, ${snapshotRows} of them from snapshots${found}`, ...lines];
}

function seenText({ count, first, last, example }: DriftFinding): string {
  if (first === null || last === null) return '';
  const places = count === 1 ? placeText(first) : `first ${placeText(first)}, last ${placeText(last)}`;
  return `${count === 1 ? 'once' : `${count} times`}, ${places}${example === null ? '' : `, such as ${example}`}`;
}

const placeText = (place: DriftPlace): string => `${place.partition}@${place.offset} ${timeOf(place)}`;

const timeOf = ({ timeMicros }: DriftPlace): string => new Date(Math.floor(timeMicros / 1_000)).toISOString();

export const driftJson = ({ records, tables, otherTables }: DriftReport): object => ({
  schema: 'dragoman.cli/drift@1',
  records,
  tables: tables.map(({ findings, ...table }) => ({
    ...table,
    findings: findings.map(({ first, last, ...found }) => ({
      ...found,
      first: placeJson(first),
      last: placeJson(last),
    })),
  })),
  otherTables,
});

const placeJson = (place: DriftPlace | null): object | null =>
  place === null ? null : { partition: place.partition, offset: place.offset, time: timeOf(place) };
