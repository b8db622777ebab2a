/**
 * `dragoman drift`: what the table topics hold against what the rules declare, as findings by table. Reads a recording or a part
 * of the topics, writes nothing. Exit code 3 when there is drift, so that a build can stop on it; notes alone give 0.
 */
import { type RecordedRecord, readRecording } from '../../adapters/files/recording.js';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import { registryOf } from '../../adapters/registry/registry.js';
import type { Config } from '../../config/schema.js';
import { CONNECTORS } from '../../decode/connectors/connectors.js';
import { DriftScan } from '../../decode/drift/drift.js';
import type { TopicNaming } from '../../decode/topic-names.js';
import type { TableDefinition } from '../../domain/tables/table.js';
import { DragomanError } from '../../errors.js';
import { driftJson, driftLines, type DriftReport } from './drift-report.js';
import {
  type DriftRecords,
  type Extent,
  fromRecording,
  fromTopics,
  recordedSources,
  tableTopics,
  topicOfPartition,
} from './drift-records.js';
import { EXIT, print, say } from '../exit.js';
import { type CommonOptions, configOf, rulesOf } from '../load.js';

export interface DriftOptions extends CommonOptions {
  readonly records?: number;
  /** Milliseconds since 1970; wins over `records`. */
  readonly since?: number;
  readonly otherTables?: boolean;
  readonly json?: boolean;
}

const RECORDS_MAX = 10_000;
const NOTHING_TO_READ =
  'No config names a source, so there are no topics to read. Give a recording (dragoman drift my-recording.ndjson), or a config (--config).';
type Tables = ReadonlyMap<string, TableDefinition>;

export async function driftCommand(file: string | undefined, options: DriftOptions): Promise<number> {
  const loaded = configOf(options, false);
  if (file === undefined && sourcesOf(loaded.config).length === 0)
    throw new DragomanError('COMMAND_INVALID', NOTHING_TO_READ);
  const { tables } = (await rulesOf(options, loaded)).rules;
  const report =
    file === undefined
      ? await driftOfTopics(loaded.config, tables, options)
      : await driftOfRecords(await readRecording(file), loaded.config, tables, options);
  if (options.json === true) await print(JSON.stringify(driftJson(report)));
  else for (const line of driftLines(report)) await print(line);
  const found = report.tables.flatMap(({ findings }) => findings).filter(({ isDrift }) => isDrift).length;
  say(`${report.records} records of ${report.tables.length} declared tables: ${verdict(report.records, found)}`);
  return found === 0 && report.records > 0 ? EXIT.ok : EXIT.findings;
}

/** Nothing read is no good news: a wrong prefix looks like that. */
function verdict(records: number, found: number): string {
  if (records === 0) return 'nothing to compare; do the prefixes of the sources fit the topics?';
  return found === 0 ? 'no drift' : `${found} findings of drift`;
}

/** Of a recording. */
export function driftOfRecords(
  records: readonly RecordedRecord[],
  config: Config,
  tables: Tables,
  options: DriftOptions = {},
): Promise<DriftReport> {
  return reportOf(fromRecording(records), { sources: recordedNaming(records, config, tables), tables, options });
}

/** How the topics of a recording are named: as the config says, else as its records show. */
export function recordedNaming(records: readonly RecordedRecord[], config: Config, tables: Tables): TopicNaming[] {
  const configured = sourcesOf(config);
  return configured.length > 0 ? configured : recordedSources(records, tables.keys());
}

async function driftOfTopics(config: Config, tables: Tables, options: DriftOptions): Promise<DriftReport> {
  const kafka = kafkaClient(config.kafka, () => undefined);
  const admin = kafka.admin();
  const schemas = registryOf(config.registry);
  const sources = sourcesOf(config);
  const tableOf = tableTopics(sources, tables.values());
  const isWanted = (topic: string): boolean => tableOf(topic) !== undefined;
  const { since, records: recordsMax = RECORDS_MAX } = options;
  const extent: Extent = since === undefined ? { recordsMax } : { sinceMs: since };
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    return await reportOf(await fromTopics({ kafka, admin, schemas, isWanted, extent }), {
      sources,
      tables,
      options,
    });
  } finally {
    schemas?.close();
    await admin.disconnect();
  }
}

interface Asked {
  readonly sources: readonly TopicNaming[];
  readonly tables: Tables;
  readonly options: DriftOptions;
}

async function reportOf({ records, topics }: DriftRecords, { sources, tables, options }: Asked): Promise<DriftReport> {
  const tableOf = tableTopics(sources, tables.values());
  const scans = new Map([...tables].map(([name, definition]) => [name, new DriftScan(definition)]));
  let count = 0;
  for await (const chunk of records) {
    for (const record of chunk) {
      const scan = scans.get(tableOf(topicOfPartition(record.partition)) ?? '');
      if (scan === undefined) continue;
      scan.add(record);
      count += 1;
    }
  }
  const others = topics.filter(
    (topic) => tableOf(topic) === undefined && sources.some(({ topicPrefix }) => isTable(topic, topicPrefix)),
  );
  return {
    records: count,
    tables: [...scans.values()].map((scan) => scan.end()),
    otherTables: options.otherTables === true ? others.sort() : null,
  };
}

/** `<prefix>.<schema>.<table>`; the boundaries and the logical messages of a source have two parts only. */
const isTable = (topic: string, prefix: string): boolean =>
  topic.startsWith(`${prefix}.`) && topic.slice(prefix.length + 1).includes('.');

const sourcesOf = ({ pipelines }: Config): TopicNaming[] =>
  Object.values(pipelines).flatMap(({ sources }) =>
    sources.map(({ connector, topicPrefix, topics }) => ({ connector: CONNECTORS[connector], topicPrefix, topics })),
  );
