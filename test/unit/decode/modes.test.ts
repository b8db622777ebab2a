/** What the decoder does differently for each connector and mode. */
import { describe, expect, it } from 'vitest';
import { type ConnectorName, CONNECTORS } from '../../../src/decode/connectors/connectors.js';
import { Decoder } from '../../../src/decode/decoder.js';
import { topicOf } from '../../../src/decode/topic-names.js';
import type { DecodedRecord } from '../../../src/domain/source/change-event.js';
import type { Mode } from '../../../src/domain/source/mode.js';
import type { TableDefinition } from '../../../src/domain/tables/table.js';
import { legacy, table } from '../../../src/rules/index.js';
import { recorded } from '../../support/decoding.js';
import { RECORDED_TABLES } from '../../support/recorded/tables.js';
import { edited, readRecording, type RecordedRecord, sourceRecord } from '../../support/recordings.js';

function decoderFor(
  connector: ConnectorName,
  mode: Mode,
  prefix: string,
  tables: readonly TableDefinition[] = RECORDED_TABLES,
): Decoder {
  const transactionTopic = `${prefix}.transaction`;
  return new Decoder({
    source: prefix,
    connector: CONNECTORS[connector],
    mode,
    topicPrefix: prefix,
    transactionTopic,
    tables,
  });
}

const shop = readRecording('mariadb/01-lifecycle');
const mariadbRow = shop.find(({ topic, value }) => topic === 'shop.oms.ord_hdr' && value?.includes('"op":"c"'))!;
const withoutBlock = (record: RecordedRecord): RecordedRecord =>
  edited(record, (envelope) => (envelope.transaction = null));

describe('the topic of a table', () => {
  it.each<[ConnectorName, string, string]>([
    ['postgresql', 'oms.ord_hdr', 'legacy.oms.ord_hdr'],
    ['postgresql', 'oms.Odd Name$', 'legacy.oms.Odd_Name_'],
    ['mysql', 'oms.ord_hdr', 'legacy.oms.ord_hdr'],
    ['mariadb', 'oms.größe', 'legacy.oms.gr__e'],
    ['sqlserver', 'shop.dbo.ord_hdr', 'legacy.shop.dbo.ord_hdr'],
    ['oracle', 'ORCLPDB1.OMS.ORD_HDR', 'legacy.OMS.ORD_HDR'],
    ['oracle', 'ORCLPDB1.OMS.ORD#HDR', 'legacy.OMS.ORD_HDR'],
    ['db2', 'DB2INST1.ORD_HDR', 'legacy.DB2INST1.ORD_HDR'],
  ])('of %s, %s, is %s', (connector, name, topic) => {
    expect(topicOf({ connector: CONNECTORS[connector], topicPrefix: 'legacy' }, name)).toBe(topic);
  });
});

describe('a recorded row of MariaDB', () => {
  const decode = (record: RecordedRecord, mode: Mode, connector: ConnectorName = 'mariadb'): DecodedRecord =>
    decoderFor(connector, mode, 'shop').decode(sourceRecord(record));

  it('stands in the binlog', () => {
    const position = '0000000002:00000000000000015422:0000000000';
    expect(decode(mariadbRow, 'exact')).toMatchObject({
      source: 'shop',
      table: 'oms.ord_hdr',
      key: '900010',
      transaction: { id: '0-7-33', predecessor: null, commit: position, position, order: 1 },
      sourceTimeMs: 1795255185000,
    });
  });

  it('of a snapshot knows the place of the snapshot', () => {
    const read = shop.find(({ topic, value }) => topic === 'shop.oms.ord_hdr' && value?.includes('"op":"r"'))!;
    expect(decode(read, 'exact')).toMatchObject({
      op: 'r',
      snapshot: { generation: '0000000002:00000000000000015133', isLast: false },
    });
  });

  it('may be read by MySQL’s connector', () => {
    const older = edited(mariadbRow, ({ source }) => (source.connector = 'mysql'));
    expect(decode(older, 'exact')).toEqual(decode(mariadbRow, 'exact'));
    expect(() => decode(mariadbRow, 'exact', 'mysql')).toThrow(/mariadb/);
  });

  it('whose END has no place is legal: its number compares inside the stream of its server', () => {
    const end = shop.find(({ topic, value }) => topic === 'shop.transaction' && value?.includes('"END"'))!;
    expect(decode(end, 'exact')).toMatchObject({ id: '0-7-33', position: null, serial: { stream: '0-7' }, rows: 3 });
  });

  it('of a schema change is in a topic that is not read', () => {
    const ddl = shop.find(({ topic }) => topic === 'shop')!;
    expect(decoderFor('mariadb', 'exact', 'shop').topics).not.toContain('shop');
    expect(decode(ddl, 'exact')).toMatchObject({ kind: 'skipped', reason: 'table-not-declared' });
  });
});

