/** Connections to Kafka that hear nothing are given up, and no others. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { patientSockets } from '../../../../src/adapters/kafka/socket.js';

const SILENCE_MAX_MS = 80;
const JOIN_MAX_MS = 240;
/** Length, key of JoinGroup, version. */
const JOIN = Buffer.from([0, 0, 0, 4, 0, 11, 0, 5]);
let server: Server | null = null;
let client: Socket | null = null;

afterEach(() => {
  client?.destroy();
  server?.close();
});

async function connected(answer: (socket: Socket, request: string) => void): Promise<Socket> {
  server = createServer((socket) => {
    socket.on('data', (bytes: Buffer) => answer(socket, bytes.toString()));
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((onConnect) => {
    // kafkajs passes null where no TLS is wanted, though its types do not say so
    const socket = patientSockets({ answerMs: SILENCE_MAX_MS, joinMs: JOIN_MAX_MS })({
      host: '127.0.0.1',
      port,
      ssl: null as never,
      onConnect,
    });
    client = socket;
  });
  return client!;
}

describe('a connection to Kafka', () => {
  it('ends with an error when a request finds no answer', async () => {
    const socket = await connected((other, request) => {
      if (request === 'first') other.write('answer');
    });
    socket.write('first');
    await once(socket, 'data');
    const failed = once(socket, 'error');
    const begun = performance.now();
    socket.write('second');
    expect(await failed).toMatchObject([{ code: 'ETIMEDOUT' }]);
    expect(performance.now() - begun).toBeGreaterThan(SILENCE_MAX_MS - 10);
    expect(socket.destroyed).toBe(true);
  });

  it('lets JoinGroup take longer, and what stands behind it', async () => {
    const socket = await connected(() => undefined);
    const failed = once(socket, 'error');
    const begun = performance.now();
    socket.write('request');
    socket.write(JOIN);
    socket.write('request');
    await failed;
    expect(performance.now() - begun).toBeGreaterThan(JOIN_MAX_MS - 10);
  });

  it('lasts while answers come, however long it is idle between', async () => {
    const socket = await connected((other) => setTimeout(() => other.write('late'), SILENCE_MAX_MS / 2));
    for (let i = 0; i < 3; i += 1) {
      socket.write('request');
      await once(socket, 'data');
      await new Promise((resolve) => setTimeout(resolve, 1.5 * SILENCE_MAX_MS)); // that is what idle means
    }
    expect(socket.destroyed).toBe(false);
  });
});
