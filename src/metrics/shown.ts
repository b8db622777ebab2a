/** Gauges that are set once and stand until they are set again. Those of a task are taken back when it is another member's now. */
import type { Gauge } from 'prom-client';

type Labels<L extends string> = Readonly<Partial<Record<L, string>>>;

export class Shown {
  /** What takes each of them back, by gauge and labels. */
  readonly #back = new Map<object, Map<string, () => void>>();

  set<L extends string>(gauge: Gauge<L>, labels: Labels<L>, value: number): void {
    gauge.set(labels, value);
    const all = this.#back.get(gauge) ?? new Map<string, () => void>();
    this.#back.set(
      gauge,
      all.set(JSON.stringify(labels), () => gauge.remove(labels)),
    );
  }

  remove<L extends string>(gauge: Gauge<L>, labels: Labels<L>): void {
    gauge.remove(labels);
    this.#back.get(gauge)?.delete(JSON.stringify(labels));
  }

  /** All that is shown of a gauge, in the place of what was. */
  setAll<L extends string>(gauge: Gauge<L>, all: readonly (readonly [labels: Labels<L>, value: number])[]): void {
    for (const takeBack of this.#back.get(gauge)?.values() ?? []) takeBack();
    this.#back.delete(gauge);
    for (const [labels, value] of all) this.set(gauge, labels, value);
  }

  /** The task is another member's now. */
  forget(): void {
    for (const all of this.#back.values()) for (const takeBack of all.values()) takeBack();
    this.#back.clear();
  }
}
