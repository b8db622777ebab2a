/** What operators did to events that were published before, as the journal has it. Pure. */
import type { JournalEntry } from '../../domain/state/journal-entry.js';
import type { RepairAnswer } from '../answer.js';

/** Null: the entry is of no repair. */
export function repairShown({ repair: done, command }: Pick<JournalEntry, 'repair' | 'command'>): RepairAnswer | null {
  if (done === undefined) return null;
  const { repair, to, events, discrepancies = [] } = done;
  return {
    ...{ repair, to, events: [...events], discrepancies: [...discrepancies] },
    ...{ by: command?.by ?? '', reason: command?.reason ?? '' },
  };
}

/** `repair 3f2b..., by ada: the topic was cut: event 8..., to orders.billing`. */
export function repairWords({ repair, to, events, discrepancies, by, reason }: RepairAnswer): string {
  const where = to === null ? '' : `, to ${to}`;
  const found = discrepancies.length === 0 ? '' : `, for the discrepancy ${discrepancies.join(', ')}`;
  return `repair ${repair}, by ${by} (${reason}): event ${events.join(', ')}${where}${found}`;
}
