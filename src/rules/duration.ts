/** Spans of time as rule authors write them: `90 days`, `12 hours`, `30 minutes`. Pure. */

const MS = { minute: 60 * 1_000, hour: 60 * 60 * 1_000, day: 24 * 60 * 60 * 1_000 } as const;
/** Ten years. */
export const DURATION_MAX_MS = 3_650 * MS.day;
/** As a problem says it. */
export const DURATION_WORDS = 'whole minutes, hours or days, from "1 minute" to "3650 days"';
const FORM = /^([1-9]\d{0,6}) (minute|hour|day)s?$/;

/** In ms; null when it is none: whole minutes, hours or days, from one minute to ten years. */
export function durationMs(text: unknown): number | null {
  const [, count, unit] = (typeof text === 'string' ? FORM.exec(text) : null) ?? [];
  if (count === undefined || unit === undefined) return null;
  const ms = Number(count) * MS[unit as keyof typeof MS];
  return ms > DURATION_MAX_MS ? null : ms;
}
