/**
 * The independent reader: Kafka's own ConsoleConsumer, in Java, a client that shares nothing with Dragoman. It reads a topic from
 * its beginning to where nothing more comes. Source: DefaultMessageFormatter of Kafka 4 (order and prefixes of what it prints).
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';
import { askKafka } from '../stack/ask-kafka.js';
import type { Stack } from '../stack/stack.js';
import { readState } from '../stack/state-file.js';
import { E2eError } from './e2e-error.js';
import type { PublishedRecord } from './published.js';
import { ReaderGroup } from './reader-group.js';

export type Isolation = 'read_committed' | 'read_uncommitted';

export interface ReadRequest {
  readonly topic: string;
  readonly isolation: Isolation;
  /** False: partition and offset are enough, values are left empty. */
  readonly withValues?: boolean;
}

/** Nothing came for so long after a record: the end. */
const SILENCE_MS = 12_000;
/** Until the first record: starting a JVM and joining a group take long on a busy machine. */
const FIRST_RECORD_MS = 90_000;
/** In a container only the consumer itself can tell the time, and it has one for both. */
const SILENCE_IN_CONTAINER_MS = 30_000;
/** Without a configuration log4j writes errors to stdout, from other threads, into the middle of a record. */
const QUIET = '-Dlog4j2.level=OFF';
const HEADER_SEPARATOR = '\u001f';
const FIELD_SEPARATOR = '\t';

/** All records, each partition in order. @throws E2eError READER_FAILED, RECORD_UNREADABLE */
export async function readTopic(stack: Stack<'kafka'>, request: ReadRequest): Promise<PublishedRecord[]> {
  const records: PublishedRecord[] = [];
  await readThrough(stack, request, (record) => void records.push(record));
  return records;
}

/** The same, one record at a time: for topics that do not fit in memory. @throws E2eError READER_FAILED, RECORD_UNREADABLE */
export async function readThrough(
  stack: Stack<'kafka'>,
  request: ReadRequest,
  see: (record: PublishedRecord) => void,
): Promise<void> {
  if (await isEmpty(stack, request.topic)) return;
  const isDocker = stack.provider === 'docker';
  const args = consumerArguments(request, isDocker ? SILENCE_IN_CONTAINER_MS : FIRST_RECORD_MS);
  let seen = 0;
  const onLine = (line: string): void => {
    if (!isRecord(line)) return;
    see(recordOf(line, request.withValues !== false));
    seen += 1;
  };
  const errors = isDocker ? await inContainer(stack, args, onLine) : await inJvm(stack, request.topic, args, onLine);
  const counted = countIn(errors);
  if (seen === counted) return;
  throw new E2eError('READER_FAILED', `${request.topic}: ${seen} records printed, but ${counted} were counted`);
}

/** A reader would wait for its first record in vain. */
async function isEmpty(stack: Stack<'kafka'>, topic: string): Promise<boolean> {
  const ends = await askKafka(kafkaOf(stack), (admin) => admin.fetchTopicOffsets(topic));
  return ends.every(({ low, high }) => low === high);
}

const kafkaOf = ({ endpoints }: Stack<'kafka'>): Kafka =>
  new Kafka({ brokers: [...endpoints.kafka.bootstrapServers], logLevel: logLevel.NOTHING });

function consumerArguments({ topic, isolation, withValues }: ReadRequest, timeoutMs: number): string[] {
  const wants = String(withValues !== false);
  const properties = {
    'print.timestamp': 'true',
    'print.partition': 'true',
    'print.offset': 'true',
    'print.headers': wants,
    'print.key': wants,
    'print.value': wants,
    'key.separator': FIELD_SEPARATOR,
    'headers.separator': HEADER_SEPARATOR,
  };
  return [
    ...['--topic', topic, '--from-beginning', '--isolation-level', isolation, '--timeout-ms', String(timeoutMs)],
    ...Object.entries(properties).flatMap(([name, value]) => ['--formatter-property', `${name}=${value}`]),
  ];
}

type OnLine = (line: string) => void;

/**
 * It is told to end when its group says that it has read the topic to the end, and says its count then; when it cannot be followed so,
 * its silence tells. @returns what it says on stderr.
 */
