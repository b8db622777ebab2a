/** What many histories came to, as lines to print. */
import type { Outcome } from './simulation.js';

export class Totals {
  histories = 0;
  steps = 0;
  eventsChecked = 0;
  virtualMs = 0;
  /** Of the steps of the last one. */
  digest = 0;
  readonly violations: Outcome[] = [];
  readonly #counts = new Map<string, number>();

  add(outcome: Outcome): void {
    this.histories += 1;
    this.steps += outcome.steps;
    this.eventsChecked += outcome.eventsChecked;
    this.virtualMs += outcome.virtualMs;
    this.digest = outcome.digest;
    if (outcome.violation !== null) this.violations.push(outcome);
    for (const [name, count] of outcome.counts) {
      const kind = name.replace(/ #\d+$/, '');
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
    }
  }

  /** How often something happened. */
  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  lines(): string[] {
    const own: [string, number][] = [
      ['histories', this.histories],
      ['steps', this.steps],
      ['hours of virtual time', Math.round(this.virtualMs / 3_600_000)],
      ['events checked', this.eventsChecked],
      ['violations', this.violations.length],
    ];
    const counted = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return [...own, ...counted].map(([name, count]) => `${name.padEnd(36)}${count.toLocaleString('en').padStart(14)}`);
  }
}
