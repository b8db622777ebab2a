/**
 * The forms of a table's rows: which columns they carry, in which order, and where each form was seen. PostgreSQL writes no
 * schema changes; the form of the rows just changes. What appeared, vanished and may have been renamed is read off at the end.
 * Generated columns are in snapshot rows and never in streamed ones, so that alone is no change.
 */
import { comparePlaces, type DriftPlace, Tally } from './place.js';

interface Form {
  readonly columns: readonly string[];
  readonly isSnapshot: boolean;
  readonly rows: Tally;
}

/** How a column was there over time; where rows with and without it alternate, the newest row decides. */
export type Presence = 'always' | 'appeared' | 'vanished' | 'snapshot-only' | 'never';

export class DriftForms {
  readonly #forms: Form[] = [];
  #latest: Form | undefined;

  add(row: Readonly<Record<string, unknown>>, isSnapshot: boolean, place: DriftPlace): void {
    const columns = Object.keys(row);
    if (!this.#latest || !isForm(this.#latest, columns, isSnapshot)) {
      this.#latest = this.#forms.find((form) => isForm(form, columns, isSnapshot));
      if (!this.#latest) this.#forms.push((this.#latest = { columns, isSnapshot, rows: new Tally() }));
    }
    this.#latest.rows.add(place);
  }

  get rows(): Tally {
    return Tally.sum(this.#forms.map(({ rows }) => rows));
  }

  get snapshotRows(): number {
    return Tally.sum(this.#forms.filter(({ isSnapshot }) => isSnapshot).map(({ rows }) => rows)).count;
  }

  /** In order of first appearance. */
  get columns(): readonly string[] {
    return [...new Set(this.#forms.flatMap(({ columns }) => columns))];
  }

  rowsWith(column: string): Tally {
    return Tally.sum(this.#with(column).map(({ rows }) => rows));
  }

  presence(column: string): Presence {
    const [forms, others] = [this.#with(column), this.#without(column)];
    const present = Tally.sum(forms.map(({ rows }) => rows));
    const absent = Tally.sum(others.map(({ rows }) => rows));
    if (present.last === null) return 'never';
    if (absent.last === null) return 'always';
    if (forms.every((form) => form.isSnapshot) && others.every((form) => !form.isSnapshot)) return 'snapshot-only';
    return comparePlaces(absent.last, present.last) > 0 ? 'vanished' : 'appeared';
  }

  /** No row has both, none between the last row with `gone` and the first with `come` has neither, and they stand in one place. */
  follows(gone: string, come: string): boolean {
    const [before, after] = [this.rowsWith(gone).last, this.rowsWith(come).first];
    if (before === null || after === null || comparePlaces(before, after) > 0) return false;
    if (this.#with(gone).some(({ columns }) => columns.includes(come))) return false;
    return !this.#without(gone).some(
      ({ columns, rows: { first } }) =>
        !columns.includes(come) &&
        first !== null &&
        comparePlaces(before, first) < 0 &&
        comparePlaces(first, after) < 0,
    );
  }

  /** Behind the same column, or both in front: renaming keeps the place. */
  inOnePlace(gone: string, come: string): boolean {
    const places = new Set(this.#with(gone).map(({ columns }) => columns[columns.indexOf(gone) - 1]));
    return this.#with(come).some(({ columns }) => places.has(columns[columns.indexOf(come) - 1]));
  }

  #with = (column: string): Form[] => this.#forms.filter(({ columns }) => columns.includes(column));
  #without = (column: string): Form[] => this.#forms.filter(({ columns }) => !columns.includes(column));
}

const isForm = (form: Form, columns: readonly string[], isSnapshot: boolean): boolean =>
  form.isSnapshot === isSnapshot &&
  form.columns.length === columns.length &&
  form.columns.every((column, i) => column === columns[i]);
