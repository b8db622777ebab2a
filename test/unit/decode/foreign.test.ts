/** Rows of other shards: each record is what it is without shards, but for what is in a row that its shard does not need. */
import { describe, expect, it } from 'vitest';
import { CONNECTORS } from '../../../src/decode/connectors/connectors.js';
import { Decoder } from '../../../src/decode/decoder.js';
import { keyHash } from '../../../src/domain/partition.js';
import type { ChangeEvent, DecodedRecord } from '../../../src/domain/source/change-event.js';
import type { TableDefinition } from '../../../src/domain/tables/table.js';
import { legacy, table } from '../../../src/rules/index.js';
import { recorded } from '../../support/decoding.js';
import { RECORDED_TABLES } from '../../support/recorded/tables.js';
import { edited, readRecording, type RecordedRecord, sourceRecord, spaced } from '../../support/recordings.js';

type IsForeign = (key: string) => boolean;

const decoder = (isForeign: IsForeign | null, tables: Iterable<TableDefinition> = RECORDED_TABLES): Decoder =>
  new Decoder({
    ...{ source: 'legacy', connector: CONNECTORS.postgresql, mode: 'exact', topicPrefix: 'legacy' },
    ...{ transactionTopic: 'legacy.transaction', tables },
    foreignKeys: () => isForeign,
  });
const decodeOne = (record: RecordedRecord, isForeign: IsForeign | null): DecodedRecord =>
  decoder(isForeign).decode(sourceRecord(record));
/** By the first part of the key. */
const ofHalf: IsForeign = (key) => keyHash(key.split('/')[0] ?? '') % 2 === 0;

function withoutRow(change: ChangeEvent): ChangeEvent {
  const kept = Object.entries(change).filter(([name]) => name !== 'refused' && name !== 'physical');
  return { ...(Object.fromEntries(kept) as unknown as ChangeEvent), row: null, refusal: null, isForeign: true };
}
const expected = (whole: DecodedRecord, isForeign: IsForeign): DecodedRecord =>
  whole.kind === 'change' &&
  whole.otherKeyUnread === undefined &&
  isForeign(whole.key) &&
  (whole.otherKey === null || isForeign(whole.otherKey))
    ? withoutRow(whole)
    : whole;

describe.each([
  'postgres/01-lifecycle',
  'postgres/03-toast',
  'postgres/04-key-change',
  'postgres/06-replay',
  'postgres/07-resnapshot',
  'postgres/08-incremental-snapshot',
  'postgres/10-schemas-enabled',
  'postgres/17-replica-identity-full',
])('%s', (name) => {
  it.each([
    ['as it is', (record: RecordedRecord) => record],
    ['read in the general way', spaced],
  ])('%s: only rows of other shards are others, and these without what is in them', (_, form) => {
    const [whole, shard] = [decoder(null), decoder(ofHalf)];
    let foreign = 0;
    for (const record of readRecording(name).map(form)) {
      const is = shard.decode(sourceRecord(record));
      expect(is).toEqual(expected(whole.decode(sourceRecord(record)), ofHalf));
      if (is.kind === 'change' && is.isForeign === true) foreign += 1;
    }
    expect(foreign).toBeGreaterThan(0);
  });
});

describe('a row', () => {
  const row = recorded('01-lifecycle', 'legacy.oms.ord_hdr', ({ op }) => op === 'u');
  const all: IsForeign = () => true;

  it('whose values do not fit is no matter when it is foreign', () => {
    const wrong = edited(row, ({ after }) => (after!['sts_cd'] = [5]));
    expect(decodeOne(wrong, null)).toMatchObject({ kind: 'change', refusal: { code: 'ROW_INVALID' } });
    expect(decodeOne(wrong, all)).toMatchObject({ kind: 'change', op: 'u', row: null, refusal: null, isForeign: true });
  });

  it('that changes its key is foreign when both of its keys are', () => {
    const half = recorded('04-key-change', 'legacy.oms.ord_hdr', ({ op }) => op === 'd');
    const { key, otherKey } = decodeOne(half, null) as ChangeEvent;
    expect(decodeOne(half, all)).toMatchObject({ key, otherKey, isForeign: true });
    expect(decodeOne(half, (each) => each === key)).not.toHaveProperty('isForeign');
    expect(decodeOne(half, (each) => each === otherKey)).not.toHaveProperty('isForeign');
    const unread = { ...half, headers: { ...half.headers, '__debezium.newkey': '{' } };
    expect(decodeOne(unread, all)).not.toHaveProperty('isForeign');
  });

  it('that moved to another key under one record key is refused whoever reads it: it left an order that may be of this shard', () => {
    const full = recorded('17-replica-identity-full', 'legacy.oms.ord_hdr', ({ op }) => op === 'u');
    const moved = edited(full, ({ before }) => (before!['ord_no'] = 1));
    for (const isForeign of [null, all])
      expect(() => decodeOne(moved, isForeign)).toThrow(expect.objectContaining({ disposition: 'refuse' }));
    expect(decodeOne(full, all)).toMatchObject({ isForeign: true });
  });

  it('of which nothing can be read says so whoever reads it', () => {
    const cut = { ...row, value: row.value!.slice(0, -1) };
    expect(decodeOne(cut, all)).toEqual(decodeOne(cut, null));
    expect(decodeOne(cut, all)).toMatchObject({ kind: 'undecodable' });
  });

  it('whose key has the name of its physical table is judged by that too', () => {
    const hdr = table('oms.ord_hdr', {
      key: ['part', 'ord_no'],
      columns: { part: legacy.physicalTable(['oms.ord_hdr']), ord_no: legacy.bigint() },
    });
    const seen: string[] = [];
    const noting: IsForeign = (key) => seen.push(key) > 0;
    const decoded = decoder(noting, [hdr]).decode(sourceRecord(row));
    expect(decoded).toMatchObject({ kind: 'change', isForeign: true });
    expect(new Set(seen)).toEqual(new Set([(decoded as ChangeEvent).key]));
    expect((decoded as ChangeEvent).key).toContain('/');
  });
});
