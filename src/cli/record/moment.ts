/** A time as an option of a command. */
import { InvalidArgumentError } from 'commander';

/** @returns ms since 1970. */
export function moment(text: string): number {
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError('expected an ISO 8601 time such as 2026-11-21T09:00:00Z');
}
