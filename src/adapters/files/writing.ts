/** Files that a command was told to write: what keeps it from doing so is said, as something that whoever started it can mend. */
import { DragomanError } from '../../errors.js';

/**
 * @param place the file, as it was asked for. @param left in words what is there now.
 * @throws DragomanError COMMAND_INVALID: the folder is not there, may not be written, or has no room.
 */
export async function writing<T>(place: string, left: string, write: () => T | Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (cause instanceof DragomanError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DragomanError(
      'COMMAND_INVALID',
      `${place}: it cannot be written (${why}). ${left} Name a file in a folder that is there, where you may write, with room for it.`,
      { cause },
    );
  }
}
