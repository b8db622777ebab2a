/**
 * `dragoman translate <recording>`: the whole pipeline over a recording, on the adapters in memory. One published event a line.
 * The same recording and rules give the same bytes.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { readRecording, type RecordedRecord } from '../adapters/files/recording.js';
import type { Config } from '../config/schema.js';
import { DragomanError } from '../errors.js';
import type { PipelineEvent } from '../pipeline/events.js';
import { embedded } from './embedded.js';
import { EXIT, print, say } from './exit.js';
import { type CommonOptions, configOf, rulesOf } from './load.js';

export interface TranslateOptions extends CommonOptions {
  readonly journal?: string;
}

export async function translateCommand(file: string, options: TranslateOptions): Promise<number> {
  const loaded = configOf(options, false);
  const rules = await rulesOf(options, loaded);
  const records = await readRecording(file);
  const { config, pipeline } = withPipeline(loaded.config, records);
  const decided: Extract<PipelineEvent, { kind: 'decided' }>[] = [];
  const parked: Extract<PipelineEvent, { kind: 'parked' | 'unplaced' }>[] = [];
  let open = 0;
  const { log, drain } = embedded({
    config,
    pipeline,
    rules,
    partitions: partitionCounts(records),
    observe: (event) => {
      if (event.kind === 'decided') decided.push(event);
      if (event.kind === 'parked' || event.kind === 'unplaced') parked.push(event);
      if (event.kind === 'sequenced') open = event.openTransactions;
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
      decided.map(({ entry }) => JSON.stringify(entry)),
    );
  const events = decided.reduce((sum, { events: published }) => sum + published.length, 0);
  say(
    `${records.length} records, ${decided.length} decisions, ${events} events, ${parked.length} parked, ${open} transactions open`,
  );
  for (const event of parked) {
    const subject = event.kind === 'parked' ? `${event.aggregate} ${event.id}` : `${event.table} ${event.key}`;
    say(`parked ${subject}: ${event.refusal.code}: ${event.refusal.text}`);
  }
  return parked.length > 0 ? EXIT.findings : EXIT.ok;
}

/** Without pipelines in the config, one is made for the source that the recording shows. */
export function withPipeline(config: Config, records: readonly RecordedRecord[]): { config: Config; pipeline: string } {
  const [configured] = Object.keys(config.pipelines);
  if (configured !== undefined) return { config, pipeline: configured };
  const name = sourceName(records);
  const source = {
    name,
    connector: 'postgresql',
    mode: 'exact',
    gaps: 'refuse',
    transactionTopic: `${name}.transaction`,
    topicPrefix: name,
    epoch: 0,
  } as const;
  return { config: { ...config, pipelines: { recording: { sources: [source] } } }, pipeline: 'recording' };
}

function sourceName(records: readonly RecordedRecord[]): string {
  const boundary = records.find(({ topic }) => topic.endsWith('.transaction'));
  if (boundary !== undefined) return boundary.topic.slice(0, -'.transaction'.length);
  throw new DragomanError(
    'TRANSACTION_TOPIC_MISSING',
    'The recording holds no transaction topic, so source transactions cannot be rebuilt. Record with provide.transaction.metadata=true, ' +
      'or name the source in a config file.',
  );
}

export function partitionCounts(records: readonly RecordedRecord[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { topic, partition } of records) {
    const number = Number(partition.slice(topic.length + 1)) + 1;
    counts.set(topic, Math.max(counts.get(topic) ?? 1, number));
  }
  return counts;
}

async function writeLines(file: string, lines: readonly string[]): Promise<void> {
  const stream = createWriteStream(file);
  for (const line of lines) if (!stream.write(`${line}\n`)) await once(stream, 'drain');
  stream.end();
  await once(stream, 'finish');
}
