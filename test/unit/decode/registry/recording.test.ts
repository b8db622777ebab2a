/** One run of the database through two connectors: what the one in Avro wrote is, value by value, what the one in JSON wrote (recording 23-avro). */
import { beforeAll, describe, expect, it } from 'vitest';
import { convertRow } from '../../../../src/decode/columns.js';
import { parseExactly } from '../../../../src/decode/envelope.js';
import { PlainRecords } from '../../../../src/pipeline/read/plain-records.js';
import { legacy, table } from '../../../../src/rules/index.js';
import { rawRecord, readAvroRecording } from '../../../support/avro/recording.js';
import { readRecording } from '../../../support/recordings.js';

type Json = Record<string, unknown>;
interface Envelope {
  readonly op: string;
  readonly before: Json | null;
  readonly after: Json | null;
  readonly source: Json;
  readonly transaction: Json | null;
}

/** Of decimals: in JSON they are texts, in Avro bytes (`decimal.handling.mode` is string there, and precise here). */
const SCALES: Readonly<Record<string, number>> = {
  ...{ tot_amt: 2, price: 4, amt: 2, n122: 2, n380: 0, n3810: 10, nfree: 30, m: 2, g_sum: 2, dnum: 2, k3: 2 },
};
/** Columns that have a default, or are generated: a null of theirs comes as it, because Apicurio's converter cannot be told otherwise. */
const DEFAULTS: Readonly<Json> = { dflt: 'dd', g_low: '', dnum: { scale: 2, value: 'Au4=' } };
/** A numeric that is none is a text in the one mode and null in the other. */
const NON_FINITE: readonly unknown[] = ['NAN', 'NaN', 'POSITIVE_INFINITY'];

const topicOf = (topic: string): string => topic.slice(topic.indexOf('.') + 1);

const KEYS: readonly string[] = ['ord_no', 'line_no', 'pay_id', 'rel_no', 'req_no', 'addr_typ', 'id', 'a', 'k1', 'k'];

/** The same for both: where the row stands. */
const placeOf = (topic: string, { op, source, transaction, after, before }: Envelope): string =>
  JSON.stringify(
    [
      topicOf(topic),
      op,
      source.snapshot === 'false' || transaction !== null
        ? [source.txId, transaction?.id, transaction?.total_order]
        : 'r',
      transaction === null ? Object.entries(after ?? before ?? {}).filter(([name]) => KEYS.includes(name)) : null,
    ],
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  );

function placed(records: Iterable<readonly [topic: string, value: string | null]>): Map<string, Envelope> {
  const all = new Map<string, Envelope>();
  for (const [topic, value] of records) {
    const envelope = value === null ? null : (parseExactly(value) as Envelope);
    if (envelope !== null && 'source' in envelope) all.set(placeOf(topic, envelope), envelope);
  }
  return all;
}

const json = placed(readRecording('postgres/23-avro').map(({ topic, value }) => [topic, value] as const));
let avro: Map<string, Envelope>;
const recorded = readAvroRecording('postgres/23-avro.avro');

beforeAll(async () => {
  const plain = new PlainRecords(recorded.schemas);
  const texts: (readonly [string, string | null])[] = [];
  for (const record of recorded.records) {
    const { value, unread } = await plain.kept(rawRecord(record));
    expect(unread).toBeUndefined();
    texts.push([record.topic, value?.toString() ?? null]);
  }
  avro = placed(texts);
});

/** Of each connector; and what says where a snapshot was taken, which is not quite the same place. */
const OWN: readonly string[] = ['name', 'snapshot'];
const PLACED: readonly string[] = ['txId', 'lsn', 'sequence', 'ts_ms', 'ts_us', 'ts_ns'];

/** Without decimals, and what has a default. */
const others = (row: Json | null): Json | null =>
  row &&
  Object.fromEntries(Object.entries(row).filter(([name]) => !(name in SCALES || name in DEFAULTS || name === 'an')));

/** Names as `field.name.adjustment.mode=avro` makes them. */
const adjusted = (row: Json | null): Json | null =>
  row && Object.fromEntries(Object.entries(row).map(([name, value]) => [name.replace(/[^A-Za-z0-9_]/g, '_'), value]));

const decimal = (value: unknown, scale: number): unknown => {
  const one = table('t', { key: ['v'], columns: { v: legacy.decimal({ scale }).nullable() } });
  const converted = convertRow({ v: value }, one);
  return typeof converted === 'symbol' ? converted : (converted.refusal?.code ?? converted.row['v']);
};

describe('what a connector in Avro wrote', () => {
  it('is of the same rows, in the same transactions, and of every kind', () => {
    expect([...avro.keys()].sort()).toEqual([...json.keys()].sort());
    expect(new Set([...avro.values()].map(({ op }) => op))).toEqual(new Set(['r', 'c', 'u', 'd']));
    expect(avro.size).toBeGreaterThan(400);
  });

  it('has the same values in every column, decimals apart, and the same place in the log', () => {
    for (const [place, envelope] of json) {
      const same = avro.get(place);
      expect([place, others(same?.after ?? null)]).toEqual([place, adjusted(others(envelope.after))]);
      expect([place, others(same?.before ?? null)]).toEqual([place, adjusted(others(envelope.before))]);
      const source = Object.entries(envelope.source).filter(
        ([name]) => !OWN.includes(name) && (envelope.transaction !== null || !PLACED.includes(name)),
      );
      expect(same?.source).toMatchObject(Object.fromEntries(source));
      expect(same?.transaction ?? null).toEqual(envelope.transaction);
    }
  });

  it('has the same decimals, of whatever scale', () => {
    let compared = 0;
    for (const [place, envelope] of json)
      for (const image of ['before', 'after'] as const)
        for (const [name, value] of Object.entries(envelope[image] ?? {})) {
          const scale = SCALES[name];
          if (scale === undefined || NON_FINITE.includes(value) || (value === null && name in DEFAULTS)) continue;
          compared += 1;
          const found = avro.get(place)?.[image]?.[name];
          expect([place, name, decimal(found, scale)]).toEqual([place, name, decimal(value, scale)]);
        }
    expect(compared).toBeGreaterThan(200);
  });

  it('has a default in the place of null, where the column has one', () => {
    const seen = new Set<string>();
    for (const [place, { after }] of json)
      for (const [name, standard] of Object.entries(DEFAULTS)) {
        if (after?.[name] !== null) continue;
        expect(avro.get(place)?.after?.[name]).toEqual(standard);
        seen.add(name);
      }
    expect([...seen].sort()).toEqual(Object.keys(DEFAULTS).sort());
  });

  it('has lists of decimals with the scale of each', () => {
    const lists = [...avro.values()].flatMap(({ after }) => (after?.['an'] == null ? [] : [after['an']]));
    expect(lists[0]).toEqual([
      { scale: 2, value: 'bg==' },
      { scale: 2, value: 'ANw=' },
    ]);
  });

  it('was written with schemas that have names, scales and defaults of the columns', () => {
    const texts = Object.values(recorded.texts).map(({ text }) => text);
    expect(Object.values(recorded.texts).every(({ type }) => type === 'AVRO')).toBe(true);
    for (const word of [
      'io.debezium.time.MicroTimestamp',
      '"logicalType":"decimal"',
      'VariableScaleDecimal',
      'io.debezium.data.Uuid',
    ])
      expect(texts.some((text) => text.includes(word))).toBe(true);
  });
});
