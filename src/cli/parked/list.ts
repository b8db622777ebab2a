/** `dragoman parked list`: which aggregates wait, the oldest first, as Redis has them and the rules of here weigh them. */
import { ownsId } from '../../domain/shard.js';
import { ONLY_FIRST } from '../../domain/state/queue.js';
import { waitingCount } from '../../domain/state/aggregate-state.js';
import type { ParkedAggregate } from '../../pipeline/events.js';
import { parkedAggregate, parkedStates } from '../../pipeline/parked-aggregates.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { Importance } from '../../rules/fact.js';
import { calledOf, firstNameOf } from '../../rules/named.js';
import { type Desk, type DeskShard, withDesk } from '../operator/desk.js';
import { EXIT, print, say } from '../exit.js';
import type { OperatorOptions } from '../operator/operator.js';
import { ofEach } from '../operator/shards.js';
import { atStates } from '../operator/reading/stored-states.js';

/** Which of them; what is absent asks for nothing. */
export interface ParkedFilter {
  readonly code?: string;
  readonly aggregate?: string;
  readonly severity?: Importance | 'none';
  /** Parked for at least so long. */
  readonly olderThan?: number;
}

export type ParkedListOptions = OperatorOptions & ParkedFilter & { readonly max: number };

/** One that is parked, with how many change sets wait. */
export interface Listed extends ParkedAggregate {
  readonly waiting: number;
}

export const parkedListCommand = (options: ParkedListOptions): Promise<number> =>
  withDesk(options, async (desk) => {
    const all = await listed(desk, options, Date.now());
    await show(all, desk, options);
    return EXIT.ok;
  });

/** Oldest first. */
export async function listed(
  { shards, settings }: Pick<Desk, 'shards' | 'settings'>,
  filter: ParkedFilter,
  nowMs: number,
): Promise<Listed[]> {
  const { rules } = await settings();
  const wanted =
    filter.aggregate === undefined ? filter : { ...filter, aggregate: firstNameOf(rules, filter.aggregate) };
  const all = (await ofEach(shards, (shard) => parkedIn(shard, rules))).flat();
  return all
    .filter((parked) => isWanted(parked, wanted, nowMs))
    .map((parked) => ({ ...parked, aggregate: calledOf(rules, parked.aggregate) }))
    .sort((a, b) => a.sinceMs - b.sinceMs);
}

/** By their first names. A row of a lookup table, which each shard keeps, is told by the one that is asked about it. */
async function parkedIn({ shard, store }: DeskShard, rules: CompiledRules): Promise<Listed[]> {
  const all: Listed[] = [];
  // Each part at the marker of its moment: a pipeline that runs moves it.
  const reads = {
    parked: () => atStates(store, (states, marker) => states.parked(marker)),
    load: (keys: readonly string[]) => atStates(store, (states, marker) => states.load(marker, keys), ONLY_FIRST),
  };
  for await (const { ref, state } of parkedStates(reads))
    if (ownsId(shard, ref.id)) all.push({ ...parkedAggregate(ref, state, rules), waiting: waitingCount(state.parked) });
  return all;
}

export const isWanted = (
  parked: Listed,
  { code, aggregate, severity, olderThan }: ParkedFilter,
  nowMs: number,
): boolean =>
  (code === undefined || parked.code === code) &&
  (aggregate === undefined || parked.aggregate === aggregate) &&
  (severity === undefined || parked.severity === severity) &&
  (olderThan === undefined || nowMs - parked.sinceMs >= olderThan * 1_000);

async function show(
  all: readonly Listed[],
  { pipeline }: Pick<Desk, 'pipeline'>,
  { json, max }: Pick<ParkedListOptions, 'json' | 'max'>,
): Promise<void> {
  const [byCode, bySeverity] = [counted(all.map(({ code }) => code)), counted(all.map(({ severity }) => severity))];
  const parked = all.slice(0, max).map(({ sinceMs, ...rest }) => ({ ...rest, since: new Date(sinceMs).toISOString() }));
  const more = all.length - parked.length;
  if (json === true) {
    const schema = 'dragoman.cli/parked@2';
    await print(JSON.stringify({ schema, pipeline, total: all.length, byCode, bySeverity, parked, more }));
  } else {
    for (const { code, severity, aggregate, id, since, waiting } of parked)
      await print(`${code} ${severity} ${aggregate} ${id} since ${since} (${waiting} waiting)`);
  }
  if (more > 0) say(`${more} more (--max)`);
  say(all.length === 0 ? 'nothing is parked' : `${all.length} parked: ${words(byCode)}; ${words(bySeverity)}`);
}

/** The most first. */
export function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1)));
}

const words = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
