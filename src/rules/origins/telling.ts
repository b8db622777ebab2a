/**
 * What a change set says of its origin: told from change set and rules alone, so it is the same whenever and wherever it is asked. Pure.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import { TELLINGS_MAX, type TellingAnnotation, toldIn } from '../../domain/source/annotation.js';
import { namesIn, type Said, saidBy, type SaidName } from '../../domain/source/said.js';
import { boundedTraces } from '../../domain/source/trace.js';
import type { OriginDefinition } from './origin.js';

export const tellingAnnotations = (origins: readonly OriginDefinition[]): TellingAnnotation[] =>
  origins.flatMap(({ prefix, says }) => (prefix === null ? [] : [{ prefix, says }]));

/** Whether one of them tells who it was. */
export const tellsWho = (origins: readonly OriginDefinition[]): boolean =>
  origins.some(({ says }) => says.user !== undefined);

/**
 * Of each name the first of the origins that says it counts; where that says different things, nobody knows it. Undefined: nothing is said.
 */
export function saidOf(changeSet: ChangeSet, origins: readonly OriginDefinition[]): Said | undefined {
  if (origins.length === 0 || changeSet.kind !== 'transaction') return undefined;
  const told = toldTo(changeSet);
  const isTooMany = told.length > TELLINGS_MAX;
  const found: { -readonly [Name in keyof Said]: Said[Name] } = isTooMany ? { unread: 'too many' } : {};
  const decided = new Set<SaidName>();
  for (const { prefix, table, says } of origins) {
    const all = allSaid({ prefix, table, says }, changeSet, isTooMany ? [] : told);
    const unread = all.find((said) => said.unread !== undefined)?.unread;
    if (unread !== undefined) found.unread ??= unread;
    for (const name of namesIn(says)) {
      const values = new Set(all.flatMap((said) => said[name] ?? []));
      if (values.size === 0 || decided.has(name)) continue;
      decided.add(name);
      const [value = '', ...others] = values;
      if (others.length === 0) found[name] = value;
      else found.unread ??= 'differs';
    }
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

type Told = NonNullable<ReturnType<typeof toldIn>>;

const toldTo = ({ annotations = [] }: ChangeSet): Told[] => annotations.flatMap((text) => toldIn(text) ?? []);

const allSaid = ({ prefix, table, says }: OriginDefinition, { changes }: ChangeSet, told: readonly Told[]): Said[] =>
  table === null
    ? told.flatMap(({ prefix: of, said }) => (of === prefix ? [said] : []))
    : changes.flatMap(({ table: of, row, carried }) =>
        of === table.name && row !== null && carried !== true ? [saidBy(says, row)] : [],
      );

/** Traces of the legacy system that the headers of its rows carried, or that origins tell; undefined: none. */
export function tracesOf(changeSet: ChangeSet, origins: readonly OriginDefinition[]): readonly string[] | undefined {
  if (changeSet.kind !== 'transaction') return undefined;
  const told = origins.some(({ says }) => says.traceparent !== undefined) ? toldTo(changeSet) : [];
  const said = origins.flatMap((each) =>
    each.says.traceparent === undefined
      ? []
      : allSaid(each, changeSet, told).flatMap(({ traceparent }) => traceparent ?? []),
  );
  const all = [...said, ...(changeSet.traces ?? [])];
  return all.length === 0 ? undefined : boundedTraces(all);
}
