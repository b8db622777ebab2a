/** Repairs of what a rig has published, as the command line asks for them: with the places of the journal. */
import { randomUUID } from 'node:crypto';
import type { LogRecord } from '../../../src/adapters/memory/log.js';
import { REPEAT_HEADER } from '../../../src/domain/repair/headers.js';
import type { RepairTarget } from '../../../src/domain/repair/repair.js';
import { journalEntry } from '../../../src/pipeline/state/journal-entries.js';
import type { PublishedEvent } from '../../../src/domain/state/journal-entry.js';
import { without } from '../../../src/translate/own.js';
import type { Rig } from '../rig.js';
import { commandOf } from '../pipeline/commands.js';

/** An event of the journal, with its place. */
export interface Placed {
  readonly aggregate: string;
  readonly id: string;
  readonly offset: number;
  readonly event: string;
  readonly published: PublishedEvent;
}

/** All that was published, partition by partition. */
export function placedEvents(rig: Rig): Placed[] {
  const states = rig.states();
  const keyOf = (name: string): string | undefined => states.get(name)?.sealKey;
  const { journal } = rig.settings().topics;
  return rig.log.partitionsOf(journal).flatMap((partition) =>
    rig.log.records(partition).flatMap(({ offset, value }) => {
      const { aggregate, id, events = [] } = journalEntry(value ?? '', keyOf);
      return events.map((published) => ({
        ...{ aggregate, id, offset, published },
        event: String(published.value['eventId']),
      }));
    }),
  );
}

export function targetsOf(all: readonly Placed[]): RepairTarget[] {
  const byName = new Map<string, Placed[]>();
  for (const one of all) {
    const name = `${one.aggregate}:${one.id}`;
    byName.set(name, [...(byName.get(name) ?? []), one]);
  }
  return [...byName.values()].map((own) => ({
    ...{ aggregate: own[0]!.aggregate, id: own[0]!.id },
    entries: [...new Set(own.map(({ offset }) => offset))],
    events: own.map(({ event }) => event),
  }));
}

export const REPAIR = '3f2b8f1e-7a52-4c0e-9d7e-0c1a5a4b6d11';

export interface Republished {
  readonly repair?: string;
  readonly to?: string | null;
  readonly override?: string;
}

export const republishOf = (targets: RepairTarget[], { repair = REPAIR, to = null, ...more }: Republished = {}) => ({
  ...commandOf({ kind: 'repair.republish', arguments: { repair, targets, to, ...more } }),
  id: randomUUID(),
});

/** Records of a topic in the order of its partitions. */
export const recordsIn = (rig: Rig, topic: string): LogRecord[] =>
  rig.log.partitionsOf(topic).flatMap((partition) => rig.log.records(partition));

export const isRepeat = ({ headers }: Pick<LogRecord, 'headers'>): boolean => headers[REPEAT_HEADER] !== undefined;

/** Without its place, and without what tells that it is a repeat. */
export function plain({ key, value, headers }: LogRecord) {
  return { key, value, headers: without(headers, REPEAT_HEADER) };
}
