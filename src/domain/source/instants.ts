/** Instants, in ms since 1970, as ECMAScript has them: what is beyond has no text. */

const INSTANT_MAX_MS = 8.64e15;

export const isInstant = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Math.abs(value as number) <= INSTANT_MAX_MS;

/** The nearest one: whoever writes a record to Kafka gives it any time that 64 bits can hold, such as one in nanoseconds. */
export const nearestInstant = (ms: number): number => Math.min(Math.max(ms, -INSTANT_MAX_MS), INSTANT_MAX_MS);
