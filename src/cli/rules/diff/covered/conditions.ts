/** How often each named condition of each fact held, did not hold, and could not be known: what a recording is evidence for. */
import type { Verdict } from '../../../../domain/state/journal-entry.js';
import type { CompiledFact } from '../../../../rules/compile.js';

export interface ConditionSeen {
  readonly fact: string;
  readonly condition: string;
  readonly held: number;
  readonly failed: number;
  readonly unknown: number;
}

type Counts = { held: number; failed: number; unknown: number };

export class ConditionCounts {
  readonly #byFact = new Map<string, Map<string, Counts>>();
  readonly #happened = new Set<string>();

  constructor(facts: readonly CompiledFact[]) {
    for (const { definition } of facts)
      this.#byFact.set(
        definition.name,
        new Map(definition.conditions.map(({ name }) => [name, { held: 0, failed: 0, unknown: 0 }])),
      );
  }

  add(verdicts: readonly Verdict[]): void {
    for (const verdict of verdicts) {
      const conditions = this.#byFact.get(verdict.fact);
      if (conditions === undefined || verdict.verdict === 'withheld') continue;
      if (verdict.verdict === 'unmet') count(conditions, verdict);
      else {
        if (verdict.verdict !== 'already') this.#happened.add(verdict.fact);
        for (const counts of conditions.values()) counts.held += 1;
      }
    }
  }

  get all(): ConditionSeen[] {
    return [...this.#byFact].flatMap(([fact, conditions]) =>
      [...conditions].map(([condition, counts]) => ({ fact, condition, ...counts })),
    );
  }

  /** Facts that did not happen once. */
  get silent(): string[] {
    return [...this.#byFact.keys()].filter((fact) => !this.#happened.has(fact));
  }
}

function count(
  conditions: ReadonlyMap<string, Counts>,
  { unmet, unknown }: Extract<Verdict, { verdict: 'unmet' }>,
): void {
  // Something else than a condition was not known, such as what a deleted row was: perhaps nothing was asked.
  if (unknown.some((name) => !conditions.has(name))) return;
  for (const [name, counts] of conditions) {
    if (unmet.includes(name)) counts.failed += 1;
    else if (unknown.includes(name)) counts.unknown += 1;
    else counts.held += 1;
  }
}
