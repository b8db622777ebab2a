/** Events published by this process in the last hour, by type and by each name of their context, minute by minute. Told by pipeline events. */
import type { Observer } from '../../pipeline/events.js';
import type { Published, PublishedSeries } from '../answers/flow.js';
import { MINUTE_MS, Minutes, MINUTES, sum } from './minutes.js';

/** Types, and values of contexts for each of them; what comes beyond is counted together. */
export const SERIES_MAX = 300;
/** Of a value that becomes the name of a series. */
const VALUE_CHARS_MAX = 60;

type Named = Omit<PublishedSeries, 'counts'>;

interface Kept extends Named {
  readonly minutes: Minutes;
}

export class PublishedWatch {
  readonly #nowMs: () => number;
  readonly #sinceMs: number;
  /** Names of contexts, as the rules have them. */
  readonly #names: readonly string[];
  readonly #series = new Map<string, Kept>();
  readonly #uncounted = new Minutes();

  constructor(names: readonly string[], nowMs: () => number) {
    this.#names = names;
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  readonly observe: Observer = (event) => {
    if (event.kind !== 'decided') return;
    for (const { type, version, value, isShadow } of event.events) {
      if (isShadow === true) continue;
      this.#count({ event: type, version, name: '', value: '' });
      for (const name of this.#names) {
        const given = value[name];
        if (typeof given === 'string')
          this.#count({ event: type, version, name, value: given.slice(0, VALUE_CHARS_MAX) });
      }
    }
  };

  /** Events of a type in the last minute that is over, and in the last hour. */
  rate(event: string, version: number): { readonly lastMinute: number; readonly lastHour: number } {
    const counts = this.#series.get(keyOf({ event, version, name: '', value: '' }))?.minutes.read(this.#nowMs()) ?? [];
    return { lastMinute: counts.at(-2) ?? 0, lastHour: sum(counts) };
  }

  read(): Published {
    const nowMs = this.#nowMs();
    const first = (Math.floor(nowMs / MINUTE_MS) - MINUTES + 1) * MINUTE_MS;
    const all = [...this.#series.values()].map(({ minutes, ...of }) => ({ ...of, counts: minutes.read(nowMs) }));
    return {
      since: new Date(this.#sinceMs).toISOString(),
      minutesFrom: new Date(first).toISOString(),
      series: all.sort((a, b) => compare(keyOf(a), keyOf(b))),
      uncounted: sum(this.#uncounted.read(nowMs)),
    };
  }

  #count(of: Named): void {
    const key = keyOf(of);
    let kept = this.#series.get(key);
    if (kept === undefined) {
      if (this.#series.size >= SERIES_MAX) return this.#uncounted.add(this.#nowMs());
      this.#series.set(key, (kept = { ...of, minutes: new Minutes() }));
    }
    kept.minutes.add(this.#nowMs());
  }
}

const keyOf = ({ event, version, name, value }: Named): string => JSON.stringify([event, version, name, value]);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
