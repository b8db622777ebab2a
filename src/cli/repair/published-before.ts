/** Events that were published, as journal entries have them, and which of them a repair is about. Pure. */
import { contractText } from '../../domain/integration-event.js';
import type { AggregateRef } from '../../domain/change-set.js';
import type { JournalEntry } from '../../domain/state/journal-entry.js';

export interface PublishedBefore {
  readonly aggregate: string;
  readonly id: string;
  readonly event: string;
  /** `OrderReady.v1`. */
  readonly contract: string;
  readonly topic: string;
  readonly sequence: number;
  readonly occurredAt: string;
  /** Of its entry, in the partition of its aggregate. */
  readonly offset: number;
  /** Of its value. */
  readonly chars: number;
  /** Ids of discrepancies that it repairs. Absent: none. */
  readonly discrepancies?: readonly string[];
}

/** An entry, and when it was written, broker time in ms since 1970. */
export interface EntryRead {
  readonly entry: JournalEntry;
  readonly offset: number;
  readonly writtenMs: number;
}

export interface Filter {
  /** `OrderReady.v1`; absent: of all. */
  readonly contracts?: ReadonlySet<string>;
  /** Ids; absent: all. */
  readonly events?: ReadonlySet<string>;
  /** When the entry was written, ms since 1970: from then on, and before then. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

/** What of an entry the filter lets through, in the order in which it was published. */
export function publishedIn({ entry, offset, writtenMs }: EntryRead, filter: Filter): PublishedBefore[] {
  const { contracts, events: wanted, sinceMs = -Infinity, untilMs = Infinity } = filter;
  if (writtenMs < sinceMs || writtenMs >= untilMs) return [];
  const { aggregate, id, events = [] } = entry;
  return events.flatMap(({ topic, value }): PublishedBefore[] => {
    const event = String(value['eventId']);
    const contract = contractText(String(value['eventType']), Number(value['schemaVersion']));
    if (contracts?.has(contract) === false || wanted?.has(event) === false) return [];
    const { sequence, occurredAt } = value;
    const chars = JSON.stringify(value).length;
    return [
      {
        aggregate,
        id,
        event,
        contract,
        topic,
        sequence: Number(sequence),
        occurredAt: String(occurredAt),
        offset,
        chars,
      },
    ];
  });
}

/** Events that this repair has done before. */
export const doneIn = ({ repair }: JournalEntry, id: string): readonly string[] =>
  repair?.repair === id ? repair.events : [];

export interface Preview {
  readonly events: number;
  readonly aggregates: number;
  readonly byContract: Readonly<Record<string, number>>;
  readonly byTopic: Readonly<Record<string, number>>;
  /** The first ones. */
  readonly samples: readonly PublishedBefore[];
}

const SAMPLES_MAX = 5;

export function previewOf(all: readonly PublishedBefore[]): Preview {
  const counted = (of: (one: PublishedBefore) => string): Record<string, number> => {
    const counts = new Map<string, number>();
    for (const one of all) counts.set(of(one), (counts.get(of(one)) ?? 0) + 1);
    return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return {
    events: all.length,
    aggregates: new Set(all.map(nameOf)).size,
    byContract: counted(({ contract }) => contract),
    byTopic: counted(({ topic }) => topic),
    samples: all.slice(0, SAMPLES_MAX),
  };
}

export const nameOf = ({ aggregate, id }: AggregateRef): string => `${aggregate}:${id}`;
