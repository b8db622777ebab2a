/** Starts and ends the containers that the state file names, by their ids. */
import { rm } from 'node:fs/promises';
import type { ContainerRuntimeClient } from 'testcontainers';
import type { PartDriver, PartName } from '../provider.js';
import { readState, type StateFile } from '../state-file.js';
import { dockerClient } from './daemon.js';

/** One entry of the state's parts. */
export type DockerPart = { readonly containerId: string } | { readonly networkId: string };
type Container = ReturnType<ContainerRuntimeClient['container']['getById']>;

const stopTimeoutS = 20;
const logLines = 40;

export class DockerDriver implements PartDriver {
  constructor(private readonly file: StateFile) {}

  async launch(part: PartName): Promise<void> {
    await ignoring([304], (await this.container(part)).start());
  }

  async end(part: PartName, how: 'stop' | 'kill'): Promise<void> {
    const container = await this.container(part);
    if (how === 'stop') {
      await ignoring([304, 404], container.stop({ t: stopTimeoutS }));
      return;
    }
    await ignoring([404, 409], container.kill()); // 409: it does not run
    await ignoring([404], container.wait());
  }

  async halt(part: PartName, how: 'pause' | 'resume'): Promise<void> {
    const container = await this.container(part);
    await ignoring([409], how === 'pause' ? container.pause() : container.unpause()); // 409: it is so already
  }

  async isRunning(part: PartName): Promise<boolean> {
    const container = await this.container(part);
    const state = await ignoring([404], container.inspect());
    return state?.State.Running === true;
  }

  async logTail(part: PartName): Promise<string> {
    const container = await this.container(part);
    const frames = await ignoring([404], container.logs({ stdout: true, stderr: true, tail: logLines }));
    return frames === undefined ? '(no container)' : unframe(frames);
  }

  async remove(): Promise<void> {
    const state = await readState(this.file.path);
    if (state === undefined) return;
    const client = await dockerClient();
    const parts = Object.values(state.parts) as DockerPart[];
    await Promise.all(
      parts.map(async (part) => {
        if (!('containerId' in part)) return;
        await ignoring([404, 409], client.container.getById(part.containerId).remove({ force: true, v: true }));
      }),
    );
    for (const part of parts) {
      if ('networkId' in part)
        await ignoring([404], client.network.getById(part.networkId).remove() as Promise<unknown>);
    }
    await rm(this.file.directory, { recursive: true, force: true });
  }

  private async container(name: PartName): Promise<Container> {
    const part = (await this.file.part(name)) as { readonly containerId: string };
    return (await dockerClient()).container.getById(part.containerId);
  }
}

/** Undefined when the daemon answers with one of these status codes: what is asked for is so already. */
async function ignoring<T>(statusCodes: readonly number[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== undefined && statusCodes.includes(statusCode)) return undefined;
    throw error;
  }
}

/** Docker's log format without a terminal: frames with 8 bytes of header, the last 4 of them the length. */
function unframe(bytes: Buffer): string {
  const texts: string[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32BE(at + 4);
    texts.push(bytes.subarray(at + 8, at + 8 + length).toString());
    at += 8 + length;
  }
  return texts.join('').trimEnd();
}
