/**
 * A place in a source's log. Text that compares (`<`, `>`, `===`) in the order of the log, so it can travel through JSON,
 * Redis and Kafka metadata without losing a bit. Each connector's file in `decode/` makes its own: PostgreSQL writes the
 * log sequence number as 20 decimal digits (an unsigned 64-bit number has at most 20).
 */
export type Position = string & { readonly __brand: 'Position' };

const DIGITS = 20;

/** The position of an unsigned decimal number. @throws never; the caller checks that `digits` is `[0-9]{1,20}`. */
export function positionOf(digits: string): Position {
  const zeros = DIGITS - digits.length;
  for (let i = 0; i < DIGITS; i += 1) scratch[i] = i < zeros ? ZERO : digits.charCodeAt(i - zeros);
  return scratch.toString('latin1') as Position;
}

/** One text in one piece, and not of two as `padStart` makes it: it is compared again and again, and waits by the thousand. */
const scratch = Buffer.alloc(DIGITS);
const ZERO = 0x30;

/** The numbers in a position, without leading zeros: for people and for the `causationId`. */
export const positionText = (position: Position): string => position.replace(/(^|[:~])0+(?=\d)/g, '$1');
