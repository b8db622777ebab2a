/** The state of a stack as a file, so that other processes can control it. Written by rename: a reader sees old or new. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StackState } from './provider.js';
import { StackError } from './stack-error.js';

export async function writeState(state: StackState): Promise<void> {
  const path = join(state.directory, 'stack.json');
  await writeFile(`${path}.${process.pid}`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.${process.pid}`, path);
}

/** Undefined when there is no such file. @throws StackError STATE_UNREADABLE */
export async function readState(path: string): Promise<StackState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StackError('STATE_UNREADABLE', `cannot read ${path}`, error);
  }
  try {
    return JSON.parse(text) as StackState;
  } catch (error) {
    throw new StackError('STATE_UNREADABLE', `${path} is not JSON; end its processes by hand and remove it`, error);
  }
}
