/**
 * The sets of rules that aggregates keep (docs/pinning.md), loaded beside those of now. All that are in use are there before anything is
 * decided, or nothing is: an aggregate is never decided by others than those that it keeps.
 */
import { contractText } from '../../domain/integration-event.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { ContractDefinition } from '../../rules/contract.js';
import type { KeptAggregate, Pins } from '../../translate/pins.js';
import { grownColumns, misfits } from './misfits.js';
import { PinCounts, type Pinned } from './pin-counts.js';

/** Sets of rules besides those of now. Each is a realm in every task. */
export const PINNED_SETS_MAX = 50;

/** The rules of now, and how others are loaded. */
export interface Pinning {
  readonly rules: Pick<CompiledRules, 'aggregates' | 'routed'>;
  readonly digest: string;
  /**
   * Rules out of what is kept of them (`kept-rules.ts`).
   * @throws DragomanError RULES_INVALID when they do not hold together any more, STATE_DAMAGED
   */
  readonly compile: (bundle: string, digest: string) => CompiledRules;
}

/** Of what asks no rules. */
export const NO_PINNING: Pinning = {
  rules: { aggregates: new Map(), routed: new Map() },
  digest: '',
  compile: () => {
    throw new DragomanError('INVARIANT_BROKEN', 'No rules are asked here.');
  },
};

export class PinnedRules implements Pins {
  readonly counts = new PinCounts();
  readonly #pinning: Pinning;
  /** Of all that were ever in use here, by digest. */
  #sets = new Map<string, CompiledRules>();
  /** By aggregate, then by digest. Null: those rules did not have it, so none began by them. */
  readonly #kept = new Map<string, Map<string, KeptAggregate | null>>();

  constructor(pinning: Pinning) {
    this.#pinning = pinning;
  }

  /** Of contracts that aggregates publish by rules that they keep, and perhaps none of now. */
  get topics(): readonly string[] {
    return [...new Set(this.#contracts().map(({ topic }) => topic))];
  }

  /** The same, by `contractText`. */
  get contracts(): ReadonlySet<string> {
    return new Set(this.#contracts().map(({ name, majorVersion }) => contractText(name, majorVersion)));
  }

  #contracts(): ContractDefinition[] {
    const kept = [...this.#kept.values()].flatMap((byDigest) => [...byDigest.values()]);
    const facts = kept.flatMap((one) => one?.aggregate.facts ?? []);
    return facts.flatMap(({ publications }) => publications.map(({ contract }) => contract));
  }

  /** All that decide: the rules of now, and those that aggregates keep. */
  get sets(): readonly Pinning['rules'][] {
    return [this.#pinning.rules, ...this.#sets.values()];
  }

  of(aggregate: string, state: AggregateState): KeptAggregate | null {
    const digest = this.counts.digestOf(aggregate, state);
    if (digest === null || digest === this.#pinning.digest) return null;
    const kept = this.#kept.get(aggregate)?.get(digest);
    if (kept !== undefined) return kept;
    throw refused([`${aggregate}: an aggregate keeps the rules ${digest}, which are not counted, and so not loaded`]);
  }

  /**
   * Forgets everything but what is stored. {@link load} comes next.
   * @param former digest of the rules that decided last; null: none did.
   * @returns digests of the rules that are in use and not loaded yet. @throws DragomanError RULES_PINNED
   */
  begin(stored: Iterable<readonly [field: string, text: string]>, former: string | null): string[] {
    const { rules, digest: now } = this.#pinning;
    this.counts.reset(stored);
    this.#kept.clear();
    const silent = this.counts.all().filter((one) => isSilent(one, rules));
    if (silent.length > 0) throw refused(silent.map((one) => `${words(one)}: the rules do not say \`pin\` of it`));
    this.counts.begin(rules, now, former);
    const digests = [...new Set(this.#wanted().map(({ digest }) => digest))];
    if (digests.length > PINNED_SETS_MAX)
      throw refused([`${digests.length} sets of rules, and at most ${PINNED_SETS_MAX} may be`]);
    this.#sets = new Map([...this.#sets].filter(([digest]) => digests.includes(digest)));
    return digests.filter((digest) => !this.#sets.has(digest));
  }

  /** @param bundles what is kept of the rules that {@link begin} asked for; null: nothing. @throws DragomanError RULES_PINNED */
  load(bundles: ReadonlyMap<string, string | null>): void {
    const failed = new Map<string, string>();
    for (const [digest, bundle] of bundles) {
      const set = bundle === null ? 'their text is not kept' : this.#compiled(bundle, digest);
      if (typeof set === 'string') failed.set(digest, set);
      else this.#sets.set(digest, set);
    }
    const problems = this.#wanted().flatMap((one) => {
      const why = failed.get(one.digest);
      return (why === undefined ? this.#take(one) : [why]).map((how) => `${words(one)}: ${how}`);
    });
    if (problems.length > 0) throw refused(problems);
  }

  #wanted(): Pinned[] {
    return this.counts.all().filter(({ digest }) => digest !== this.#pinning.digest);
  }

  /** @returns why it cannot be decided. */
  #take({ aggregate, digest, count }: Pinned): string[] {
    const [kept, now] = [this.#sets.get(digest), this.#pinning.rules].map((rules) => rules?.aggregates.get(aggregate));
    const byDigest = this.#kept.get(aggregate) ?? new Map<string, KeptAggregate | null>();
    this.#kept.set(aggregate, byDigest);
    if (kept === undefined) byDigest.set(digest, null);
    if (kept === undefined) return count === 0 ? [] : ['those rules do not have it'];
    if (now === undefined) return ['the rules of now do not have it'];
    byDigest.set(digest, { digest, aggregate: kept, grown: grownColumns(kept, now) });
    return misfits(kept, now);
  }

  /** Or why they cannot be had. */
  #compiled(bundle: string, digest: string): CompiledRules | string {
    try {
      return this.#pinning.compile(bundle, digest);
    } catch (error) {
      if (error instanceof DragomanError && error.code === 'RULES_INVALID') return error.message;
      throw error;
    }
  }
}

const isSilent = ({ aggregate }: Pinned, { aggregates }: Pinning['rules']): boolean =>
  (aggregates.get(aggregate)?.pin ?? null) === null;

const words = ({ aggregate, digest, count, isOpen }: Pinned): string =>
  `${aggregate}, ${count}${isOpen ? ' and all that began before any were kept' : ''} by the rules ${digest}`;

const refused = (problems: readonly string[]): DragomanError =>
  new DragomanError(
    'RULES_PINNED',
    'Aggregates that are under way keep the rules by which they began, and cannot be decided by them beside the rules of now:\n' +
      `${problems.map((problem) => `- ${problem}`).join('\n')}\n` +
      'Nothing is published before they can. Change the rules of now so that they fit; or run the rules of before, let those aggregates go on ' +
      'by them to their end, or migrate them (`dragoman pinned migrate`), and come back; or say `pin: false`, so that all are decided by the rules ' +
      'of now (docs/pinning.md).',
    { details: { problems } },
  );
