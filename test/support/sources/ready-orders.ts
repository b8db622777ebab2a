/** A small source of orders, written as Debezium for PostgreSQL writes it, and rules with one milestone that a test may spoil. */
import { z } from 'zod';
import { type CompiledRules, compileRuleSet } from '../../../src/rules/compile.js';
import {
  aggregate,
  contract,
  type JsonObject,
  legacy,
  many,
  one,
  publish,
  ruleSet,
  type Publication,
  table,
} from '../../../src/rules/index.js';
import type { CorrectionDefinition } from '../../../src/rules/correction.js';
import type { OriginDefinition } from '../../../src/rules/origins/origin.js';
import type { RecordedRecord } from '../recordings.js';

export const hdr = table('oms.hdr', {
  key: ['id'],
  columns: { id: legacy.bigint(), sts: legacy.text(), note: legacy.text().nullable() },
});
const personalHdr = table('oms.hdr', {
  key: ['id'],
  columns: { id: legacy.bigint(), sts: legacy.text(), note: legacy.text().nullable().personal() },
});
export const line = table('oms.line', {
  key: ['line_id'],
  columns: { line_id: legacy.bigint(), id: legacy.bigint(), txt: legacy.text() },
});

/** As a condition or `data` of these rules sees an order. */
export interface ReadyOrder {
  readonly header?: { readonly id: string; readonly sts: string; readonly note: string | null };
  readonly lines: readonly { readonly line_id: string; readonly txt: string }[];
}

/** What user code gives, which may be anything. */
export interface Spoiled {
  readonly schema?: z.ZodObject;
  readonly when?: (order: ReadyOrder) => unknown;
  readonly data?: (order: ReadyOrder) => unknown;
  readonly map?: Publication['map'];
  /** The region that is its context. */
  readonly region?: (order: ReadyOrder) => unknown;
  readonly occurredAt?: (fields: JsonObject) => unknown;
  /** Absent: it is never retired. */
  readonly retire?: { readonly when: (order: ReadyOrder) => unknown; readonly after: string };
  /** The note of an order is personal. */
  readonly isPersonal?: true;
  /** Name of the fact, which was `OrderReady` before. */
  readonly renamed?: string;
  readonly origins?: readonly OriginDefinition[];
  /** Whether orders under way keep their rules. */
  readonly pin?: boolean;
  readonly digest?: string;
  readonly topic?: string;
  /** How an event is corrected, under `OrderReadyCorrected`; absent: none is. */
  readonly correction?: CorrectionDefinition['map'];
}

