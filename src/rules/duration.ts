/** Spans of time as rule authors write them: `90 days`, `12 hours`. Pure. */

const MS = { hour: 60 * 60 * 1_000, day: 24 * 60 * 60 * 1_000 } as const;
/** Ten years. */
export const DURATION_MAX_MS = 3_650 * MS.day;
const FORM = /^([1-9]\d{0,5}) (hour|day)s?$/;

/** In ms; null when it is none: whole hours or days, from one hour to ten years. */
export function durationMs(text: unknown): number | null {
  const [, count, unit] = (typeof text === 'string' ? FORM.exec(text) : null) ?? [];
  if (count === undefined || unit === undefined) return null;
  const ms = Number(count) * MS[unit as keyof typeof MS];
  return ms > DURATION_MAX_MS ? null : ms;
}
