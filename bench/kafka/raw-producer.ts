/**
 * A producer for a cluster of one broker: Produce requests over one connection, several under way at a time, answers checked.
 * Neither idempotent nor transactional, without retries: an error ends the measurement. Order of requests = order in the log.
 * Source: Kafka protocol guide, Produce version 3 (the oldest that Kafka 4 takes).
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { int16, int32, text } from '../../src/adapters/kafka/compact.js';
import { BenchError } from '../bench-error.js';

export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

const PRODUCE = 0;
const VERSION = 3;
const CLIENT = 'bench';
const ACKS_ALL = -1;
const TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: BenchError) => void;
}

export class RawProducer {
  readonly #socket: Socket;
  /** The broker answers in the order of the requests. */
  readonly #waiting: Waiting[] = [];
  #received: Buffer = Buffer.alloc(0);
  #correlation = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', (error) => this.#fail(error.message));
    socket.on('close', () => this.#fail('the broker closed the connection'));
  }

  /** @param broker `host:port` */
  static async open(broker: string): Promise<RawProducer> {
    const colon = broker.lastIndexOf(':');
    const socket = connect({ host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)), noDelay: true });
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
    return new RawProducer(socket);
  }

  /** Requests that have no answer yet. */
  get underWay(): number {
    return this.#waiting.length;
  }

  /** Resolves when the broker has written all of it. @throws BenchError BROKER_REFUSED */
  send(batches: readonly PartitionBatch[]): Promise<void> {
    this.#correlation += 1;
    for (const part of produceRequest(this.#correlation, batches)) this.#socket.write(part);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= 4) {
      const length = this.#received.readInt32BE(0);
      if (this.#received.length < 4 + length) return;
      const refused = firstError(this.#received.subarray(8, 4 + length));
      this.#received = this.#received.subarray(4 + length);
      const waiting = this.#waiting.shift();
      if (refused === null) waiting?.resolve();
      else waiting?.reject(new BenchError('BROKER_REFUSED', refused));
    }
  }

  #fail(text: string): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new BenchError('BROKER_REFUSED', text));
  }
}

/** Length and header, then a head and the batch for each partition. */
function produceRequest(correlation: number, batches: readonly PartitionBatch[]): Buffer[] {
  const parts = batches.flatMap(({ topic, partition, batch }) => [
    Buffer.concat([text(topic), int32(1), int32(partition), int32(batch.length)]),
    batch,
  ]);
  const head = Buffer.concat([
    ...[int16(PRODUCE), int16(VERSION), int32(correlation), text(CLIENT)],
    ...[int16(-1), int16(ACKS_ALL), int32(TIMEOUT_MS), int32(batches.length)], // -1: no transactional id
  ]);
  const length = parts.reduce((sum, part) => sum + part.length, head.length);
  return [int32(length), head, ...parts];
}

/** [topic [partition int32, error int16, base offset int64, append time int64]], throttle int32 */
function firstError(body: Buffer): string | null {
  let at = 4;
  for (let topics = body.readInt32BE(0); topics > 0; topics -= 1) {
    const nameEnd = at + 2 + body.readInt16BE(at);
    const topic = body.toString('utf8', at + 2, nameEnd);
    at = nameEnd + 4;
    for (let partitions = body.readInt32BE(nameEnd); partitions > 0; partitions -= 1) {
      const error = body.readInt16BE(at + 4);
      if (error !== 0) return `Kafka error ${error} for ${topic}/${body.readInt32BE(at)}`;
      at += 22;
    }
  }
  return null;
}
