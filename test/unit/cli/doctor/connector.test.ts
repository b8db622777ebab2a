/** What the doctor says of a connector's configuration: the one of this repository is well, and each change that matters is named. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { avroConverters } from '../../../../legacy-db/avro-converters.js';
import { type ConnectorFacts, judgeConnector } from '../../../../src/cli/doctor/connect/connector.js';
import type { Line } from '../../../../src/cli/doctor/line.js';
import { configOf } from '../../../support/rig.js';

const [source] = configOf().pipelines.orders!.sources;
const config = JSON.parse(readFileSync('legacy-db/connector.json', 'utf8')) as Record<string, string>;
const looked = { 'replica.identity.autoset.values': 'oms.*:DEFAULT' };
const tables = ['oms.ord_hdr', 'oms.pay_txn'];
const running: ConnectorFacts = { name: 'legacy', config, states: ['RUNNING', 'RUNNING'] };

const judge = (changes: Record<string, string | undefined>, states = running.states): Line[] => {
  const changed = Object.fromEntries(
    Object.entries<string | undefined>({ ...config, ...looked, ...changes }).filter(([, value]) => value !== undefined),
  );
  return judgeConnector({ ...running, config: changed as Record<string, string>, states }, source!, tables);
};
const complaints = (lines: readonly Line[]): string[] =>
  lines.filter(({ level }) => level !== 'ok').map(({ level, check }) => `${level} ${check}`);

const APICURIO = 'io.apicurio.registry.utils.converter.AvroConverter';

describe('a connector', () => {
  it('as this repository has it is well', () => {
    expect(complaints(judge({}))).toEqual([]);
  });

  it.each<[string, string | undefined, string]>([
    ['provide.transaction.metadata', undefined, 'fail CONNECTOR_TRANSACTION_METADATA'],
    ['topic.transaction', 'boundaries', 'fail CONNECTOR_TRANSACTION_TOPIC'],
    ['table.include.list', 'oms.ord_.*', 'fail CONNECTOR_TABLES'],
    ['table.include.list', 'oms.(', 'unknown CONNECTOR_TABLES'],
    ['skipped.operations', undefined, 'warn CONNECTOR_OPERATIONS'],
    ['skipped.operations', 'd', 'fail CONNECTOR_OPERATIONS'],
    ['value.converter', 'io.confluent.connect.avro.AvroConverter', 'fail CONNECTOR_CONVERTERS'],
    ['value.converter', undefined, 'unknown CONNECTOR_CONVERTERS'],
    ['value.converter.replace.null.with.default', undefined, 'warn CONNECTOR_CONVERTERS'],
    ['decimal.handling.mode', undefined, 'warn CONNECTOR_DECIMALS'],
    ['decimal.handling.mode', 'double', 'fail CONNECTOR_DECIMALS'],
    ['time.precision.mode', 'connect', 'warn CONNECTOR_TIMES'],
    ['time.precision.mode', 'structured', 'fail CONNECTOR_TIMES'],
    ['unavailable.value.placeholder', 'n/a', 'fail CONNECTOR_PLACEHOLDER'],
    ['snapshot.mode', 'initial_only', 'fail CONNECTOR_SNAPSHOT_MODE'],
    ['snapshot.mode', 'always', 'warn CONNECTOR_SNAPSHOT_MODE'],
    ['snapshot.mode', 'no_data', 'warn CONNECTOR_SNAPSHOT_MODE'],
    ['snapshot.include.collection.list', 'oms.ord_hdr', 'warn CONNECTOR_SNAPSHOT_TABLES'],
    ['snapshot.include.collection.list', 'oms.(', 'unknown CONNECTOR_SNAPSHOT_TABLES'],
    ['offset.mismatch.strategy', 'trust_slot', 'warn CONNECTOR_SLOT'],
    ['offset.mismatch.strategy', 'trust_greater_lsn', 'warn CONNECTOR_SLOT'],
    ['slot.drop.on.stop', 'true', 'fail CONNECTOR_SLOT'],
    ['publication.autocreate.mode', 'disabled', 'warn CONNECTOR_PUBLICATION'],
    ['event.processing.failure.handling.mode', 'warn', 'fail CONNECTOR_FAILURES'],
    ['errors.tolerance', 'all', 'fail CONNECTOR_FAILURES'],
    ['heartbeat.interval.ms', undefined, 'warn CONNECTOR_HEARTBEAT'],
    ['exactly.once.support', undefined, 'warn CONNECTOR_EXACTLY_ONCE'],
    ['message.key.columns', 'oms.ord_line:ord_no;oms.pay_.*:ord_no', 'warn CONNECTOR_KEYS'],
    ['replica.identity.autoset.values', undefined, 'unknown CONNECTOR_REPLICA_IDENTITY'],
    ['replica.identity.autoset.values', 'oms.pay_txn:INDEX pay_u', 'fail CONNECTOR_REPLICA_IDENTITY'],
    ['replica.identity.autoset.values', 'oms.ord_hdr:FULL,oms.*:nothing', 'fail CONNECTOR_REPLICA_IDENTITY'],
    ['topic.naming.strategy', 'com.acme.OurTopics', 'warn CONNECTOR_TOPICS'],
  ])('with %s=%s: %s', (setting, value, complaint) => {
    const lines = judge({ [setting]: value });
    expect(complaints(lines)).toEqual([complaint]);
    const [line] = lines.filter(({ level }) => level !== 'ok');
    if (line?.level !== 'unknown') expect(line?.todo).toMatch(/\w{4}/);
  });

  it('that names topics with another delimiter: both topics are named', () => {
    expect(complaints(judge({ 'topic.delimiter': '_' }))).toEqual([
      'fail CONNECTOR_TRANSACTION_TOPIC',
      'fail CONNECTOR_TOPICS',
    ]);
    const told = configOf({ topics: '{prefix}_{schema}_{table}' }).pipelines.orders!.sources[0]!;
    const changed = { ...running, config: { ...config, ...looked, 'topic.delimiter': '_' } };
    expect(complaints(judgeConnector(changed, told, tables))).toEqual([]);
  });

  it('in arrival mode needs headers that can be read back', () => {
    const arrival = { ...source!, mode: 'arrival' as const };
    const of = (changes: Record<string, string>): Line[] =>
      judgeConnector({ ...running, config: { ...config, ...looked, ...changes } }, arrival, tables);
    expect(complaints(of({}))).toEqual(['warn CONNECTOR_HEADERS']);
    expect(complaints(of({ 'header.converter': 'org.apache.kafka.connect.json.JsonConverter' }))).toEqual([]);
  });

  it.each([
    ['offset.mismatch.strategy', 'trust_offset'],
    ['slot.drop.on.stop', 'false'],
    ['publication.autocreate.mode', 'all_tables'],
    ['snapshot.include.collection.list', 'oms\\..*'],
    ['snapshot.mode', 'when_needed'],
  ])('with %s=%s is well', (setting, value) => {
    expect(complaints(judge({ [setting]: value }))).toEqual([]);
  });

  it.each([
    ['gtid.new.channel.position', 'latest', ['fail CONNECTOR_SLOT']],
    ['inconsistent.schema.handling.mode', 'skip', ['fail CONNECTOR_SLOT']],
    ['offset.mismatch.strategy', 'trust_slot', []],
  ])('of MariaDB with %s=%s: %s', (setting, value, want) => {
    const lines = judgeConnector(
      { ...running, config: { ...config, [setting]: value } },
      { ...source!, connector: 'mariadb' },
      tables,
    );
    expect(complaints(lines)).toEqual(want);
  });

  it('with a transform that flattens, or with another one', () => {
    const unwrap = { transforms: 'unwrap', 'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState' };
    expect(complaints(judge(unwrap))).toEqual(['fail CONNECTOR_TRANSFORMS']);
    const route = { transforms: 'r', 'transforms.r.type': 'org.apache.kafka.connect.transforms.RegexRouter' };
    expect(complaints(judge(route))).toEqual(['warn CONNECTOR_TRANSFORMS']);
  });

  it.each([[['RUNNING']], [['RUNNING', 'FAILED']], [[]]])('in the states %j does not run', (states) => {
    expect(complaints(judge({}, states))).toEqual(['fail CONNECTOR_RUNNING']);
  });

  it.each([
    ['Apicurio', avroConverters('http://registry:8080/apis/registry/v2'), ['warn CONNECTOR_CONVERTERS']],
    ['Apicurio, as it is by default', { 'value.converter': APICURIO }, ['fail CONNECTOR_CONVERTERS']],
    ['Confluent', { 'value.converter': 'io.confluent.connect.avro.AvroConverter' }, ['warn CONNECTOR_CONVERTERS']],
    [
      'Confluent, told to keep nulls',
      {
        'value.converter': 'io.confluent.connect.avro.AvroConverter',
        'key.converter.ignore.default.for.nullables': 'true',
        'value.converter.ignore.default.for.nullables': 'true',
      },
      [],
    ],
  ])('in Avro by %s needs a registry, and ids that it has', (_, changes: Record<string, string>, want) => {
    const facts = { ...running, config: { ...config, ...looked, 'decimal.handling.mode': 'precise', ...changes } };
    expect(complaints(judgeConnector(facts, { ...source!, hasRegistry: true }, tables))).toEqual(want);
    expect(complaints(judgeConnector(facts, source!, tables))).toEqual(['fail CONNECTOR_CONVERTERS']);
  });

  it('without transaction metadata is well for a source in position mode', () => {
    const lines = judgeConnector(
      { ...running, config: { ...config, ...looked, 'provide.transaction.metadata': 'false' } },
      { ...source!, mode: 'position' },
      tables,
    );
    expect(complaints(lines)).toEqual([]);
  });
});
