import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Writable } from 'node:stream';
import { projectDirectory } from './directories.js';

/**
 * Makes a stack die with this process, however this process dies (kill -9 and crashes included): a small process of its
 * own waits for the end of a pipe that only we hold open, and then takes the stack down. Also for parts that a test
 * process started again later.
 */
export function startReaper(stateFile: string): void {
  const reaper = fileURLToPath(new URL('reaper.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', reaper, stateFile], {
    cwd: projectDirectory,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.once('error', () => undefined); // without it the stack still goes down in good order
  child.unref();
  const pipe: Writable & { unref?: () => void } = child.stdin; // a socket at run time
  pipe.unref?.();
}
