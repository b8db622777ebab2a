/** What became of a repair's command that was carried out: as the states of its aggregates remember it, else as their journal has it. */
import type { RepairCommand } from '../../domain/command.js';
import type { RepairTarget } from '../../domain/repair/repair.js';
import { type AggregateState, aggregateText } from '../../domain/state/aggregate-state.js';
import { isOfNow, journalEntry } from '../../pipeline/state/journal-entries.js';
import type { RepairDesk } from './desk.js';
import { type Came, NOTHING_CAME, plus } from './sending.js';

type Reads = Pick<RepairDesk, 'states' | 'journal'>;

export async function becameOf(command: RepairCommand, desk: Reads): Promise<Came> {
  const { targets } = command.arguments;
  const states = await desk.states(targets.map(aggregateText));
  let came = NOTHING_CAME;
  for (const [i, target] of targets.entries())
    came = plus(came, await targetCame(command, target, states[i] ?? null, desk));
  return came;
}

async function targetCame(
  { id: command }: RepairCommand,
  target: RepairTarget,
  state: AggregateState | null,
  desk: Reads,
) {
  const { aggregate, id, events } = target;
  const refused = (text: string): Came => ({ ...NOTHING_CAME, refused: [{ aggregate, id, text }] });
  if (state === null) return refused('REPAIR_AGGREGATE_UNKNOWN: it is not known.');
  const { lastCommand, journal = [] } = state;
  const outcome = lastCommand?.id === command ? lastCommand : await told(command, target, journal, desk);
  if (outcome === null)
    return refused('What became of it is not known: neither its state nor its newest decisions tell.');
  return outcome.result === 'applied' ? { events: events.length, aggregates: 1, refused: [] } : refused(outcome.text);
}

/** Other commands about it came since. */
async function told(command: string, ref: RepairTarget, offsets: readonly number[], { journal }: Reads) {
  for (const record of await journal.at(ref, offsets)) {
    if (record?.value == null || record.key !== aggregateText(ref) || !isOfNow(record)) continue;
    const { command: outcome } = journalEntry(record.value);
    if (outcome?.id === command) return outcome;
  }
  return null;
}
