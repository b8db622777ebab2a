/** A time as an option of a command. */
import { InvalidArgumentError } from 'commander';
import { instantMs } from '../../rules/values/instant.js';

/** The same on every machine: a day begins in UTC, and an hour has its zone. @returns ms since 1970. */
export function moment(text: string): number {
  const ms = instantMs(text) ?? instantMs(`${text}T00:00Z`);
  if (ms !== null) return ms;
  throw new InvalidArgumentError(
    'expected an ISO 8601 time with its zone such as 2026-11-21T09:00:00Z, or a day such as 2026-11-21',
  );
}
