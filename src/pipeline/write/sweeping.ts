/** The sweep at the end of a snapshot as the writer does it: part by part, each committed and stored before the next is looked for. */
import type { ChangeSet } from '../../domain/change-set.js';
import type { CompiledRules } from '../../rules/compile.js';
import { sweep, type Sweep } from '../decide/sweep.js';
import type { Observer } from '../events.js';
import type { Clock } from '../ports.js';
import type { Memory } from '../state/memory.js';

export interface SweepingPorts {
  readonly memory: Pick<Memory, 'scan'>;
  readonly rules: Pick<CompiledRules, 'aggregates' | 'tables'>;
  readonly changeSetsMax: number;
  readonly clock: Clock;
  readonly observe: Observer;
  /** Decides, commits and stores. */
  readonly settle: (changeSets: readonly ChangeSet[]) => Promise<void>;
  readonly isStopping: () => boolean;
}

/** @returns false when it was broken off: then it is done anew. */
export async function sweepWhole(due: Sweep, ports: SweepingPorts): Promise<boolean> {
  const { memory, rules, changeSetsMax, clock, observe, settle, isStopping } = ports;
  const started = clock.nowMs();
  const uncovered = [...rules.tables.keys()].filter((table) => !due.end.tables.includes(table));
  let [states, settled] = [0, 0];
  const tell = (isDone: boolean): void => {
    const seconds = (clock.nowMs() - started) / 1_000;
    observe({ kind: 'sweep', source: due.input.name, isDone, states, settled, seconds, uncovered });
  };
  for await (const part of sweep(due, { memory, rules, changeSetsMax })) {
    if (isStopping()) return false;
    if (part.changeSets.length > 0) await settle(part.changeSets);
    states = part.states;
    settled += part.changeSets.length;
    tell(false);
  }
  due.input.sequencer.advance();
  tell(true);
  return true;
}
