/** The states of a task and their legal moves (SPEC T1): the table in `src/pipeline/SPEC.md` is what the code does. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Lifecycle } from '../../../src/pipeline/lifecycle.js';
import type { TaskState } from '../../../src/pipeline/events.js';

/** A shortest way into each state. */
const WAYS: Readonly<Record<TaskState, readonly TaskState[]>> = {
  assigned: [],
  fencing: ['fencing'],
  restoring: ['fencing', 'restoring'],
  running: ['fencing', 'restoring', 'running'],
  paused: ['fencing', 'paused'],
  closing: ['closing'],
  fenced: ['fenced'],
  closed: ['closing', 'closed'],
};
const STATES = Object.keys(WAYS) as TaskState[];

function taskIn(state: TaskState): Lifecycle {
  const lifecycle = new Lifecycle(() => undefined);
  for (const next of WAYS[state]) lifecycle.moveTo(next);
  return lifecycle;
}

function isLegal(from: TaskState, to: TaskState): boolean {
  try {
    taskIn(from).moveTo(to);
    return true;
  } catch {
    return false;
  }
}

/** Rows of the table under "States": from -> the states that have a yes. */
function movesOfSpec(): Record<string, string[]> {
  const text = readFileSync(new URL('../../../src/pipeline/SPEC.md', import.meta.url), 'utf8');
  const lines = text.slice(text.indexOf('## States'), text.indexOf('## Cycle')).split('\n');
  const [head = [], , ...rows] = lines.filter((line) => line.startsWith('|')).map(cellsOf);
  return Object.fromEntries(
    rows.map(([from = '', ...cells]) => [
      from,
      cells.flatMap((cell, i) => (cell === 'yes' ? [head[i + 1] ?? ''] : [])),
    ]),
  );
}

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

describe('T1: a task moves only along the table of states', () => {
  it('which is the one in the specification', () => {
    const moves = Object.fromEntries(
      STATES.map((from) => [from, STATES.filter((to) => isLegal(from, to))] as const).filter(
        ([from]) => from !== 'closed',
      ),
    );
    const specified = movesOfSpec();
    expect(Object.keys(specified)).toEqual(STATES.filter((state) => state !== 'closed'));
    for (const [from, to] of Object.entries(moves))
      expect([from, to.toSorted()]).toEqual([from, specified[from]?.sort()]);
  });

  it('ends in closed, and any other move is a fault of ours', () => {
    expect(STATES.filter((to) => isLegal('closed', to))).toEqual([]);
    expect(() => taskIn('fenced').moveTo('running')).toThrow(
      expect.objectContaining({ code: 'INVARIANT_BROKEN', disposition: 'fatal' }),
    );
  });

  it('tells each move with its reason', () => {
    const told: unknown[] = [];
    const lifecycle = new Lifecycle((state, reason) => told.push([state, reason]));
    lifecycle.moveTo('fencing');
    lifecycle.moveTo('paused', 'Redis is away');
    expect(told).toEqual([
      ['fencing', null],
      ['paused', 'Redis is away'],
    ]);
    expect(lifecycle.state).toBe('paused');
  });
});
