/** Events that were published -> those that correct them, by the rules of now, with all rows of lookup tables that these ask for. */
import type { RepairCommand } from '../../../domain/command.js';
import type { RepairRefused } from '../../../domain/repair/refusals.js';
import type { AggregateState } from '../../../domain/state/aggregate-state.js';
import { RuleTooSlow } from '../../../translate/ask.js';
import { type CorrectedEvents, correctedBy } from '../../../translate/publish/correct.js';
import { Lookups } from '../../decide/lookups.js';
import type { Memory } from '../../state/memory.js';
import { originOf } from '../audit.js';
import type { Asked } from './asked.js';
import { type RepairSettings, serviceOver } from './repeats.js';

/** All that are asked for of one aggregate, or none. @throws DragomanError MARKER_MOVED */
export async function correctionsOf(
  { events, ref, state }: Asked & { readonly state: AggregateState },
  command: RepairCommand,
  { memory, settings }: { readonly memory: Memory; readonly settings: RepairSettings },
): Promise<CorrectedEvents | RepairRefused> {
  if ('code' in events) return events;
  const service = events.map((event) => serviceOver(event, ref, state, settings)).find((why) => why !== null);
  if (service !== undefined) return { code: 'REPAIR_OF_SERVICE', text: service };
  const { rules, translate, watch } = settings;
  const lookups = new Lookups(memory);
  const of = { ...ref, state, origin: originOf(command) };
  const ask = () =>
    watched(watch, () => correctedBy(events, of, { rules, lookups: lookups.rows, settings: translate }));
  const corrected = ask();
  return lookups.isMissing ? lookups.again(ask) : corrected;
}

/** Rules that do not end let it be refused. */
function watched<T>(watch: RepairSettings['watch'], ask: () => T): T | RepairRefused {
  try {
    return watch(ask);
  } catch (error) {
    if (!(error instanceof RuleTooSlow)) throw error;
    return { code: 'REPAIR_RULES_FAILED', text: `${error.refusal.code}: ${error.refusal.text}` };
  }
}
