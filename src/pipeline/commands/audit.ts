/** A command leaves its mark on each aggregate that it is about: its outcome in the state, so that it has none twice, and an entry in the journal. Pure. */
import type { AggregateRef, Origin } from '../../domain/change-set.js';
import { type Command, type CommandResult, outcomeOf } from '../../domain/command.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { Decision } from '../../domain/state/journal-entry.js';
import type { Deciding, DecideSettings } from '../decide/decisions.js';

export type Remembering = AggregateState & Required<Pick<AggregateState, 'lastCommand'>>;

export const originOf = ({ at }: Pick<Command, 'at'>): Origin => ({
  source: 'commands',
  transactionId: null,
  position: null,
  commitTimeMs: Date.parse(at),
});

export const remembering = (
  { id }: Pick<Command, 'id'>,
  before: AggregateState,
  result: CommandResult,
  text: string,
): Remembering => ({ ...before, lastCommand: { id, result, text } });

/** What an entry says that is the command's and more. */
type Done = Pick<Decision, 'outcome' | 'repair'> & Partial<Pick<Decision, 'events'>>;

export function auditOf(
  ref: AggregateRef,
  command: Command,
  state: Remembering,
  { translate: { digest } }: Pick<DecideSettings, 'translate'>,
  done: Done = { outcome: 'command' },
): Decision {
  const { result, text } = state.lastCommand;
  const nothing = { refusal: null, rows: [], verdicts: [], events: [] };
  const outcome = outcomeOf(command, result, text);
  const { aggregate, id } = ref;
  return { aggregate, id, origin: originOf(command), command: outcome, ...nothing, ...done, digest, state };
}

/** Writes it. */
export function audit(
  ref: AggregateRef,
  command: Command,
  state: Remembering,
  decisions: Deciding,
  settings: Pick<DecideSettings, 'translate'>,
  done?: Done,
): void {
  decisions.record(auditOf(ref, command, state, settings, done));
}
