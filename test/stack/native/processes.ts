/**
 * Child processes that can be ended safely by another process. A pid alone says nothing once its process has ended and
 * the number is given to somebody else, so every pid goes with the start time of its process: nothing is signalled
 * unless both still fit.
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { StackError } from '../stack-error.js';

/** How to start a process; plain JSON, so that another process can start it again. */
export interface ProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly logFile: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Run as this user instead of ours; only root may. */
  readonly user?: UserId;
}

export interface UserId {
  readonly uid: number;
  readonly gid: number;
}

export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

const stopTimeoutMs = 20_000;
const killTimeoutMs = 10_000;
const pollIntervalMs = 20;
const logTailBytes = 4_096;

/** Starts a process in a process group of its own: neither our terminal's Ctrl-C nor our end reaches it. */
export async function launchProcess(spec: ProcessSpec): Promise<ProcessIdentity> {
  const log = openSync(spec.logFile, 'a');
  try {
    const child = spawn(spec.command, spec.args, {
      cwd: spec.directory,
      env: { ...process.env, ...spec.environment },
      stdio: ['ignore', log, log],
      detached: true,
      ...spec.user,
    });
    const failure = new Promise<Error>((resolve) => child.once('error', resolve));
    if (child.pid === undefined) {
      throw new StackError('START_FAILED', `cannot run ${spec.command}: ${(await failure).message}`, await failure);
    }
    child.unref();
    return { pid: child.pid, startedAt: startTime(child.pid) ?? 'ended' };
  } finally {
    closeSync(log);
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return startTime(identity.pid) === identity.startedAt;
}

/** SIGTERM and, when that is not enough within 20 s, SIGKILL; resolves when the process is gone. */
export async function stopProcess(identity: ProcessIdentity): Promise<void> {
  signal(identity, 'SIGTERM');
  signal(identity, 'SIGCONT'); // a halted process would not hear of it
  if (!(await goneWithin(identity, stopTimeoutMs))) await killProcess(identity);
}

export async function killProcess(identity: ProcessIdentity): Promise<void> {
  signal(identity, 'SIGKILL');
  if (await goneWithin(identity, killTimeoutMs)) return;
  throw new StackError('STOP_FAILED', `process ${identity.pid} is still there ${killTimeoutMs / 1000} s after SIGKILL`);
}

export function haltProcess(identity: ProcessIdentity, how: 'pause' | 'resume'): void {
  signal(identity, how === 'pause' ? 'SIGSTOP' : 'SIGCONT');
}

export async function fileTail(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return '(no log)';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - logTailBytes);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
    return buffer.subarray(0, bytesRead).toString().trimEnd() || '(empty log)';
  } finally {
    await file.close();
  }
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startedAt: startTime(process.pid) ?? 'unknown' };
}

function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function goneWithin(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await delay(pollIntervalMs);
  }
  return true;
}

/** Undefined when there is no such process, or only its zombie. */
function startTime(pid: number): string | undefined {
  return process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

/** proc(5): the fields after the command in parentheses; field 3 is the state, field 22 the start in clock ticks. */
function startTimeFromProc(pid: number): string | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const [state, ...start] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    return state === undefined || state.startsWith('Z') ? undefined : start.join(' ');
  } catch {
    return undefined;
  }
}