/** `OrderReady`: its status is READY. */
export function readyRules({
  schema = z.object({ note: z.string() }),
  when = ({ header }) => header?.sts === 'READY',
  data = ({ header }) => ({ note: header?.note ?? '' }),
  map = (fact) => fact.data,
  region = () => null,
  occurredAt,
  retire,
  isPersonal,
  renamed,
  origins = [],
  pin,
  digest = 'd'.repeat(16),
  topic = 'orders.out',
  correction,
}: Spoiled = {}): { readonly rules: CompiledRules; readonly digest: string } {
  const members = {
    header: one(isPersonal === true ? personalHdr : hdr, (row) => row.id),
    lines: many(line, (row) => row.id),
  };
  const order = aggregate('order', members, {
    context: { region: region as unknown as () => null },
    ...(pin === undefined ? {} : { pin }),
    ...(retire === undefined
      ? {}
      : { retire: { when: { 'it is finished': retire.when as unknown as () => boolean }, after: retire.after } }),
  });
  const ready = order.milestone(renamed ?? 'OrderReady', {
    importance: 'critical',
    ...(renamed === undefined ? {} : { formerly: ['OrderReady'] }),
    when: { 'status is READY': when as unknown as () => boolean },
    data: data as unknown as () => JsonObject,
  });
  const prose = { owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' };
  const readyV1 = contract('OrderReady', 1, {
    ...{ topic, key: 'orderId', ...prose, data: schema, example: { note: 'x', qty: 1 } },
    ...(occurredAt === undefined ? {} : { occurredAt: occurredAt as unknown as () => string }),
  });
  const correctedV1 = contract('OrderReadyCorrected', 1, {
    ...{ topic, key: 'orderId', ...prose },
    ...{ data: z.object({ was: z.string(), is: z.string() }), example: { was: 'x', is: 'y' } },
  });
  const corrections =
    correction === undefined ? [] : [{ contract: readyV1, aggregate: order, correction: correctedV1, map: correction }];
  const publication = publish(ready).as(readyV1, map as never);
  return {
    rules: compileRuleSet(
      ruleSet({ aggregates: [order], facts: [ready], publications: [publication], origins, corrections }),
    ),
    digest,
  };
}

export interface WrittenRow {
  /** Those that are not `hdr` have lines. */
  readonly table: string;
  /** Absent: `c`. */
  readonly op?: 'c' | 'u' | 'd';
  readonly key: string;
  readonly row: Readonly<Record<string, unknown>>;
}

export const hdrRow = (id: string, sts: string, note: string | null = 'n'): WrittenRow => ({
  table: 'hdr',
  key: id,
  row: { id: Number(id), sts, note },
});

/** When it begins. */
export const SMALL_SOURCE_MS = 1_700_000_000_000;

/** Writes transactions as the connector does: BEGIN, rows, END. */
export class SmallSource {
  readonly records: RecordedRecord[] = [];
  readonly #offsets = new Map<string, number>();
  #last: string | null = null;
  #lsn = 1_000;
  #xid = 700;
  #atMs = SMALL_SOURCE_MS;
  readonly #keyOf: (text: string) => string | number;

  /** @param keyOf a key as the connector has it. */
  constructor(keyOf: (text: string) => string | number = Number) {
    this.#keyOf = keyOf;
  }

  /** Time goes by. */
  later(ms: number): this {
    this.#atMs += ms;
    return this;
  }

  transaction(...rows: readonly WrittenRow[]): this {
    const xid = String((this.#xid += 1));
    const at = this.#atMs;
    this.#add('legacy.transaction', null, { status: 'BEGIN', id: `${xid}:${this.#lsn}`, ts_ms: at });
    const counts = new Map<string, number>();
    for (const [i, { table: name, op = 'c', key, row }] of rows.entries()) {
      this.#lsn += 8;
      const collection = `oms.${name}`;
      counts.set(collection, (counts.get(collection) ?? 0) + 1);
      const sequence = JSON.stringify([this.#last, String(this.#lsn)]);
      const source = { connector: 'postgresql', name: 'legacy', ts_ms: at + this.#lsn, snapshot: 'false', db: 'x' };
      this.#add(`legacy.${collection}`, name === 'hdr' ? { id: this.#keyOf(key) } : { line_id: this.#keyOf(key) }, {
        ...(op === 'd' ? { before: row, after: null } : { before: null, after: row }),
        ...{ op, ts_ms: 1 },
        source: { ...source, schema: 'oms', table: name, sequence, txId: Number(xid), lsn: this.#lsn },
        transaction: { id: `${xid}:${this.#lsn}`, total_order: i + 1, data_collection_order: i + 1 },
      });
    }
    this.#lsn += 8;
    this.#add('legacy.transaction', null, {
      ...{ status: 'END', id: `${xid}:${this.#lsn}`, ts_ms: at + this.#lsn, event_count: rows.length },
      data_collections: [...counts].map(([data_collection, event_count]) => ({ data_collection, event_count })),
    });
    this.#last = String(this.#lsn);
    return this;
  }

  #add(topic: string, key: unknown, value: unknown): void {
    const offset = this.#offsets.get(topic) ?? 0;
    this.#offsets.set(topic, offset + 1);
    const texts = { key: key === null ? null : JSON.stringify(key), value: JSON.stringify(value), headers: {} };
    this.records.push({ topic, partition: 0, offset, timestamp: 1, ...texts });
  }
}

export const lineRow = (lineId: string, id: string, txt = 't'): WrittenRow => ({
  table: 'line',
  key: lineId,
  row: { line_id: Number(lineId), id: Number(id), txt },
});
