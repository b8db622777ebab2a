/**
 * `dragoman record <file>`: topics -> a recording that rules are tried with, on a machine that has no broker. Reads committed records up to the
 * end that there is when it begins, without a group. Columns of a class are taken out, and the recording says which.
 */
import { existsSync } from 'node:fs';
import type { Admin, Kafka } from 'kafkajs';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import { readRanges } from '../../adapters/kafka/read/range-reader.js';
import { type Registry, registryOf } from '../../adapters/registry/registry.js';
import type { Config } from '../../config/schema.js';
import { splitName } from '../../adapters/kafka/names.js';
import { CONNECTORS } from '../../decode/connectors/connectors.js';
import { notJson } from '../../decode/refused/topic.js';
import { isFramed } from '../../decode/registry/frame.js';
import { DragomanError } from '../../errors.js';
import { counted } from '../../observed/column.js';
import { CLASSED, Redaction, UNDECLARED } from '../../observed/redaction.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { RawRecord } from '../../pipeline/ports.js';
import { PlainRecords } from '../../pipeline/read/plain-records.js';
import type { CompiledRules } from '../../rules/compile.js';
import { EXIT, print, say } from '../exit.js';
import { type CommonOptions, configOf, rulesFolder, rulesOf } from '../load.js';
import { tableTopics } from '../rules/drift-records.js';
import { version } from '../version.js';
import { PartFile } from './part-file.js';
import { AggregatePick, type Pick, TransactionPick } from './picked.js';
import { type Ranges, rangesOf, rest, roundsOf, topicsOfConnector, type Window } from './ranges.js';
import { type Recorded, Recorder } from './recorder.js';

export interface RecordOptions extends CommonOptions, Window {
  readonly brokers?: readonly string[];
  /** `topic.prefix` of connectors. */
  readonly prefix?: readonly string[];
  readonly transactions?: readonly string[];
  /** `order:4711`. */
  readonly aggregates?: readonly string[];
  readonly redact?: readonly string[];
  readonly resume?: boolean;
  readonly json?: boolean;
}

export async function recordCommand(file: string, options: RecordOptions): Promise<number> {
  const loaded = configOf(options, false);
  const folder = rulesFolder(options, loaded);
  const hasRules = options.rules !== undefined || existsSync(folder);
  const question = new Question(options, loaded.config, hasRules ? await rulesOf(options, loaded) : null);
  if (question.isRedacted)
    say(hasRules ? `which columns have a class the rules in ${folder} say` : withoutRules(folder));
  const { brokers } = options;
  const kafka = kafkaClient(
    brokers === undefined ? loaded.config.kafka : { ...loaded.config.kafka, brokers },
    () => undefined,
  );
  const admin = kafka.admin();
  const registry = registryOf(loaded.config.registry);
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    const recorded = await recording(file, question, { kafka, admin, registry, isResumed: options.resume === true });
    await tell(file, recorded, options);
    return EXIT.ok;
  } finally {
    registry?.close();
    await admin.disconnect();
  }
}

const withoutRules = (folder: string): string =>
  `there are no rules in ${folder}: what is personal or secret is guessed by the names of columns; --rules names the folder, if there is one`;

const NOTHING = 'none';

/** @throws DragomanError COMMAND_INVALID for a class that no column of the rules has. */
function classesOf(redact: readonly string[], rules: CompiledRules | null): string[] {
  const declared = [...(rules?.tables.values() ?? [])].flatMap(({ columns }) => Object.values(columns));
  const own = declared.map(({ sensitivity }) => sensitivity).filter((one) => one !== 'public');
  const known = [...new Set([CLASSED, 'personal', 'secret', ...own, UNDECLARED, NOTHING])];
  const unknown = redact.find((one) => !known.includes(one));
  if (unknown !== undefined)
    throw invalid(`--redact ${unknown}: there is no such class; there are ${known.join(', ')}.`);
  return redact.filter((one) => one !== NOTHING);
}

/** What is asked for. */
export class Question {
  readonly window: Window;
  readonly pick: Pick | null;
  readonly recorder: Recorder;
  readonly isRedacted: boolean;
  /** As one text, with the rules by which columns are redacted and rows are picked. */
  readonly text: string;
  /** In words; absent: all records. */
  readonly only: string | null;
  readonly prefixes: readonly string[];
  readonly #config: Config;
  readonly #rules: CompiledRules | null;

