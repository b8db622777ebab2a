/**
 * `dragoman translate <recording>`: the whole pipeline over a recording, on the adapters in memory. One published event a line.
 * The same recording and rules give the same bytes.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline as piped } from 'node:stream/promises';
import { openRecording, type RecordedRecord } from '../../adapters/files/recording.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import { writing } from '../../adapters/files/writing.js';
import { sourceOf } from '../../config/keys/pipelines.js';
import type { Config, SourceConfig } from '../../config/schema.js';
import type { BeginningPolicy } from '../../domain/source/beginning.js';
import { delimiterOf } from '../../domain/source/topic-pattern.js';
import { DragomanError } from '../../errors.js';
import type { PipelineEvent } from '../../pipeline/events.js';
import { EXIT, print, say } from '../exit.js';
import { type CommonOptions, configOf, rulesOf } from '../load.js';
import { inputTopics } from '../wiring.js';
import { embedded } from './embedded.js';
import { COLUMN_REDACTED, REDACTED_FIX, RedactedReads, redactedText } from './redacted-reads.js';
import { recordedSource, recordedTables } from './recorded-source.js';
import { listed, type NoRows, noRowsText, silentTopics, TranslateReport } from './translate-report.js';

export interface TranslateOptions extends CommonOptions {
  readonly journal?: string;
  /** In the place of what the config says of every source. */
  readonly beginning?: BeginningPolicy;
}

export async function translateCommand(file: string, options: TranslateOptions): Promise<number> {
  const loaded = configOf(options, false);
  const { records, redacted, only } = await openRecording(file);
  const reads = new RedactedReads(redacted);
  const rules = await rulesOf(options, loaded, reads.watch);
  const { config, pipeline } = beginningWith(options.beginning, withPipeline(loaded.config, records));
  const decided: Extract<PipelineEvent, { kind: 'decided' }>[] = [];
  const report = new TranslateReport();
  const partitions = partitionCounts(records);
  const sources = config.pipelines[pipeline]?.sources ?? [];
  const { log, journal, drain } = embedded({
    ...{ config, pipeline, rules, partitions },
    observe: (event) => {
      if (event.kind === 'decided') decided.push(event);
      report.observe(event);
    },
  });
  for (const { partition, ...record } of records) log.append(partition, record);
  await drain();

  for (const { events } of decided) {
    for (const { topic, key, headers, value } of events) await print(JSON.stringify({ topic, key, headers, value }));
  }
  if (options.journal !== undefined)
    await writeLines(
      options.journal,
      journal().map((entry) => JSON.stringify(entry)),
    );
  const events = decided.reduce((sum, { events: published }) => sum + published.length, 0);
  const { parked, openTransactions } = report;
  say(
    `${records.length} records, ${decided.length} decisions, ${events} events, ${parked} parked, ${openTransactions} transactions open`,
  );
  for (const line of report.interventions()) say(line);
  const there = whatWasThere(records, sources, rules);
  const silent = silentTopics(there);
  if (report.hasRows && silent.length > 0) say(`no record of declared tables in: ${listed(silent)}`);
  if (only !== null) say(`the recording has only ${only}`);
  const asked = reads.found.map(
    (read) => `${COLUMN_REDACTED}: the ${read.what} ${redactedText(read)}. ${REDACTED_FIX}`,
  );
  const findings = [...(report.hasRows ? [] : [noRowsText(there)]), ...report.findings(), ...asked];
  for (const line of findings) say(line);
  return findings.length > 0 ? EXIT.findings : EXIT.ok;
}

function whatWasThere(
  records: readonly RecordedRecord[],
  sources: readonly SourceConfig[],
  rules: LoadedRules,
): NoRows {
  const seen = new Set(records.map(({ topic }) => topic));
  const expected = inputTopics(sources, rules, seen).filter((topic) =>
    sources.every(({ transactionTopic }) => topic !== transactionTopic),
  );
  const pattern = recordedSource(records)?.topics ?? null;
  return { seen, expected, tables: recordedTables(records), pattern, configured: sources.map(({ topics }) => topics) };
}

/** The config with this beginning for every source of the pipeline. */
export function beginningWith(
  beginning: BeginningPolicy | undefined,
  { config, pipeline }: { readonly config: Config; readonly pipeline: string },
): { config: Config; pipeline: string } {
  const configured = config.pipelines[pipeline];
  if (beginning === undefined || configured === undefined) return { config, pipeline };
  const pipelines = {
    ...config.pipelines,
    [pipeline]: { ...configured, sources: configured.sources.map((one) => ({ ...one, beginning })) },
  };
  return { config: { ...config, pipelines }, pipeline };
}

/** Without pipelines in the config, one is made for the source that the recording shows. */
export function withPipeline(config: Config, records: readonly RecordedRecord[]): { config: Config; pipeline: string } {
  const [configured] = Object.keys(config.pipelines);
  if (configured !== undefined) return { config, pipeline: configured };
  return {
    config: { ...config, pipelines: { recording: { sources: [sourceIn(records)], qualifier: null, shards: 1 } } },
    pipeline: 'recording',
  };
}

/** What the recording shows of its connector. Nothing is on its way any more, so position mode needs no grace. */
function sourceIn(records: readonly RecordedRecord[]): SourceConfig {
  const shown = recordedSource(records);
  const suffix = `${delimiterOf(shown?.topics)}transaction`;
  const boundary = records.find(
    ({ topic }) => topic.endsWith(suffix) && (shown === null || topic.startsWith(shown.name)),
  );
  const name = shown?.name ?? boundary?.topic.slice(0, -suffix.length);
  if (name === undefined) {
    throw new DragomanError(
      'TRANSACTION_TOPIC_MISSING',
      'The recording holds neither a transaction topic nor a row with its source, so source transactions cannot be rebuilt. Record ' +
        'with provide.transaction.metadata=true and without flattening, or name the source in a config file.',
    );
  }
  const { connector = 'postgresql', topics = null } = shown ?? {};
  return sourceOf({ name, connector, topics, mode: boundary === undefined ? 'position' : 'exact', graceMs: 0 });
}

export function partitionCounts(records: readonly RecordedRecord[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { topic, partition } of records) {
    const number = Number(partition.slice(topic.length + 1)) + 1;
    counts.set(topic, Math.max(counts.get(topic) ?? 1, number));
  }
  return counts;
}

const writeLines = (file: string, lines: readonly string[]): Promise<void> =>
  writing(`--journal ${file}`, 'What is there of it is not whole.', () =>
    piped(Readable.from(lines.map((line) => `${line}\n`)), createWriteStream(file, { mode: 0o600 })),
  );
