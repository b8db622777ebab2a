/** What became of each fact, entry by entry: by whatever name the rules called it that decided. Pure. */
import type { Verdict } from '../../domain/state/journal-entry.js';
import type { CompiledFact } from '../../rules/compile.js';
import type { History, Told } from './chain.js';

export interface ToldVerdict {
  readonly told: Told;
  readonly verdict: Verdict;
}

/** In these, every milestone has a verdict. */
const DECIDED: ReadonlySet<string> = new Set(['applied', 'learnt']);

export class Verdicts {
  readonly #byName = new Map<string, ToldVerdict[]>();
  /** Oldest first. */
  readonly #decided: readonly Told[];

  constructor({ entries }: History) {
    for (const told of entries)
      for (const verdict of told.entry.verdicts) {
        const known = this.#byName.get(verdict.fact);
        if (known === undefined) this.#byName.set(verdict.fact, [{ told, verdict }]);
        else known.push({ told, verdict });
      }
    this.#decided = entries.filter(({ entry }) => DECIDED.has(entry.outcome)).toReversed();
  }

  /** Newest first. @param occurrence absent: of all. */
  of({ definition: { name, formerly } }: CompiledFact, occurrence?: string): ToldVerdict[] {
    return [name, ...formerly]
      .flatMap((each) => this.#byName.get(each) ?? [])
      .filter(({ verdict }) => occurrence === undefined || verdict.occurrence === occurrence)
      .sort((a, b) => b.told.offset - a.told.offset);
  }

  /** A transaction was decided by rules that did not have this milestone, and none of before had it. */
  isNewerThanFirst(fact: CompiledFact): boolean {
    const [first] = this.#decided;
    return first !== undefined && !this.#asks(first, fact);
  }

  /** The last decision did not ask this milestone. Null: nothing was decided that is known of. */
  isNewerThanLast(fact: CompiledFact): boolean | null {
    const last = this.#decided.at(-1);
    return last === undefined ? null : !this.#asks(last, fact);
  }

  #asks({ entry }: Told, { definition: { name, formerly } }: CompiledFact): boolean {
    return entry.verdicts.some(({ fact }) => fact === name || formerly.includes(fact));
  }
}
