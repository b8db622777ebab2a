/** Starts and ends the processes that the state file names. Any process may do so, the one that opened the stack or not. */
import { rm } from 'node:fs/promises';
import type { PartDriver, PartName } from '../provider.js';
import { readState, type StateFile } from '../state-file.js';
import { unmountDisk } from './disk.js';
import {
  fileTail,
  isAlive,
  haltProcess,
  killProcess,
  launchProcess,
  stopProcess,
  type ProcessIdentity,
  type ProcessSpec,
} from './processes.js';

/** One entry of the state's parts. */
interface NativePart {
  readonly spec: ProcessSpec;
  readonly running: ProcessIdentity | null;
}

export class NativeDriver implements PartDriver {
  constructor(private readonly file: StateFile) {}

  /** Says how a part is run, before its first start. */
  register(part: string, spec: ProcessSpec): Promise<void> {
    return this.file.setPart(part, { spec, running: null } satisfies NativePart);
  }

  async launch(part: PartName): Promise<void> {
    const { spec } = await this.part(part);
    await this.file.setPart(part, { spec, running: await launchProcess(spec) } satisfies NativePart);
  }

  async end(part: PartName, how: 'stop' | 'kill'): Promise<void> {
    const { running } = await this.part(part);
    if (running !== null) await (how === 'stop' ? stopProcess(running) : killProcess(running));
  }

  async halt(part: PartName, how: 'pause' | 'resume'): Promise<void> {
    const { running } = await this.part(part);
    if (running !== null) haltProcess(running, how);
  }

  async isRunning(part: PartName): Promise<boolean> {
    const { running } = await this.part(part);
    return running !== null && isAlive(running);
  }

  async logTail(part: PartName): Promise<string> {
    return fileTail((await this.part(part)).spec.logFile);
  }

  /** By SIGKILL, because the data goes too. */
  async remove(): Promise<void> {
    const state = await readState(this.file.path);
    if (state === undefined) return;
    const parts = Object.values(state.parts) as NativePart[];
    await Promise.all(parts.map(async ({ running }) => (running === null ? undefined : killProcess(running))));
    if (state.endpoints.redis?.disk !== undefined) await unmountDisk(state.endpoints.redis.disk);
    await rm(this.file.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  private async part(name: PartName): Promise<NativePart> {
    return (await this.file.part(name)) as NativePart;
  }
}
