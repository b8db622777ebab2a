/** Starts and ends the processes that the state file names. Any process may do so, the one that opened the stack or not. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartDriver, PartName, StackState } from '../provider.js';
import { StackError } from '../stack-error.js';
import { readState, writeState } from '../state-file.js';
import {
  fileTail,
  isAlive,
  killProcess,
  launchProcess,
  stopProcess,
  type ProcessIdentity,
  type ProcessSpec,
} from './processes.js';

/** One entry of {@link StackState.parts}. */
export interface NativePart {
  readonly spec: ProcessSpec;
  readonly running: ProcessIdentity | null;
}

export class NativeDriver implements PartDriver {
  private readonly stateFile: string;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly directory: string) {
    this.stateFile = join(directory, 'stack.json');
  }

  /** Says how a part is run, before its first start. */
  register(part: string, spec: ProcessSpec): Promise<void> {
    return this.remember(part, { spec, running: null });
  }

  async launch(part: PartName): Promise<void> {
    const { spec } = await this.part(part);
    await this.remember(part, { spec, running: await launchProcess(spec) });
  }

  async end(part: PartName, how: 'stop' | 'kill'): Promise<void> {
    const { running } = await this.part(part);
    if (running !== null) await (how === 'stop' ? stopProcess(running) : killProcess(running));
  }

  async isRunning(part: PartName): Promise<boolean> {
    const { running } = await this.part(part);
    return running !== null && isAlive(running);
  }

  async logTail(part: PartName): Promise<string> {
    return fileTail((await this.part(part)).spec.logFile);
  }

  /** By SIGKILL, because the data goes too; Connect first, so that nobody waits for anybody. */
  async remove(): Promise<void> {
    const state = await readState(this.stateFile);
    if (state === undefined) return;
    const parts = Object.values(state.parts as Record<string, NativePart>);
    await Promise.all(parts.map(async ({ running }) => (running === null ? undefined : killProcess(running))));
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  private async part(name: PartName): Promise<NativePart> {
    const state = await this.state();
    const part = state.parts[name];
    if (part !== undefined) return part as NativePart;
    throw new StackError('UNKNOWN_PART', `${this.stateFile} names no ${name}`);
  }

  /** One after the other: parts are launched at the same time, and each must keep what the others wrote. */
  private remember(name: string, part: NativePart): Promise<void> {
    this.writing = this.writing.then(async () => {
      const state = await this.state();
      await writeState({ ...state, parts: { ...state.parts, [name]: part } });
    });
    return this.writing;
  }

  private async state(): Promise<StackState> {
    const state = await readState(this.stateFile);
    if (state !== undefined) return state;
    throw new StackError('STATE_UNREADABLE', `${this.stateFile} is gone: the stack was taken down`);
  }
}
