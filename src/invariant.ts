import { DragomanError, type ErrorCode } from './errors.js';

/** Asserts what must hold where data crosses a border. @throws DragomanError with `code` otherwise. */
export function invariant(
  condition: unknown,
  text: string,
  details: Record<string, unknown> = {},
  code: ErrorCode = 'INVARIANT_BROKEN',
): asserts condition {
  if (!condition) throw new DragomanError(code, text, { details });
}

const OF_THE_LANGUAGE = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError];
/** Errors that name each other as their cause end somewhere. */
const CAUSES_MAX = 8;

/**
 * A mistake in a program, ours or a library's, found in what a call to the outside threw, or in its causes: the outside is not to blame,
 * and asking again does not help. @returns INVARIANT_BROKEN, or null when it is none.
 */
export function faultOfOurs(what: string, thrown: unknown): DragomanError | null {
  let cause = thrown;
  for (let depth = 0; depth < CAUSES_MAX && cause instanceof Error; depth += 1, cause = cause.cause) {
    const { name, message } = cause;
    if (!OF_THE_LANGUAGE.some((kind) => cause instanceof kind)) continue;
    return new DragomanError('INVARIANT_BROKEN', `${what}: a fault in the program, ${name}: ${message}`, {
      cause: thrown,
    });
  }
  return null;
}
