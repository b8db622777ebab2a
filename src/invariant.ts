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
