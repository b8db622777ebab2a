/**
 * `dragoman conform`: what in a contract topic breaks the protocol of ownership. Reads the topic from its beginning up to where it ends now, committed
 * records only, without a group, and writes nothing. Exit code 3 on findings.
 */
import type { Admin, Kafka } from 'kafkajs';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import { partitionName, splitName } from '../../adapters/kafka/names.js';
import { readRanges } from '../../adapters/kafka/read/range-reader.js';
import type { PublishedContract } from '../../contracts/published.js';
import { trialTopic } from '../../domain/ownership/topics.js';
import { DragomanError } from '../../errors.js';
import { readExport } from '../contracts/check/read-export.js';
import { publishedOf } from '../contracts/published.js';
import { EXIT, print, say } from '../exit.js';
import { type CommonOptions, configOf, rulesOf } from '../load.js';
import { CONFORM_CODES, type ConformCode, type Finding } from './codes.js';
import { Conformance, FINDINGS_MAX } from './conformance.js';

export interface ConformOptions extends CommonOptions {
  readonly topic: string;
  /** Folder of an export; absent: contracts of the rules. */
  readonly contracts?: string;
  readonly json?: boolean;
}

/** Each event is remembered by its id: some 200 bytes. */
const EVENTS_MAX = 5_000_000;
const CODES_WIDTH = Math.max(...Object.keys(CONFORM_CODES).map(({ length }) => length));

export interface ConformReport {
  readonly topic: string;
  readonly partitions: number;
  readonly records: number;
  readonly events: number;
  readonly handovers: number;
  /** Of types that the contracts do not have. */
  readonly passed: number;
  /** False: more events than are remembered; those behind were not looked at. */
  readonly isWhole: boolean;
  /** All, by code. */
  readonly counts: Readonly<Partial<Record<ConformCode, number>>>;
  /** At most 1,000. */
  readonly findings: readonly Finding[];
}

export async function conformCommand(options: ConformOptions): Promise<number> {
  const loaded = configOf(options, false);
  const contracts =
    options.contracts === undefined
      ? publishedOf((await rulesOf(options, loaded)).rules, loaded.config).map(({ contract }) => contract)
      : readExport(options.contracts);
  const known = contracts.map(({ topic }) => topic);
  if (![...known, ...known.map(trialTopic)].includes(options.topic))
    throw new DragomanError(
      'COMMAND_INVALID',
      `No contract has the topic ${options.topic}. ${known.length === 0 ? 'There are none' : `They have ${[...new Set(known)].join(', ')}`}.`,
    );
  const kafka = kafkaClient(loaded.config.kafka, () => undefined);
  const admin = kafka.admin();
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    const report = await conformOf(kafka, admin, options.topic, contracts);
    await show(report, options.json === true);
    return report.isWhole && report.findings.length === 0 ? EXIT.ok : EXIT.findings;
  } finally {
    await admin.disconnect();
  }
}

/** @param admin connected. @throws DragomanError KAFKA_UNAVAILABLE, TOPIC_MISSING, ACCESS_DENIED */
export async function conformOf(
  kafka: Kafka,
  admin: Admin,
  topic: string,
  contracts: readonly PublishedContract[],
  eventsMax = EVENTS_MAX,
): Promise<ConformReport> {
  const topics = await asking('Topics cannot be listed', () => admin.listTopics());
  if (!topics.includes(topic)) throw new DragomanError('TOPIC_MISSING', `Topic ${topic} does not exist.`);
  const ends = await asking(`The ends of ${topic} cannot be read`, () => admin.fetchTopicOffsets(topic));
  const partitions = ends.toSorted((a, b) => a.partition - b.partition).map(({ low }) => ({ isCut: Number(low) > 0 }));
  const ranges = new Map(
    ends.map(({ partition, low, high }) => [partitionName(topic, partition), { from: Number(low), to: Number(high) }]),
  );
  const conformance = new Conformance(topic, partitions, contracts);
  let isWhole = true;
  for await (const chunk of readRanges(kafka, { what: `Topic ${topic}`, ranges, expired: 'left out' })) {
    if (chunk === null) continue;
    const { partition } = splitName(chunk.partition);
    for (const record of chunk.records) conformance.see({ ...record, topic, partition });
    isWhole = conformance.events < eventsMax;
    if (!isWhole) break;
  }
  if (isWhole) conformance.end();
  const { records, events, handovers, passed, counts, findings } = conformance;
  return {
    ...{ topic, partitions: partitions.length, records, events, handovers: handovers.count, passed, isWhole },
    ...{ counts: Object.fromEntries(counts), findings },
  };
}

async function show(report: ConformReport, json: boolean): Promise<void> {
  if (json) await print(JSON.stringify({ schema: 'dragoman.cli/conform@1', ...report }));
  else
    for (const { code, place, contract, key, text } of report.findings)
      await print([code.padEnd(CODES_WIDTH), place, contract ?? '-', key ?? '-', text].join('  '));
  const { topic, events, handovers, passed, counts, isWhole } = report;
  const found = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const more = found > FINDINGS_MAX ? ` (the first ${FINDINGS_MAX} are listed)` : '';
  say(
    `${topic}: ${events} events, ${handovers} handover records, ${passed} records of other contracts: ` +
      `${found === 0 ? 'nothing breaks the protocol' : `${found} findings${more}`}${isWhole ? '' : `; only the first ${EVENTS_MAX} events were looked at`}`,
  );
}
