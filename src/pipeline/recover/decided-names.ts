/** Names that the newest decisions of a journal have: words for what the rules do not name any more. */
import type { Sink } from '../ports.js';
import { isFormer, journalEntry } from '../state/records.js';

/** Offsets looked at in each partition. */
const RECENT_OFFSETS_MAX = 200;

export async function decidedNames(
  sink: Pick<Sink, 'read'>,
  begin: readonly number[],
  end: readonly number[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const from = end.map((offset, partition) => Math.max(begin[partition] ?? 0, offset - RECENT_OFFSETS_MAX));
  for await (const records of sink.read('journal', from, end)) {
    for (const record of records) {
      if (record.value === null || isFormer(record)) continue;
      const { aggregate, verdicts, events = [], rows } = journalEntry(record.value);
      names.add(aggregate);
      for (const { fact } of verdicts) names.add(fact);
      for (const { value: event } of events)
        names.add(`${String(event['eventType'])}.v${String(event['schemaVersion'])}`);
      for (const { table } of rows) names.add(table);
    }
  }
  return names;
}
