/** What a repair asks for, as states and journal have it. */
import type { AggregateRef } from '../../../domain/change-set.js';
import type { RepairCommand } from '../../../domain/command.js';
import type { RepairRefused } from '../../../domain/repair/refusals.js';
import type { RepairTarget } from '../../../domain/repair/repair.js';
import { type AggregateState, aggregateText } from '../../../domain/state/aggregate-state.js';
import type { PublishedEvent } from '../../../domain/state/journal-entry.js';
import { DragomanError } from '../../../errors.js';
import { firstNameOf } from '../../../rules/named.js';
import type { DecideSettings } from '../../decide/decisions.js';
import type { OwnRecord, Sink } from '../../ports.js';
import { isOfNow, journalEntry } from '../../state/journal-entries.js';
import type { Memory } from '../../state/memory.js';

export interface AskedPorts {
  readonly memory: Memory;
  readonly sink: Pick<Sink, 'entriesAt' | 'alsoTo'>;
}

export interface Asked {
  readonly target: RepairTarget;
  /** By the name under which it is remembered. */
  readonly ref: AggregateRef;
  /** Null: it was never heard of. */
  readonly state: AggregateState | null;
  /** As they were published, in their order. */
  readonly events: readonly PublishedEvent[] | RepairRefused;
}

/** The audience topic; null: events go where they were published. */
export const toOf = (command: RepairCommand): string | null =>
  command.kind === 'repair.republish' ? command.arguments.to : null;

/**
 * States are in memory afterwards.
 * @returns missing: topics into which it would be written, and that are not there.
 * @throws DragomanError MARKER_MOVED
 */
export async function askedOf(
  command: RepairCommand,
  targets: readonly RepairTarget[],
  { memory, sink }: AskedPorts,
  { rules }: Pick<DecideSettings, 'rules'>,
): Promise<{ readonly all: readonly Asked[]; readonly missing: ReadonlySet<string> }> {
  const refs = targets.map(({ aggregate, id }) => ({ aggregate: firstNameOf(rules, aggregate), id }));
  await memory.loadStates(refs.map(aggregateText));
  const wanted = targets.flatMap(({ id, entries }) => entries.map((offset) => ({ place: id, offset })));
  const found = [...(await sink.entriesAt(wanted))];
  const all = targets.map((target, i): Asked => {
    const ref = refs[i] ?? target;
    const state = memory.state(aggregateText(ref));
    const entries = found.splice(0, target.entries.length);
    return { target, ref, state, events: eventsIn(entries, { target, ref, state }) };
  });
  return { all, missing: await missingAmong(topicsOf(all, command), sink) };
}

/** All that are asked for, in the order of the journal. */
function eventsIn(
  entries: readonly (OwnRecord | null)[],
  { target, ref, state }: Omit<Asked, 'events'>,
): readonly PublishedEvent[] | RepairRefused {
  const name = aggregateText(ref);
  if (state?.isErased === true) return { code: 'REPAIR_FORGOTTEN', text: `${name} was forgotten.` };
  const own = entries.filter((entry) => entry?.key === name && isOfNow(entry)) as OwnRecord[];
  if (own.length < entries.length)
    return { code: 'REPAIR_EXPIRED', text: `The journal does not have all of these decisions about ${name} any more.` };
  const keyOf = (of: string): string | undefined => (of === name ? state?.sealKey : undefined);
  const read = own.sort((a, b) => a.offset - b.offset).map(({ value }) => journalEntry(value ?? '', keyOf));
  if (read.some(({ isSealed }) => isSealed === true))
    return { code: 'REPAIR_FORGOTTEN', text: `What was published of ${name} is sealed, and its key is gone.` };
  const wanted = new Set(target.events);
  const events = read
    .flatMap(({ events: published = [] }) => published)
    .filter(({ value }) => wanted.delete(String(value['eventId'])));
  const [never] = wanted;
  if (never === undefined) return events;
  return { code: 'REPAIR_NEVER_PUBLISHED', text: `None of these decisions about ${name} published an event ${never}.` };
}

function topicsOf(all: readonly Asked[], command: RepairCommand): Iterable<string> {
  const to = toOf(command);
  return to === null
    ? new Set(all.flatMap(({ events }) => ('code' in events ? [] : events.map(({ topic }) => topic))))
    : [to];
}

async function missingAmong(topics: Iterable<string>, sink: Pick<Sink, 'alsoTo'>): Promise<Set<string>> {
  const missing = new Set<string>();
  for (const topic of topics)
    try {
      await sink.alsoTo([topic]);
    } catch (error) {
      if (!(error instanceof DragomanError) || error.code !== 'TOPIC_MISSING') throw error;
      missing.add(topic);
    }
  return missing;
}
