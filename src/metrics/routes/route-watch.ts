/** Routes, who owns what, and what services tell, as series. */
import { routeText, selectorText } from '../../domain/ownership/route.js';
import type { Decision } from '../../domain/state/journal-entry.js';
import type { PipelineEvent } from '../../pipeline/events.js';
import { ageSeconds } from '../ages.js';
import type { Series, TaskLabels } from '../series.js';
import type { Shown } from '../shown.js';

type EventOf<K extends PipelineEvent['kind']> = Extract<PipelineEvent, { kind: K }>;

/** Publishers of one task that are told apart: they name themselves. */
export const PRODUCERS_MAX = 20;
const PRODUCER_CHARS_MAX = 100;
const OTHER = 'other';

export class RouteWatch {
  readonly #series: Series;
  readonly #task: TaskLabels;
  readonly #shown: Shown;
  readonly #producers = new Set<string>();

  constructor(series: Series, task: TaskLabels, shown: Shown) {
    this.#series = series;
    this.#task = task;
    this.#shown = shown;
  }

  /** As they stand: there are 200 at most. */
  routes({ all }: EventOf<'routes'>): void {
    const task = this.#task;
    this.#shown.setAll(
      this.#series.routeStage,
      all.map(({ contract, selector, stage }) => [{ ...task, contract, route: selectorText(selector), stage }, 1]),
    );
    this.#shown.setAll(
      this.#series.routeReturning,
      all.filter(({ isAsked }) => isAsked).map((route) => [{ ...task, route: routeText(route) }, 1]),
    );
  }

  moved({ contract, from, to, at, isAsked }: EventOf<'route'>, nowMs: number): void {
    if (isAsked) return;
    this.#series.routeMoves.inc({ ...this.#task, contract, from, to });
    this.#series.routeMoveDuration.observe({ ...this.#task, from, to }, ageSeconds(Date.parse(at), nowMs));
  }

  overdue({ route, isOverdue }: EventOf<'handoverOverdue'>): void {
    const labels = { ...this.#task, route };
    if (isOverdue) this.#shown.set(this.#series.handoverOverdue, labels, 1);
    else this.#shown.remove(this.#series.handoverOverdue, labels);
  }

  ownership({ all }: EventOf<'ownership'>): void {
    const task = this.#task;
    for (const { contract, what, count } of all)
      if (what === 'owed') this.#shown.set(this.#series.owedFacts, { ...task, contract }, count);
      else this.#shown.set(this.#series.ownedAggregates, { ...task, contract, owner: what }, count);
  }

  decided({ told, echoes = [] }: Decision): void {
    for (const { contract, became: kind } of echoes) this.#series.echoes.inc({ ...this.#task, contract, kind });
    if (told === undefined) return;
    const { contract, producer, finding } = told;
    const labels = { contract, producer: this.#producerOf(producer), finding: finding?.code ?? 'none' };
    this.#series.toldEvents.inc({ ...this.#task, ...labels });
  }

  #producerOf(name: string): string {
    if (this.#producers.has(name)) return name;
    if (name.length > PRODUCER_CHARS_MAX || this.#producers.size >= PRODUCERS_MAX) return OTHER;
    this.#producers.add(name);
    return name;
  }
}
