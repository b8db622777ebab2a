/**
 * A record of the journal as the version before wrote it: a decision with the whole state after it. The newest of an aggregate counts. What is
 * other now: events were counted by aggregate, not by contract, and what waits had no ordinal.
 */
import { z } from 'zod';
import type { AggregateRef } from '../../domain/change-set.js';
import { contractText } from '../../domain/integration-event.js';
import { type AggregateState, aggregateText, type Parked } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import type { CompiledRules } from '../../rules/compile.js';
import { own } from '../../translate/own.js';
import type { OwnRecord } from '../ports.js';

export interface FormerEntry extends AggregateRef {
  readonly state: FormerState;
}

export interface FormerState extends Omit<AggregateState, 'sequences' | 'parked' | 'journal'> {
  /** Events published so far, under whatever contract. */
  readonly sequence: number;
  readonly parked: Omit<Parked, 'first'> | null;
}

const tables = <V extends z.ZodType>(value: V) => z.record(z.string(), z.record(z.string(), value));
const row = z.record(z.string(), z.unknown());
const origin = z.looseObject({ source: z.string(), commitTimeMs: z.number() });
const changeSet = z.looseObject({
  aggregate: z.string(),
  id: z.string(),
  kind: z.enum(['transaction', 'baseline', 'snapshot-end']),
  origin,
  changes: z.array(z.looseObject({ table: z.string(), key: z.string(), op: z.string(), row: row.nullable() })),
});
const stage = z.strictObject({
  generation: z.string(),
  rows: tables(z.union([row, z.literal(true), z.null()])),
  isWhole: z.literal(true).exactOptional(),
});
const marks = z.strictObject({
  told: z.literal(true).exactOptional(),
  first: z.string().exactOptional(),
  settled: z.string().exactOptional(),
  staged: z.array(stage).exactOptional(),
});
const missed = z.strictObject({ fact: z.string(), occurrence: z.string(), values: z.unknown(), origin });
const state = z.strictObject({
  rows: tables(row),
  fired: tables(z.int().min(0)),
  sequence: z.int().min(0),
  parked: z
    .strictObject({ code: z.string(), text: z.string(), sinceMs: z.number(), waiting: z.array(changeSet).min(1) })
    .nullable(),
  at: z.record(z.string(), z.string()),
  lastCommand: z.looseObject({ id: z.string() }).exactOptional(),
  snapshots: z.record(z.string(), marks).exactOptional(),
  findings: z.strictObject({ missed: z.array(missed), vanished: tables(row) }).exactOptional(),
  looked: tables(row.nullable()).exactOptional(),
  untold: tables(z.strictObject({ before: row.nullable(), origin })).exactOptional(),
});
const schema = z.looseObject({ aggregate: z.string(), id: z.string(), outcome: z.string(), digest: z.string(), state });

/** @throws DragomanError STATE_DAMAGED; PROGRESS_LOST when this version wrote it. */
export function formerEntry({ partition, offset, key, value }: OwnRecord): FormerEntry {
  const where = `The record of ${key} in partition ${partition} of the journal, offset ${offset},`;
  try {
    const json: unknown = JSON.parse(value ?? '');
    const version: unknown = (json as { readonly v?: unknown } | null)?.v;
    if (version !== undefined) throw newer(where, version);
    const { aggregate, id } = schema.parse(json);
    if (aggregateText({ aggregate, id }) !== key) throw new Error(`it is the decision on ${aggregate}:${id}`);
    return json as FormerEntry; // as it stands there: nothing of it is made anew
  } catch (cause) {
    if (cause instanceof DragomanError) throw cause;
    const why = cause instanceof z.ZodError ? issueText(cause) : cause instanceof Error ? cause.message : String(cause);
    throw new DragomanError(
      'STATE_DAMAGED',
      `${where} is not what the version before wrote: ${why}. Nothing of the conversion counts. Restore the journal from a copy, or ` +
        'start a new namespace after a new snapshot; the version before still runs on what is there.',
      { cause, details: { partition, offset, key } },
    );
  }
}

const issueText = ({ issues: [first] }: z.ZodError): string =>
  first === undefined ? 'it has another form' : `${first.path.map(String).join('.')}: ${first.message}`;

const newer = (where: string, version: unknown): DragomanError =>
  new DragomanError(
    version === 2 ? 'PROGRESS_LOST' : 'STATE_DAMAGED',
    version === 2
      ? `${where} was written by this version: the pipeline was converted already, and its progress topic lost what it held. Restore it.`
      : `${where} is of version ${JSON.stringify(version)}, which is not known here. Nothing of the conversion counts. Convert with the version that wrote it.`,
  );

/**
 * As it is kept now. Every contract under which the aggregate has published goes on behind the count of all its events: no consumer sees a
 * number twice, or one that goes back.
 */
export function stateOfNow(
  { aggregate, state: former }: FormerEntry,
  { aggregates }: Pick<CompiledRules, 'aggregates'>,
): AggregateState {
  const { sequence, parked, ...rest } = former;
  const hasPublished = (fact: string): boolean => Object.values(own(rest.fired, fact) ?? {}).some((first) => first > 0);
  const contracts = (aggregates.get(aggregate)?.facts ?? [])
    .filter(({ name }) => hasPublished(name))
    .flatMap(({ publications }) =>
      publications.map(({ contract }) => contractText(contract.name, contract.majorVersion)),
    );
  return {
    ...rest,
    sequences: Object.fromEntries(contracts.map((contract) => [contract, sequence])),
    parked: parked && { ...parked, first: 0 },
  };
}