  constructor(options: RecordOptions, config: Config, loaded: LoadedRules | null) {
    const { rules = null, digest = null } = loaded ?? {};
    const { transactions, aggregates, since, until, prefix, redact = [CLASSED] } = options;
    const classes = classesOf(redact, rules);
    this.isRedacted = classes.length > 0;
    const sources = Object.values(config.pipelines).flatMap((pipeline) => pipeline.sources);
    this.#config = config;
    this.#rules = rules;
    this.prefixes = prefix ?? sources.map(({ topicPrefix }) => topicPrefix);
    if (this.prefixes.length === 0)
      throw invalid(
        'Say which topics: --prefix <name>, the topic.prefix of the connector, or name its source in the config.',
      );
    this.window = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
    this.pick = pickOf(options, rules);
    this.recorder = new Recorder(new Redaction(classes, rules?.tables ?? new Map()), this.pick);
    this.text = JSON.stringify([this.prefixes, this.window, transactions ?? [], aggregates ?? [], classes, digest]);
    this.only = this.pick === null ? null : onlyWords(options);
  }

  /** Boundaries count rows that are not taken, so with a pick they are left out, and the rows' own places order them. */
  topicsIn(all: readonly string[]): string[] {
    const found = this.prefixes.map((prefix) => topicsOfConnector(all, prefix));
    return [...new Set(found.flatMap(({ rows, others }) => (this.pick === null ? [...rows, ...others] : rows)))];
  }

