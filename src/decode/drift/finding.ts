/** What `dragoman drift` can find. `docs/schema-drift.md` says what each means at run time and what to do. */
import type { DriftPlace, Tally } from './place.js';

export const DRIFT_KINDS = [
  'column-missing',
  'column-absent',
  'column-renamed',
  'column-appeared',
  'column-vanished',
  'column-undeclared',
  'column-redacted',
  'type-differs',
  'value-refused',
  'null-refused',
  'code-unknown',
  'code-other',
  'record-unreadable',
  'table-silent',
] as const;

export type DriftKind = (typeof DRIFT_KINDS)[number];

/** The rules say that these may be: worth knowing, no drift. */
const NOTES: ReadonlySet<DriftKind> = new Set([
  ...(['column-absent', 'column-undeclared', 'column-redacted', 'code-other', 'table-silent'] as const),
]);

export interface DriftFinding {
  readonly kind: DriftKind;
  /** False: a note. Nothing that the rules do not allow, and the table's form did not change. */
  readonly isDrift: boolean;
  readonly column: string | null;
  /** Rows (or records) that show it. */
  readonly count: number;
  readonly first: DriftPlace | null;
  readonly last: DriftPlace | null;
  /** One value as JSON; null when there is none to show, always for personal, secret and undeclared columns (G7). */
  readonly example: string | null;
  /** What it is, for people; never a value. */
  readonly text: string;
}

export interface FindingParts {
  readonly column?: string;
  readonly example?: string | null;
  readonly isDrift?: boolean;
}

export const finding = (kind: DriftKind, seen: Tally, text: string, parts: FindingParts = {}): DriftFinding => ({
  kind,
  isDrift: parts.isDrift ?? !NOTES.has(kind),
  column: parts.column ?? null,
  count: seen.count,
  first: seen.first,
  last: seen.last,
  example: parts.example ?? null,
  text,
});
