/**
 * Ends a child when this process is gone, however it went (kill -9 included): a small process waits for the end of a pipe that
 * only we hold open, and then kills the one pid that it was given.
 */
import { spawn } from 'node:child_process';

const WAIT_AND_KILL = `process.on('SIGINT', () => {});
process.stdin.resume().on('close', () => { try { process.kill(Number(process.argv[1]), 'SIGKILL'); } catch {} });
process.stdin.on('data', () => process.exit());`;

/** @returns a function that ends the guard: call it when the child has ended, before its pid may belong to another. */
export function guard(pid: number): () => void {
  const child = spawn(process.execPath, ['-e', WAIT_AND_KILL, String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.once('error', () => undefined);
  child.stdin.on('error', () => undefined);
  return () => void child.stdin.write('done');
}
