/** The state of a stack as a file, so that other processes can control it. Written by rename: a reader sees old or new. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StackState } from './provider.js';
import { StackError } from './stack-error.js';

export class StateFile {
  readonly path: string;
  private writing: Promise<void> = Promise.resolve();

  constructor(readonly directory: string) {
    this.path = join(directory, 'stack.json');
  }

  async write(state: StackState): Promise<void> {
    const own = `${this.path}.${process.pid}`;
    await writeFile(own, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
    await rename(own, this.path);
  }

  /** One after the other: parts are started at the same time, and each must keep what the others wrote. */
  setPart(name: string, part: unknown): Promise<void> {
    this.writing = this.writing.then(async () => {
      const state = await this.read();
      await this.write({ ...state, parts: { ...state.parts, [name]: part } });
    });
    return this.writing;
  }

  /** @throws StackError STATE_UNREADABLE when the stack was taken down. */
  async read(): Promise<StackState> {
    const state = await readState(this.path);
    if (state !== undefined) return state;
    throw new StackError('STATE_UNREADABLE', `${this.path} is gone: the stack was taken down`);
  }

  /** What the provider wrote with {@link setPart}; the caller knows its type. */
  async part(name: string): Promise<unknown> {
    const part = (await this.read()).parts[name];
    if (part !== undefined) return part;
    throw new StackError('UNKNOWN_PART', `${this.path} names no ${name}`);
  }
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