async function inJvm(stack: Stack<'kafka'>, topic: string, args: readonly string[], onLine: OnLine): Promise<string> {
  const [{ provideJars }, { javaCommand, SHORT_LIVED }, { pathOf }] = await Promise.all([
    import('../stack/native/jars.js'),
    import('../stack/native/java.js'),
    import('../stack/native/tools.js'),
  ]);
  const { classPath } = await provideJars(() => undefined);
  const jvm = { java: await pathOf('java'), classPath };
  const group = new ReaderGroup(kafkaOf(stack), topic);
  const all = ['--bootstrap-server', stack.endpoints.kafka.bootstrapServers.join(','), ...group.arguments, ...args];
  const command = javaCommand(jvm, 'org.apache.kafka.tools.consumer.ConsoleConsumer', all, {
    heapMb: 256,
    flags: [...SHORT_LIVED, QUIET],
  });
  const child = spawn(command.command, command.args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  const stop = (): void => void child.kill('SIGTERM');
  const gone = new AbortController();
  const following = group.untilAllIsRead(gone.signal).then(
    (isRead) => (isRead ? stop() : undefined),
    () => undefined, // its silence tells
  );
  let silence: NodeJS.Timeout | undefined;
  try {
    let errors = '';
    child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
    for await (const line of createInterface({ input: child.stdout })) {
      onLine(line);
      clearTimeout(silence);
      if (isRecord(line)) silence = setTimeout(stop, SILENCE_MS);
    }
    return errors;
  } finally {
    clearTimeout(silence);
    gone.abort();
    await following;
    await group.remove();
    process.off('exit', end);
  }
}

async function inContainer(stack: Stack<'kafka'>, args: readonly string[], onLine: OnLine): Promise<string> {
  const [{ dockerClient }, { inside }] = await Promise.all([
    import('../stack/docker/daemon.js'),
    import('../stack/docker/environment.js'),
  ]);
  const part = (await readState(stack.stateFile))?.parts['kafka-1'] as { readonly containerId: string } | undefined;
  if (part === undefined) throw new E2eError('READER_FAILED', 'the stack has no container kafka-1');
  const client = await dockerClient();
  const command = [
    '/opt/kafka/bin/kafka-console-consumer.sh',
    '--bootstrap-server',
    `kafka-1:${inside.kafka}`,
    ...args,
  ];
  const { stdout, stderr } = await client.container.exec(client.container.getById(part.containerId), command);
  stdout.split('\n').forEach(onLine);
  return stderr;
}

/** It ends by a time-out or when it is told to, with whatever exit code, but only a reader that was well says this. */
function countIn(errors: string): number {
  const [, count] = /Processed a total of (\d+) messages/.exec(errors) ?? [];
  if (count === undefined)
    throw new E2eError('READER_FAILED', `the console consumer did not end well:\n${errors.slice(-2_000)}`);
  return Number(count);
}

/** Log lines may stand between; the count at the end tells whether one was taken for a record, or the other way round. */
const isRecord = (line: string): boolean => /^[A-Za-z]+Time:\d+\t/.test(line);

function recordOf(line: string, withValues: boolean): PublishedRecord {
  const [time = '', partition = '', offset = '', headers = '', key = '', ...rest] = line.split(FIELD_SEPARATOR);
  const numbers = [
    /^(?:Create|LogAppend)Time:(\d+)$/.exec(time),
    /^Partition:(\d+)$/.exec(partition),
    /^Offset:(\d+)$/.exec(offset),
  ];
  const [timestampMs, partitionNumber, offsetNumber] = numbers.map((found) => Number(found?.[1]));
  if (numbers.includes(null) || (withValues && rest.length !== 1)) {
    const shown = line.length <= 600 ? line : `${line.slice(0, 300)} ... ${line.slice(-300)}`;
    throw new E2eError('RECORD_UNREADABLE', `the console consumer printed ${rest.length} values: ${shown}`);
  }
  return {
    partition: partitionNumber ?? -1,
    offset: offsetNumber ?? -1,
    timestampMs: timestampMs ?? 0,
    key,
    headers: headersOf(headers),
    value: rest[0] ?? '',
  };
}

function headersOf(text: string): Record<string, string> {
  if (text === '' || text === 'NO_HEADERS') return {};
  const pairs = text.split(HEADER_SEPARATOR).map((pair): [string, string] => {
    const colon = pair.indexOf(':');
    return [pair.slice(0, colon), pair.slice(colon + 1)];
  });
  return Object.fromEntries(pairs);
}