  rounds(ranges: Ranges): Ranges[] {
    const tables = [...(this.#rules?.tables.values() ?? [])];
    const sources = Object.values(this.#config.pipelines).flatMap((pipeline) => pipeline.sources);
    const namings = this.prefixes.map((topicPrefix) => {
      const source = sources.find((one) => one.topicPrefix === topicPrefix);
      return { connector: CONNECTORS[source?.connector ?? 'postgresql'], topicPrefix, topics: source?.topics ?? null };
    });
    return roundsOf(ranges, this.pick instanceof AggregatePick ? this.pick : null, tableTopics(namings, tables));
  }
}

function pickOf({ transactions, aggregates }: RecordOptions, rules: CompiledRules | null): Pick | null {
  if (transactions !== undefined && aggregates !== undefined)
    throw invalid('Give --transactions or --aggregates, not both.');
  if (transactions !== undefined) return new TransactionPick(transactions);
  if (aggregates === undefined) return null;
  if (rules === null) throw invalid('Which rows belong to an aggregate the rules say: name their folder by --rules.');
  const wanted = new Map<string, Set<string>>();
  for (const text of aggregates) {
    const colon = text.indexOf(':');
    const [name, id] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
    if (!rules.aggregates.has(name))
      throw invalid(`${text} names no aggregate of the rules; aggregates are named like order:4711.`);
    wanted.set(name, (wanted.get(name) ?? new Set()).add(id));
  }
  return new AggregatePick(rules, wanted);
}

const onlyWords = ({ transactions, aggregates }: RecordOptions): string =>
  transactions === undefined
    ? `rows of ${(aggregates ?? []).join(', ')}, without the boundaries of transactions`
    : `rows of the transactions ${transactions.join(', ')}, without their boundaries`;

const invalid = (text: string): DragomanError => new DragomanError('COMMAND_INVALID', text);

interface From {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly registry: Registry | null;
  readonly isResumed: boolean;
}

/** @throws DragomanError FILE_EXISTS, COMMAND_INVALID, KAFKA_UNAVAILABLE, what a registry says */
async function recording(
  file: string,
  question: Question,
  { kafka, admin, registry, isResumed }: From,
): Promise<Recorded> {
  const { recorder } = question;
  const { part, ranges } = isResumed
    ? await resumed(file, question)
    : await begun(
        file,
        question,
        await asking('The ends of the topics cannot be read', () => rangesIn(admin, question)),
      );
  const progress = new Progress(ranges);
  const plain = new PlainRecords(registry, 'wrapped');
  try {
    for (const round of question.rounds(ranges))
      for await (const chunk of readRanges(kafka, { what: 'The topics', ranges: round, expired: 'left out' })) {
        for (const record of chunk?.records ?? []) {
          const read = await inJson(chunk?.partition ?? '', record, plain);
          if (read !== null) for (const line of recorder.lines(chunk?.partition ?? '', read)) await part.write(line);
          progress.read();
        }
      }
  } finally {
    await part.close();
  }
  await part.finish();
  return recorder.recorded;
}

/** Null: it is left out. Bytes that are no JSON would be others as text, and nobody could tell what in them is to be redacted. @throws DragomanError SOURCE_UNSUPPORTED */
async function inJson(partition: string, record: RawRecord, plain: PlainRecords): Promise<RawRecord | null> {
  const read = await plain.kept(record);
  if (read.unread !== undefined) {
    say(`${partition} at offset ${read.offset} is left out: ${read.unread}`);
    return null;
  }
  if (read.value !== null && isFramed(read.value))
    throw notJson({ topic: splitName(partition).topic, offset: read.offset });
  return read;
}

async function rangesIn(admin: Admin, question: Question): Promise<Ranges> {
  const topics = question.topicsIn(await admin.listTopics());
  if (topics.length === 0)
    throw new DragomanError(
      'TOPIC_MISSING',
      `There is no topic of ${question.prefixes.join(', ')}. Look at the topic.prefix of the connector.`,
    );
  return rangesOf(admin, topics.sort(), question.window);
}

async function begun(
  file: string,
  { text, only }: Question,
  ranges: Ranges,
): Promise<{ part: PartFile; ranges: Ranges }> {
  const pairs = [...ranges].map(([partition, { from, to }]) => [partition, [from, to]] as const);
  const head = { recording: 1, made: `dragoman ${version}`, asked: text, ranges: Object.fromEntries(pairs) } as const;
  return { part: await PartFile.begin(file, only === null ? head : { ...head, only }), ranges };
}

async function resumed(file: string, { text, recorder }: Question): Promise<{ part: PartFile; ranges: Ranges }> {
  const { part, head } = await PartFile.resume(file, text, (line) => recorder.learn(line));
  const ranges = new Map(Object.entries(head.ranges).map(([partition, [from, to]]) => [partition, { from, to }]));
  say(`going on after ${counted(recorder.recorded.records, 'record')}`);
  return { part, ranges: rest(ranges, recorder.recorded.next) };
}

const TOLD_EVERY_MS = 2_000;

/** Told now and then, while it takes long. */
class Progress {
  readonly #total: number;
  #read = 0;
  #toldMs = performance.now();

  constructor(ranges: Ranges) {
    this.#total = [...ranges.values()].reduce((sum, { from, to }) => sum + to - from, 0);
  }

  read(): void {
    this.#read += 1;
    if (performance.now() - this.#toldMs < TOLD_EVERY_MS) return;
    this.#toldMs = performance.now();
    const percent = Math.min(99, Math.floor((this.#read / Math.max(this.#total, 1)) * 100));
    say(`${counted(this.#read, 'record')} read, ${percent} %`);
  }
}

async function tell(
  file: string,
  { records, redacted, opaque, leftOut, columns }: Recorded,
  { json }: RecordOptions,
): Promise<void> {
  const hidden = Object.fromEntries([...columns].map(([table, names]) => [table, [...names]]));
  if (json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/record@1', file, records, leftOut, opaque, redacted: hidden }));
  say(`${file}: ${counted(records, 'record')}${leftOut === 0 ? '' : `, ${leftOut} left out`}`);
  const tables = Object.entries(hidden).map(([table, names]) => `${table} (${names.join(', ')})`);
  say(
    tables.length === 0
      ? 'nothing is redacted: no column has a class by the rules or by its name; look whether that is so before you give it away'
      : `redacted in ${counted(redacted, 'record')}: ${tables.join('; ')}. Everything else is as it came: look before you give it away`,
  );
  if (opaque > 0)
    say(
      `written as they came, because nothing tells their columns: ${counted(opaque, 'record')} (logical messages, changes of schemas, rows without ` +
        'their envelope)',
    );
}
