/** A small disk in memory (tmpfs) that can be filled. Linux, and root with the right to mount, which containers often lack. */
import { mkdir, mkdtemp, open, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StackError } from '../stack-error.js';
import { run } from './run.js';

const ballastFile = 'ballast';
const ballastBytes = Buffer.alloc(64 * 1024);

/** A reason why no disk can be mounted here, or undefined: it tries. */
export async function mountRefusal(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'dragoman-mount-'));
  try {
    await mountDisk(folder, 1);
    await unmountDisk(folder);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rmdir(folder);
  }
}

/** @throws StackError MOUNT_REFUSED */
export async function mountDisk(folder: string, sizeMb: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { exitCode, output } = await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=700`, 'tmpfs', folder]);
  if (exitCode === 0) return;
  throw new StackError('MOUNT_REFUSED', `no disk can be mounted at ${folder}: ${output.trim()}`);
}

/** What is not mounted is no error. */
export async function unmountDisk(folder: string): Promise<void> {
  await run('umount', [folder]);
}

/** Writes until nothing more fits; returns the bytes that it took. */
export async function fillDisk(folder: string): Promise<number> {
  const file = await open(join(folder, ballastFile), 'a');
  let bytes = 0;
  try {
    for (;;) bytes += (await file.write(ballastBytes)).bytesWritten;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    return bytes;
  } finally {
    await file.close();
  }
}

export function freeDisk(folder: string): Promise<void> {
  return rm(join(folder, ballastFile), { force: true });
}
