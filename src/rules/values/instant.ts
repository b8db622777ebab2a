/** Instants as rule authors write them: ISO-8601 with their zone, `2026-03-01T20:00:00Z` or `2026-03-01T21:00:00+01:00`. Pure. */

const FORM = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** In ms since 1970; null when it is none, such as on the 30th of February. */
export function instantMs(text: unknown): number | null {
  const day = typeof text === 'string' ? FORM.exec(text)?.[1] : undefined;
  if (day === undefined || !isDay(day)) return null;
  const ms = Date.parse(text as string);
  return Number.isNaN(ms) ? null : ms;
}

/** A day that the calendar has. @param day `YYYY-MM-DD`. */
export function isDay(day: string): boolean {
  const ms = Date.parse(day);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}
