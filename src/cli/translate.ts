/**
 * `dragoman translate <recording>`: the whole pipeline over a recording, on the adapters in memory. One published event a line.
 * The same recording and rules give the same bytes.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { z } from 'zod';
import { readRecording, type RecordedRecord } from '../adapters/files/recording.js';
import { sourceOf } from '../config/pipeline-keys.js';
import type { Config, SourceConfig } from '../config/schema.js';
import { CONNECTOR_NAMES } from '../decode/connectors.js';
import { parseObject, SchemaPrefixes } from '../decode/envelope.js';
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
  return { config: { ...config, pipelines: { recording: { sources: [sourceIn(records)] } } }, pipeline: 'recording' };
}

/** What the recording shows of its connector. Nothing is on its way any more, so position mode needs no grace. */
function sourceIn(records: readonly RecordedRecord[]): SourceConfig {
  const boundary = records.find(({ topic }) => topic.endsWith('.transaction'));
  const seen = records.map(sourceBlock).find((block) => block !== null);
  const name = boundary === undefined ? seen?.name : boundary.topic.slice(0, -'.transaction'.length);
  if (name === undefined) {
    throw new DragomanError(
      'TRANSACTION_TOPIC_MISSING',
      'The recording holds neither a transaction topic nor a row with its source, so source transactions cannot be rebuilt. Record ' +
        'with provide.transaction.metadata=true and without flattening, or name the source in a config file.',
    );
  }
  const connector = CONNECTOR_NAMES.find((known) => known === seen?.connector) ?? 'postgresql';
  return sourceOf({ name, connector, mode: boundary === undefined ? 'position' : 'exact', graceMs: 0 });
}

const envelope = z.object({ source: z.object({ name: z.string(), connector: z.string() }) });

function sourceBlock({ value }: RecordedRecord): { readonly name: string; readonly connector: string } | null {
  const body = value === null ? null : parseObject(value, new SchemaPrefixes());
  return envelope.safeParse(body).data?.source ?? null;
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
