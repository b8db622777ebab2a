import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, ownIdentity, type ProcessIdentity } from './processes.js';
import { StackError } from '../stack-error.js';

const lockTimeoutMs = 15 * 60_000;
const pollIntervalMs = 200;

/**
 * Runs `work` while no other process of this machine holds `path`. The lock is a file with its owner's identity, created
 * by link(2), so that it never exists without its content; the lock of a dead owner is taken over.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}`;
  const content = JSON.stringify(ownIdentity());
  await writeFile(own, content);
  try {
    await acquire(path, own);
    try {
      return await work();
    } finally {
      await rm(path, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
}

async function acquire(path: string, own: string): Promise<void> {
  const deadline = Date.now() + lockTimeoutMs;
  for (;;) {
    try {
      await link(own, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    await removeWhenOrphaned(path);
    if (Date.now() > deadline) {
      throw new StackError(
        'LOCK_TIMEOUT',
        `another process holds ${path} for ${lockTimeoutMs / 60_000} minutes; remove it if that is not so`,
      );
    }
    await delay(pollIntervalMs);
  }
}

/** Two waiters may find the same orphan: rename lets one of them win, and a lock taken meanwhile is put back. */
async function removeWhenOrphaned(path: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before === undefined || isAlive(JSON.parse(before) as ProcessIdentity)) return;
  const aside = `${path}.orphan.${process.pid}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await readFile(aside, 'utf8')) !== before) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}
