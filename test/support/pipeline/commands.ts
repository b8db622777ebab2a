/** Operators' commands as the command line writes them, and what a run told of them. */
import { randomUUID } from 'node:crypto';
import type { Command, CommandOutcome } from '../../../src/domain/command.js';
import type { Rig } from '../rig.js';

export const commandOf = (parts: Pick<Command, 'kind' | 'arguments'> & { readonly pipeline?: string }) => ({
  id: randomUUID(),
  pipeline: 'orders',
  reason: 'the rule is corrected',
  by: 'ada',
  at: '2026-11-21T10:00:00.000Z',
  ...parts,
});
export const unparkOf = (id: string) => commandOf({ kind: 'unpark', arguments: { aggregate: 'order', id } });

export const outcomes = (rig: Rig): CommandOutcome[] =>
  rig.told.flatMap((event) => (event.kind === 'command' ? [event.outcome] : []));
export const results = (rig: Rig): string[] => outcomes(rig).map(({ result }) => result);