describe('a row without transaction block', () => {
  const row = recorded('14-no-metadata', 'legacy.oms.ord_hdr', ({ op }) => op === 'u');

  it.each<Mode>(['position', 'arrival'])('tells its transaction by itself in %s mode', (mode) => {
    const postgres = decoderFor('postgresql', mode, 'legacy').decode(sourceRecord(row));
    expect(postgres).toMatchObject({
      op: 'u',
      transaction: { id: expect.stringMatching(/^\d+$/) as string, order: null },
    });
    const mariadb = decoderFor('mariadb', mode, 'shop').decode(sourceRecord(withoutBlock(mariadbRow)));
    expect(mariadb).toMatchObject({ op: 'c', transaction: { id: '0-7-33', order: null } });
  });

  it('and without GTID does not tell which transaction it is of: refused where that matters', () => {
    const nameless = edited(withoutBlock(mariadbRow), ({ source }) => (source.gtid = null));
    const decode = (mode: Mode): DecodedRecord => decoderFor('mariadb', mode, 'shop').decode(sourceRecord(nameless));
    expect(() => decode('position')).toThrow(expect.objectContaining({ code: 'TRANSACTION_METADATA_MISSING' }));
    expect(() => decode('exact')).toThrow(expect.objectContaining({ code: 'TRANSACTION_METADATA_MISSING' }));
    expect(decode('arrival')).toMatchObject({ op: 'c', transaction: { id: '0000000002:00000000000000015422' } });
  });

  it('is a reason not to read the transaction topic, which is not there', () => {
    expect(decoderFor('postgresql', 'position', 'legacy').topics).not.toContain('legacy.transaction');
    expect(decoderFor('postgresql', 'exact', 'legacy').topics).toContain('legacy.transaction');
  });
});

describe('a logical message without transaction block', () => {
  const inside = recorded('13-logical-message', 'legacy.message', ({ transaction }) => transaction !== null);

  it('is one of a transaction when its source block has a transaction id', () => {
    const decode = (record: RecordedRecord): DecodedRecord =>
      decoderFor('postgresql', 'position', 'legacy').decode(sourceRecord(record));
    expect(decode(withoutBlock(inside))).toMatchObject({ kind: 'skipped', reason: 'logical-message' });
  });
});

/** Not recorded: PostgreSQL's envelope with the source block of SQL Server's field list. */
describe('rows of several databases of one SQL Server', () => {
  const LSN = '00000027:00000ac0:0002';
  const tableOf = (name: string): TableDefinition =>
    table(name, { key: ['ord_no'], columns: { ord_no: legacy.bigint() } });
  const template = recorded('01-lifecycle', 'legacy.oms.ord_hdr', ({ op }) => op === 'c');
  const rowOf = (db: string): RecordedRecord => ({
    ...edited(template, (envelope) => {
      envelope.source = {
        connector: 'sqlserver',
        name: 'legacy',
        ts_ms: 1,
        snapshot: 'false',
        db,
        schema: 'dbo',
        table: 'ord',
        commit_lsn: LSN,
        change_lsn: LSN,
        event_serial_no: 1,
      };
      envelope.transaction = { id: LSN, total_order: 1, data_collection_order: 1 };
    }),
    topic: `legacy.${db}.dbo.ord`,
  });
  const endOf = (db: string): RecordedRecord => ({
    ...recorded('01-lifecycle', 'legacy.transaction'),
    value: JSON.stringify({
      status: 'END',
      id: LSN,
      event_count: 1,
      ts_ms: 1,
      data_collections: [{ data_collection: `${db}.dbo.ord`, event_count: 1 }],
    }),
  });
  const decoder = (): Decoder =>
    decoderFor('sqlserver', 'exact', 'legacy', [tableOf('shop.dbo.ord'), tableOf('crm.dbo.ord')]);

  it('are read while they are of one', () => {
    const one = decoder();
    expect(one.decode(sourceRecord(rowOf('shop')))).toMatchObject({
      table: 'shop.dbo.ord',
      transaction: { id: LSN, commit: LSN, order: 1 },
    });
    expect(one.decode(sourceRecord(endOf('shop')))).toMatchObject({ kind: 'end', position: LSN });
  });

  it.each<[string, RecordedRecord]>([
    ['a row', rowOf('crm')],
    ['an END', endOf('crm')],
  ])('%s of a second one is refused: its positions are of another log', (_, record) => {
    const two = decoder();
    two.decode(sourceRecord(rowOf('shop')));
    expect(() => two.decode(sourceRecord(record))).toThrow(
      expect.objectContaining({ code: 'SOURCE_UNSUPPORTED', message: expect.stringContaining('crm') as string }),
    );
  });
});
