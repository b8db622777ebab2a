/** Keys under `kafka`. Defaults follow the reference on kafkajs 2.2.4: its own are too short for real clusters. */
import { z } from 'zod';
import { hostPort, key, MEBIBYTE, MINUTE_MS, optionalText, whole } from './key.js';

const sslKeys = z
  .strictObject({
    enabled: key(z.boolean().default(false), 'Speak TLS to the brokers.'),
    caFile: key(
      optionalText(),
      'PEM file of the authority that signed the brokers; the system authorities when left out.',
    ),
    certFile: key(optionalText(), 'PEM file of the client certificate, for mutual TLS.'),
    keyFile: key(optionalText(), 'PEM file of the key of the client certificate.'),
    keyPassphrase: key(optionalText(), 'Passphrase of that key.', { secret: 'whole' }),
    rejectUnauthorized: key(z.boolean().default(true), 'Refuse brokers whose certificate does not verify.'),
  })
  .prefault({});

export const SASL_MECHANISMS = ['none', 'plain', 'scram-sha-256', 'scram-sha-512'] as const;

const saslKeys = z
  .strictObject({
    mechanism: key(z.enum(SASL_MECHANISMS).default('none'), 'How to log in; `plain` needs TLS.'),
    username: key(optionalText(), 'User name for SASL.'),
    password: key(optionalText(), 'Password for SASL.', { secret: 'whole' }),
  })
  .prefault({});

export const kafkaKeys = z
  .strictObject({
    brokers: key(
      z.array(hostPort()).min(1).default(['localhost:9092']),
      'Brokers to ask for the cluster, `host:port`.',
    ),
    clientId: key(z.string().min(1).default('dragoman'), 'Name under which the brokers log this client.'),
    ssl: sslKeys,
    sasl: saslKeys,
    connectionTimeoutMs: key(whole(100, 2 * MINUTE_MS).default(10_000), 'Time to open a connection.'),
    requestTimeoutMs: key(
      whole(1000, 5 * MINUTE_MS).default(15_000),
      'Time for one answer; after it the Kafka transaction counts as uncertain.',
    ),
    sessionTimeoutMs: key(
      whole(6000, 5 * MINUTE_MS).default(10_000),
      'Without a heartbeat for this long a member is dead and another takes its pipelines over.',
    ),
    heartbeatIntervalMs: key(
      whole(100, MINUTE_MS).default(3000),
      'Time between heartbeats; at most a third of the session.',
    ),
    rebalanceTimeoutMs: key(whole(1000, 10 * MINUTE_MS).default(60_000), 'Time for all members to join a rebalance.'),
    transactionTimeoutMs: key(
      whole(2000, 15 * MINUTE_MS).default(30_000),
      'After this the broker ends a Kafka transaction that its writer left open; readers wait for it until then.',
    ),
    fetchMaxBytes: key(
      whole(MEBIBYTE, 256 * MEBIBYTE).default(8 * MEBIBYTE),
      'Most bytes of one fetch from one broker.',
    ),
    fetchMaxBytesPerPartition: key(
      whole(64 * 1024, 64 * MEBIBYTE).default(MEBIBYTE / 4),
      'Most bytes of one partition in one fetch.',
    ),
    fetchMaxWaitMs: key(whole(1, 5000).default(200), 'How long a broker may hold a fetch that has nothing to return.'),
  })
  .prefault({});
