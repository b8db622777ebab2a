/**
 * What a drain wrote, as the topics have it: key, value and headers of each record, not compressed, without what Kafka adds. Measured
 * against the events' own size and that of the rows that changed.
 */
import { type Backlog, recordsFile, transactionTopic } from '../backlog/backlog.js';
import { RecordReader } from '../backlog/record-file.js';
import { withAdmin } from '../kafka/cluster.js';
import { readValues } from '../kafka/read-events.js';
import { NAMESPACE } from '../dragoman/config-file.js';

export interface WrittenPart {
  /** `journal`, or `events`. */
  readonly topic: string;
  /** What of it: cells of one kind, a field of the entries. */
  readonly part: string;
  /** Records that have it. */
  readonly records: number;
  readonly bytes: number;
}

export interface Written {
  /** Columns of all changed rows, as JSON. */
  readonly rowBytes: number;
  /** Key, value and headers of all events. */
  readonly eventBytes: number;
  readonly parts: readonly WrittenPart[];
}

const PREFIX = `${NAMESPACE}.orders.`;
const EVENTS = 'events';

/** @throws BenchError EVENTS_LATE */
export async function readWritten(broker: string, backlog: Backlog, contracts: readonly string[]): Promise<Written> {
  const all = await withAdmin(broker, (admin) => admin.listTopics());
  const parts = new Parts();
  for (const topic of all.filter((name) => name.startsWith(PREFIX)))
    await readValues(broker, [topic], (record) => parts.add(topic.slice(PREFIX.length), record));
  await readValues(broker, contracts, ({ value, bytes }) => {
    const valueBytes = Buffer.byteLength(value ?? '');
    parts.count(EVENTS, 'value', valueBytes);
    parts.count(EVENTS, 'key, headers', bytes - valueBytes);
  });
  const events = parts.all().filter(({ topic }) => topic === EVENTS);
  return { rowBytes: rowBytesOf(backlog), eventBytes: bytesOf(events), parts: parts.all() };
}

export const bytesOf = (parts: readonly WrittenPart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

interface ReadBytes {
  readonly key: string;
  readonly value: string | null;
  readonly bytes: number;
}

export class Parts {
  readonly #parts = new Map<string, { topic: string; part: string; records: number; bytes: number }>();

  add(topic: string, record: ReadBytes): void {
    if (topic === 'state') this.count(topic, cellKind(record.key), record.bytes);
    else this.#addFields(topic, record);
  }

  /** Each field by itself; what is left is names of fields, and the key. */
  #addFields(topic: string, { value, bytes }: ReadBytes): void {
    let rest = bytes;
    for (const [field, content] of Object.entries(JSON.parse(value ?? '{}') as Record<string, unknown>)) {
      const size = Buffer.byteLength(JSON.stringify(content));
      rest -= size;
      if (size > SMALL_BYTES) this.count(topic, field, size);
      else rest += size;
    }
    this.count(topic, 'key, names, small fields', rest);
  }

  count(topic: string, part: string, bytes: number): void {
    const key = `${topic}\t${part}`;
    const found = this.#parts.get(key) ?? { topic, part, records: 0, bytes: 0 };
    this.#parts.set(key, { ...found, records: found.records + 1, bytes: found.bytes + bytes });
  }

  /** By topic; the largest first. */
  all(): WrittenPart[] {
    return [...this.#parts.values()].sort((a, b) => a.topic.localeCompare(b.topic) || b.bytes - a.bytes);
  }
}

const SMALL_BYTES = 24;

const KINDS: Readonly<Record<string, string>> = {
  r: 'row',
  f: 'event of a fact',
  v: 'row that vanished',
  m: 'missed fact',
  s: 'row in a snapshot',
  u: 'untold row',
  l: 'row of a lookup table',
};

/** `memory`, `row`, `~rows`. */
export function cellKind(key: string): string {
  const [hash = '', field = ''] = JSON.parse(key) as string[];
  if (hash.startsWith('~')) return hash.split(':')[0] ?? hash;
  return field === '' ? 'memory' : (KINDS[field.charAt(0)] ?? 'other');
}

/** After the change, or before it when the row is gone. */
function rowBytesOf({ directory, partitions, source }: Backlog): number {
  let bytes = 0;
  for (const [number, { topic }] of partitions.entries()) {
    if (topic === transactionTopic(source)) continue;
    const reader = new RecordReader(recordsFile(directory, number));
    try {
      for (let record = reader.next(); record !== null; record = reader.next()) bytes += ownBytes(record.value);
    } finally {
      reader.close();
    }
  }
  return bytes;
}

/** What was cut off has no row any more. */
export function ownBytes(value: Buffer | null): number {
  const envelope = value === null ? null : parsed(value);
  if (envelope === null) return 0;
  const change = (envelope['payload'] ?? envelope) as { readonly before?: unknown; readonly after?: unknown };
  return Buffer.byteLength(JSON.stringify(change.after ?? change.before ?? ''));
}

function parsed(value: Buffer): Record<string, unknown> | null {
  try {
    return JSON.parse(value.toString()) as Record<string, unknown>;
  } catch {
    return null;
  }
}
