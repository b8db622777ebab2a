/** What the kernel says that a process used. Linux only: proc(5). */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Usage {
  readonly atMs: number;
  /** utime + stime of all its threads. */
  readonly cpuMs: number;
}

export const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Null when the process is gone. */
export function usageOf(pid: number): Usage | null {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' '); // from field 3 on
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { atMs: Date.now(), cpuMs: (ticks / ticksPerSecond) * 1_000 };
  } catch {
    return null;
  }
}

/** VmHWM: the largest resident set since the process began. */
export function peakMemoryMb(pid: number): number | null {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? null : Number(found[1]) / 1_024;
  } catch {
    return null;
  }
}

/** CPU time used up to a moment between two samples. */
export function cpuAt(samples: readonly Usage[], atMs: number): number {
  const after = samples.findIndex((sample) => sample.atMs >= atMs);
  const [b, a] = [samples[after] ?? samples.at(-1), samples[after - 1]];
  if (b === undefined) return NaN;
  if (a === undefined || after === -1) return b.cpuMs;
  return a.cpuMs + ((b.cpuMs - a.cpuMs) * (atMs - a.atMs)) / (b.atMs - a.atMs);
}
