/** How numbers, times and codes are shown. Pure. */
import type { ConditionAnswer } from '../why/answer.js';
import { html, type Html } from '../html.js';

/** `12,345`; a dash when it is not known. */
export const count = (value: number | null): string => (value === null ? '–' : value.toLocaleString('en'));

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** `3 min`; a dash when it is not known. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '–';
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ['s', 1];
  return `${Math.floor(Math.max(0, seconds) / size)} ${unit}`;
}

/** `2026-11-21 09:52:57`, in UTC. */
export const time = (iso: string): Html => html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')}</time>`;

/** With how long ago that is. */
export const since = (iso: string, nowMs: number): Html =>
  html`${time(iso)} <small>${duration((nowMs - Date.parse(iso)) / 1_000)}</small>`;

export const plural = (howMany: number, one: string, many = `${one}s`): string =>
  `${count(howMany)} ${howMany === 1 ? one : many}`;

/** A word with a colour beside it, never a colour alone. */
export const status = (kind: 'good' | 'warn' | 'bad' | 'idle', word: string): Html =>
  html`<span class="status ${kind}">${word}</span>`;

const OPS: Readonly<Record<string, string>> = { c: 'insert', u: 'update', d: 'delete', r: 'snapshot' };

/** What a source did to a row; a letter that is not known stands for itself. */
export const opWord = (op: string): string => OPS[op] ?? op;

/** Of a column. */
export function valueShown(value: unknown): Html | string {
  if (value === null || value === undefined) return html`<em>null</em>`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const HOLDS = { true: '', false: '', unknown: ' (not known)', failed: ' (the rule failed)' } as const;

/** Of one that does not hold. */
export const conditionWords = ({ name, holds }: Pick<ConditionAnswer, 'name' | 'holds'>): string =>
  `${name}${HOLDS[`${holds}`]}`;

/** How much is at stake. */
export const weight = (word: string): Html => html`<span class="severity ${word}">${word}</span>`;

export interface Ways {
  /** Address of a choice. */
  readonly to: (name: string) => string;
  /** Absent: as it is named. */
  readonly called?: (name: string) => string;
}

/** One of several, and ways to the others; nothing, when there is one. */
export const choices = (
  names: readonly string[],
  chosen: string,
  { to, called = (name) => name }: Ways,
): Html | false =>
  names.length > 1 &&
  html`<p class="choices">
    ${names.map((name) =>
      name === chosen ? html`<strong>${called(name)}</strong> ` : html`<a href="${to(name)}">${called(name)}</a> `,
    )}
  </p>`;
