/**
 * What was seen in the topic of a declared table, against its declaration: records in, in any order of the partitions, findings
 * out. Only rows as they are after a change (c, u, r) tell the form; a delete's row is invented by the source. Works with and
 * without schemas. Pure; judged by the conversion that the pipeline uses.
 */
import { isObject } from '../../domain/json-text.js';
import type { TableDefinition } from '../../domain/tables/table.js';
import { type JsonObject, parseObjectExactly } from '../envelope.js';
import { DriftColumn } from './column.js';
import { type DriftFinding, finding } from './finding.js';
import { DriftForms } from './forms.js';
import { Tally } from './place.js';
import { type DriftRecord, RowRecords } from './row-records.js';

export type { DriftRecord } from './row-records.js';

export interface TableDrift {
  readonly table: string;
  /** Rows looked at, those of snapshots included. */
  readonly rows: number;
  readonly snapshotRows: number;
  /** Drift first, in the order of the columns. */
  readonly findings: readonly DriftFinding[];
}

export class DriftScan {
  readonly #table: TableDefinition;
  readonly #records = new RowRecords();
  readonly #forms = new DriftForms();
  readonly #columns = new Map<string, DriftColumn>();
  readonly #unreadable = new Tally();

  constructor(table: TableDefinition) {
    this.#table = table;
    for (const [name, definition] of Object.entries(table.columns))
      if (definition.type.kind !== 'physicalTable') this.#columns.set(name, new DriftColumn(name, definition));
  }

  add(record: DriftRecord): void {
    const read = this.#records.read(record);
    if (read.kind === 'unreadable') return this.#unreadable.add(read.place);
    if (read.kind !== 'row') return;
    const { place, isSnapshot, isPartial, schemas } = read;
    this.#forms.add(read.row, isSnapshot, place);
    const row = this.#exact(read.row, record.value ?? '');
    for (const name in row) if (!this.#columns.has(name)) this.#columns.set(name, new DriftColumn(name, undefined));
    for (const [name, column] of this.#columns)
      column.add(row[name], { schema: schemas?.get(name)?.type, isPartial, place });
  }

  end(): TableDrift {
    const { rows, snapshotRows } = this.#forms;
    const findings = [...this.#wholeTable(rows), ...this.#declared(), ...this.#undeclared()];
    findings.push(...this.#renamed());
    const ordered = [...findings.filter(({ isDrift }) => isDrift), ...findings.filter(({ isDrift }) => !isDrift)];
    return { table: this.#table.name, rows: rows.count, snapshotRows, findings: ordered };
  }

  #wholeTable(rows: Tally): DriftFinding[] {
    if (this.#unreadable.count > 0)
      return [finding('record-unreadable', this.#unreadable, 'no Debezium envelope with a row that can be read')];
    return rows.count === 0 ? [finding('table-silent', rows, 'declared, and no row of it was read')] : [];
  }

  #declared(): DriftFinding[] {
    return Object.keys(this.#table.columns).flatMap(
      (name) => this.#columns.get(name)?.findings(this.#forms.presence(name)) ?? [],
    );
  }

  #undeclared(): DriftFinding[] {
    return this.#forms.columns
      .filter((column) => !this.#isDeclared(column))
      .map((column) => this.#undeclaredOne(column));
  }

  #undeclaredOne(column: string): DriftFinding {
    const seen = this.#forms.rowsWith(column);
    const types = this.#columns.get(column)?.types.join(' or ') || 'null';
    switch (this.#forms.presence(column)) {
      case 'appeared':
        return finding('column-appeared', seen, `not declared (${types}), and older rows do not have it`, { column });
      case 'vanished':
        return finding('column-vanished', seen, `not declared (${types}), and newer rows do not have it`, { column });
      case 'snapshot-only':
        return finding(
          'column-undeclared',
          seen,
          `not declared (${types}), in snapshot rows only: generated, or dropped`,
          {
            column,
          },
        );
      case 'always':
      case 'never':
        return finding('column-undeclared', seen, `not declared (${types})`, { column });
    }
  }

  /** A column that went where another came; declared ones may have gone, they cannot have come. */
  #renamed(): DriftFinding[] {
    const names = this.#forms.columns;
    const gone = names.filter((column) => ['vanished', 'snapshot-only'].includes(this.#forms.presence(column)));
    const come = names.filter((column) => !this.#isDeclared(column) && this.#forms.presence(column) === 'appeared');
    return gone.flatMap((column) =>
      come
        .filter((other) => this.#forms.follows(column, other) && this.#isAlike(column, other))
        .map((other) =>
          finding('column-renamed', this.#forms.rowsWith(other), `gone where ${other} came: renamed?`, { column }),
        ),
    );
  }

  /** Of one wire type, and in the same place of the row or with half of their values in common. */
  #isAlike(gone: string, come: string): boolean {
    const [a, b] = [this.#columns.get(gone), this.#columns.get(come)];
    if (a === undefined || b === undefined) return false;
    const isComparable = a.types.length === 0 || b.types.length === 0 || a.types.some((type) => b.types.includes(type));
    if (!isComparable) return false;
    if (this.#forms.inOnePlace(gone, come)) return true;
    const common = [...a.samples].filter((value) => b.samples.has(value)).length;
    return common > 0 && common * 2 >= Math.min(a.samples.size, b.samples.size);
  }

  /** The row with exact numbers, where a declared column holds one beyond 2^53. */
  #exact(row: JsonObject, text: string): JsonObject {
    const isInexact = Object.keys(this.#table.columns).some((name) => this.#columns.get(name)?.isInexact(row[name]));
    const after = isInexact ? parseObjectExactly(text)?.after : row;
    return isObject(after) ? after : row;
  }

  #isDeclared = (column: string): boolean => Object.hasOwn(this.#table.columns, column);
}
