/** What a connector writes, in its order, before Kafka gives it partitions and offsets. */
import type { Json } from './templates.js';

export interface Emission {
  readonly kind: 'begin' | 'end' | 'row' | 'tombstone' | 'snapshot' | 'other';
  readonly topic: string;
  /** Key and value as JSON; tombstones have no value. */
  readonly key: Json | null;
  readonly value: Json | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Number of the commit that it belongs to; -1 for snapshot rows and marks. */
  readonly commit: number;
  /** `schema.table` of a row. */
  readonly table: string | null;
}
