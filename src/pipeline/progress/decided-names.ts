/** Names of aggregates and facts that the newest decisions of a journal have, of either form: words for what the rules do not name any more. */
import type { Sink } from '../ports.js';
import type { JournalEntry } from '../../domain/state/journal-entry.js';
import { isFormer, journalEntry } from '../state/journal-entries.js';

type Named = Pick<JournalEntry, 'aggregate' | 'verdicts'>;

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
    for (const { value } of records) {
      if (value === null) continue;
      const { aggregate, verdicts } = isFormer({ value }) ? (JSON.parse(value) as Named) : journalEntry(value);
      names.add(aggregate);
      for (const { fact } of verdicts) names.add(fact);
    }
  }
  return names;
}
