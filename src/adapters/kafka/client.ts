/** Makes kafkajs clients out of the config. One `Kafka` object for each consumer: its cache of committed offsets is shared otherwise. */
import { readFileSync } from 'node:fs';
import { Kafka, type KafkaConfig as KafkaSettings, logLevel, type SASLOptions } from 'kafkajs';
import type { KafkaConfig } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { withCalmQueues, withWholeEnds } from './clusters.js';
import { registerCodecs } from './codecs/codecs.js';
import { patientSockets, type Patience } from './socket.js';

/** Warnings of kafkajs that go to our log; everything below is noise. */
export type KafkaLog = (level: 'error' | 'warn', text: string, details: Record<string, unknown>) => void;

/** CONCURRENT_TRANSACTIONS is asked again in place; COORDINATOR_NOT_AVAILABLE and rebalances pass by themselves. */
const EXPECTED = ['another concurrent operation on the same transaction', 'The group is rebalancing'];

/** Beyond what kafkajs waits for an answer: it should say first which request it was. */
const SILENCE_MARGIN_MS = 1_000;
/** What kafkajs allows for JoinGroup beyond the time for a rebalance. */
const JOIN_MARGIN_MS = 5_000;

export function kafkaClient(config: KafkaConfig, log: KafkaLog): Kafka {
  registerCodecs();
  const { ssl, sasl } = config;
  const settings: KafkaSettings = {
    clientId: config.clientId,
    brokers: [...config.brokers],
    connectionTimeout: config.connectionTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    socketFactory: patientSockets(patienceOf(config)),
    retry: { initialRetryTime: 100, retries: 5 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ level, namespace, log: entry }) => {
        if (EXPECTED.some((text) => String(entry.error).includes(text))) return;
        log(level === logLevel.ERROR ? 'error' : 'warn', entry.message, { namespace, error: entry.error as unknown });
      },
    ...(ssl.enabled ? { ssl: tls(ssl) } : {}),
    ...(sasl.mechanism === 'none' ? {} : { sasl: login(sasl) }),
  };
  return withWholeEnds(withCalmQueues(new Kafka(settings)));
}

const patienceOf = ({ requestTimeoutMs, rebalanceTimeoutMs }: KafkaConfig): Patience => ({
  answerMs: requestTimeoutMs + SILENCE_MARGIN_MS,
  joinMs: Math.max(requestTimeoutMs, rebalanceTimeoutMs + JOIN_MARGIN_MS) + SILENCE_MARGIN_MS,
});

function tls(ssl: KafkaConfig['ssl']): NonNullable<KafkaSettings['ssl']> {
  return {
    rejectUnauthorized: ssl.rejectUnauthorized,
    ...(ssl.caFile === null ? {} : { ca: pem(ssl.caFile, 'kafka.ssl.caFile') }),
    ...(ssl.certFile === null ? {} : { cert: pem(ssl.certFile, 'kafka.ssl.certFile') }),
    ...(ssl.keyFile === null ? {} : { key: pem(ssl.keyFile, 'kafka.ssl.keyFile') }),
    ...(ssl.keyPassphrase === null ? {} : { passphrase: ssl.keyPassphrase }),
  };
}

function login({ mechanism, username, password }: KafkaConfig['sasl']): SASLOptions {
  return { mechanism, username: username ?? '', password: password ?? '' } as SASLOptions;
}

function pem(file: string, key: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DragomanError('CONFIG_INVALID', `${key}: ${file} cannot be read.`, { cause });
  }
}
