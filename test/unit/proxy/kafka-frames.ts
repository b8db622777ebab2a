/** Frames of Kafka as kafkajs encodes them, and a server that answers each with its correlation id. */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

interface Encoded {
  readonly buffer: Buffer;
}
interface KafkaRequest {
  readonly apiKey: number;
  readonly apiName: string;
}
type EncodeRequest = (options: object) => Promise<Encoded>;

const load = createRequire(import.meta.url);
const protocol = 'kafkajs/src/protocol';
const encode = load(`${protocol}/request.js`) as EncodeRequest;
export const apiKeys = load(`${protocol}/requests/apiKeys.js`) as Readonly<Record<string, number>>;

const requestOf = (folder: string, version: number): ((options: object) => KafkaRequest) =>
  load(`${protocol}/requests/${folder}/v${version}/request.js`) as (options: object) => KafkaRequest;

export async function frame(request: KafkaRequest, correlationId: number): Promise<Buffer> {
  return (await encode({ request, correlationId, clientId: 'wire' })).buffer;
}

export const endTxn = (correlationId: number): Promise<Buffer> =>
  frame(
    requestOf('endTxn', 1)({ transactionalId: 't', producerId: 7, producerEpoch: 1, transactionResult: true }),
    correlationId,
  );

export const initProducerId = (correlationId: number): Promise<Buffer> =>
  frame(requestOf('initProducerId', 1)({ transactionalId: 't', transactionTimeout: 10_000 }), correlationId);

export const findCoordinator = (correlationId: number): Promise<Buffer> =>
  frame(requestOf('findCoordinator', 1)({ coordinatorKey: 'g', coordinatorType: 0 }), correlationId);

/** Length, correlation id, and a body of any length. */
export function answer(correlationId: number, body = Buffer.from([0, 0])): Buffer {
  const header = Buffer.alloc(8);
  header.writeInt32BE(4 + body.length, 0);
  header.writeInt32BE(correlationId, 4);
  return Buffer.concat([header, body]);
}

/** Answers every whole request, in order; `skip` names correlation ids that get none. */
export function answering(skip: readonly number[] = []): (bytes: Buffer, socket: Socket) => void {
  const held = new Map<Socket, Buffer>();
  return (bytes, socket) => {
    let rest = Buffer.concat([held.get(socket) ?? Buffer.alloc(0), bytes]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const id = rest.readInt32BE(8);
      if (!skip.includes(id)) socket.write(answer(id));
      rest = rest.subarray(4 + rest.readInt32BE(0));
    }
    held.set(socket, rest);
  };
}
