/**
 * What two sets of rules told of the same recording, held against each other: events that only one told, that say another thing, or that were
 * told in another source transaction; by contract, by reason and by the names of the author's context. Events are the same by their ids.
 */
import { type FieldDifference, differingFields, withoutValues } from './fields.js';
import type { Told, ToldEvent } from './told.js';
import { whyNot } from './why-not.js';

export const KINDS = ['added', 'removed', 'changed', 'retimed'] as const;
export type Kind = (typeof KINDS)[number];
export type Counts = Readonly<Record<Kind, number>>;

export interface Sample {
  /** `order 4711` */
  readonly aggregate: string;
  readonly eventId: string;
  /** Where it was told, by each of the two. */
  readonly from: Telling | null;
  readonly to: Telling | null;
  readonly fields: readonly FieldDifference[];
}

export interface Telling {
  readonly occurredAt: string;
  /** As `causationId` has it. */
  readonly transaction: string;
}

/** Differences with one reason. */
export interface Difference {
  readonly kind: Kind;
  /** The condition that did not hold, the field that differs. */
  readonly reason: string;
  readonly count: number;
  /** The first few. */
  readonly samples: readonly Sample[];
}

export interface ContractDiff {
  readonly contract: string;
  readonly from: number;
  readonly to: number;
  /** Each event once of each kind; one that says another thing elsewhere is changed and retimed. */
  readonly counts: Counts;
  /** By name in the author's context, then by what it says there. */
  readonly context: Readonly<Record<string, Readonly<Record<string, Counts>>>>;
  /** Kind by kind, the most frequent reason first. */
  readonly differences: readonly Difference[];
}

export interface CompareOptions {
  /** Values of aggregates with personal or secret columns, too. */
  readonly isShown: boolean;
}

/** In the order of the contracts, those of the second first. */
export function compared(from: Told, to: Told, options: CompareOptions): ContractDiff[] {
  const names = new Set([...to.contracts.keys(), ...from.contracts.keys()]);
  const tallies = new Map([...names].map((name) => [name, new Tally(name)]));
  for (const event of to.events.values()) {
    const tally = tallies.get(event.contract);
    const before = from.events.get(event.event.id);
    if (tally === undefined) continue;
    tally.to += 1;
    if (before !== undefined) both(tally, { before, after: event }, { from, to, ...options });
    else
      tally.add('added', {
        context: to.contextOf(event),
        reasons: [whyNot(from, event, to.contracts.get(event.contract))],
        sample: { ...namesOf(to, event), from: null, to: telling(event), fields: [] },
      });
  }
  for (const event of from.events.values()) {
    const tally = tallies.get(event.contract);
    if (tally === undefined) continue;
    tally.from += 1;
    if (!to.events.has(event.event.id))
      tally.add('removed', {
        context: from.contextOf(event),
        reasons: [whyNot(to, event, from.contracts.get(event.contract))],
        sample: { ...namesOf(from, event), from: telling(event), to: null, fields: [] },
      });
  }
  return [...tallies.values()].map((tally) => tally.end());
}

function both(
  tally: Tally,
  { before, after }: { readonly before: ToldEvent; readonly after: ToldEvent },
  { from, to, isShown }: CompareOptions & { readonly from: Told; readonly to: Told },
): void {
  const fields = differingFields(before, after);
  const isHidden = !isShown && (from.isSealed(before) || to.isSealed(after));
  const shown = isHidden ? fields.map(withoutValues) : fields;
  const sample = { ...namesOf(to, after), from: telling(before), to: telling(after), fields: shown };
  const found = (reasons: readonly string[]): Found => ({ reasons, sample, context: to.contextOf(after) });
  if (fields.length > 0) tally.add('changed', found([...new Set(fields.map(({ field }) => field))]));
  if (before.cause !== after.cause) tally.add('retimed', found([whenWords(before, after, from, to)]));
  else if (before.event.occurredAt !== after.event.occurredAt)
    tally.add('retimed', found(['occurredAt, in the same transaction']));
}

/** Whoever told it later did not when the other did. */
function whenWords(before: ToldEvent, after: ToldEvent, from: Told, to: Told): string {
  return after.committedMs >= before.committedMs
    ? `later: ${whyNot(to, before, from.contracts.get(before.contract))}`
    : `earlier: ${whyNot(from, after, to.contracts.get(after.contract))}`;
}

const namesOf = (told: Told, event: ToldEvent) => ({ aggregate: told.nameOf(event), eventId: event.event.id });

const telling = ({ event, cause }: ToldEvent): Telling => ({ occurredAt: event.occurredAt, transaction: cause });

const SAMPLES_MAX = 3;
type Counting = Record<Kind, number>;
const nothing = (): Counting => ({ added: 0, removed: 0, changed: 0, retimed: 0 });

interface Found {
  readonly reasons: readonly string[];
  readonly sample: Sample;
  readonly context: readonly (readonly [name: string, value: string])[];
}

/** Of one contract. */
class Tally {
  from = 0;
  to = 0;
  readonly #counts = nothing();
  readonly #context = new Map<string, Map<string, Counting>>();
  readonly #reasons = new Map<Kind, Map<string, { count: number; samples: Sample[] }>>();

  constructor(private readonly contract: string) {}

  add(kind: Kind, { reasons, sample, context }: Found): void {
    this.#counts[kind] += 1;
    for (const [name, value] of context) {
      const values = reached(this.#context, name, () => new Map<string, Counting>());
      reached(values, value, nothing)[kind] += 1;
    }
    const ofKind = reached(this.#reasons, kind, () => new Map<string, { count: number; samples: Sample[] }>());
    for (const reason of reasons) {
      const found = reached(ofKind, reason, () => ({ count: 0, samples: [] }));
      found.count += 1;
      if (found.samples.length < SAMPLES_MAX) found.samples.push(sample);
    }
  }

  end(): ContractDiff {
    const differences = KINDS.flatMap((kind) =>
      [...(this.#reasons.get(kind) ?? [])]
        .map(([reason, { count, samples }]) => ({ kind, reason, count, samples }))
        .sort((a, b) => b.count - a.count),
    );
    const context = Object.fromEntries([...this.#context].map(([name, values]) => [name, Object.fromEntries(values)]));
    return { contract: this.contract, from: this.from, to: this.to, counts: this.#counts, context, differences };
  }
}

function reached<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
