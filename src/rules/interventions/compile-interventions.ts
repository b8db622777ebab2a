/** Interventions of a checked rule set, in the form in which change sets are held against them. Pure. */
import { annotationText, type DeclaredAnnotation } from '../../domain/source/annotation.js';
import { instantMs } from '../values/instant.js';
import type { Having, InterventionDefinition, Scalar } from './intervention.js';

export interface CompiledIntervention {
  readonly name: string;
  /** An annotation that its transactions have (`annotationText`); null: whatever they have. */
  readonly annotation: string | null;
  /** By table: columns, and the values of which each has one. Empty: whatever was written. */
  readonly rows: ReadonlyMap<string, readonly (readonly [string, readonly Scalar[]])[]>;
  /** Commit times: from the first on, and before the second. */
  readonly fromMs: number;
  readonly untilMs: number;
}

export const compileIntervention = ({
  name,
  annotated,
  rows,
  within,
}: InterventionDefinition): CompiledIntervention => ({
  name,
  annotation: annotated && annotationText(annotated),
  rows: new Map(rows.map(({ table, values }) => [table.name, wantedOf(values)])),
  fromMs: instantMs(within?.from) ?? -Infinity,
  untilMs: instantMs(within?.until) ?? Infinity,
});

const wantedOf = (values: Having['values']): [string, readonly Scalar[]][] =>
  Object.entries(values).map(([column, wanted]) => [column, isList(wanted) ? [...wanted] : [wanted]]);

const isList = (wanted: Scalar | readonly Scalar[]): wanted is readonly Scalar[] => Array.isArray(wanted);

/** Annotations that are looked for, each once. */
export const annotationsOf = (interventions: readonly InterventionDefinition[]): DeclaredAnnotation[] => [
  ...new Map(
    interventions.flatMap(({ annotated }) =>
      annotated === null ? [] : [[annotationText(annotated), annotated] as const],
    ),
  ).values(),
];
