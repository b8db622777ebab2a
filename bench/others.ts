/**
 * What else the machine computed while something was measured: everything that is neither this process nor one below it
 * (native broker and Redis are; containers are not). Linux only: proc(5).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { ticksPerSecond } from './dragoman/usage.js';

interface Ticks {
  readonly atMs: number;
  readonly all: number;
  readonly own: number;
}

export class OthersWatch {
  #begin: Ticks | null = null;
  readonly #timer: NodeJS.Timeout;

  /** Begins to count after a while. */
  constructor(afterMs: number) {
    this.#timer = setTimeout(() => (this.#begin = ticks()), afterMs);
  }

  /** Processors' worth of work of others since counting began, on average; null when it did not begin. */
  end(): number | null {
    clearTimeout(this.#timer);
    if (this.#begin === null) return null;
    const [begin, end] = [this.#begin, ticks()];
    const others = end.all - end.own - (begin.all - begin.own);
    return Math.max(0, others / ticksPerSecond / ((end.atMs - begin.atMs) / 1_000));
  }
}

interface Process {
  readonly parent: number;
  readonly ticks: number;
}

function ticks(): Ticks {
  const processes = new Map<number, Process>();
  for (const name of readdirSync('/proc')) {
    const found = /^\d+$/.test(name) ? processOf(name) : null;
    if (found !== null) processes.set(Number(name), found);
  }
  let own = 0;
  for (const [pid, { ticks }] of processes) if (isOwn(pid, processes)) own += ticks;
  return { atMs: performance.now(), all: busyTicks(), own };
}

function isOwn(pid: number, processes: ReadonlyMap<number, Process>): boolean {
  for (let at = pid; at > 1; at = processes.get(at)?.parent ?? 0) if (at === process.pid) return true;
  return false;
}

function processOf(pid: string): Process | null {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' '); // from field 3 on
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null; // ended meanwhile
  }
}

/** All but idle and waiting for I/O. */
function busyTicks(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number);
  return user + nice + system + irq + softirq + steal;
}
