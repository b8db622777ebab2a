/** Connections of kafkajs over a broker that answers ApiVersions and then is silent: no timer is set into the past, and none without need. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { afterEach, expect, it, vi } from 'vitest';
import { kafkaClient } from '../../../../src/adapters/kafka/client.js';
import { configOf } from '../../../support/rig.js';

let server: Server | undefined;
const sockets: Socket[] = [];

afterEach(() => {
  vi.restoreAllMocks();
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

/** Answers each request with its correlation id and no more than ApiVersions has: no error, Metadata (3) up to version 6, throttled by 300 ms. */
async function broker(): Promise<string> {
  const listening = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (request) => {
      const [apiKey, version] = [request.readInt16BE(4), request.readInt16BE(6)];
      if (apiKey !== 18) return;
      const body = Buffer.alloc(4 + 2 + 4 + 2 * 6 + (version > 0 ? 4 : 0));
      request.copy(body, 0, 8, 12);
      body.writeInt32BE(2, 6);
      for (const [i, [key, highest]] of [
        [3, 6],
        [18, 2],
      ].entries()) {
        body.writeInt16BE(key!, 10 + 6 * i);
        body.writeInt16BE(highest!, 14 + 6 * i);
      }
      if (version > 0) body.writeInt32BE(300, 22);
      const length = Buffer.alloc(4);
      length.writeInt32BE(body.length);
      socket.write(Buffer.concat([length, body]));
    });
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  server = listening;
  await once(listening, 'listening');
  return `127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

/** Delays that are asked while a client connects and waits for an answer that never comes: for half a second, and until they are enough. */
async function delays(
  make: (address: string) => kafkajs.Kafka,
  areEnough: (asked: readonly number[]) => boolean = () => true,
): Promise<number[]> {
  const address = await broker();
  const asked = vi.spyOn(globalThis, 'setTimeout');
  const admin = make(address).admin();
  const connecting = admin.connect().catch(() => undefined);
  const found = (): number[] => asked.mock.calls.map(([, ms]) => ms ?? 0);
  await delay(500);
  for (let waited = 0; waited < 10_000 && !areEnough(found()); waited += 100) await delay(100);
  const all = found();
  expect(sockets.length).toBeGreaterThan(0);
  for (const socket of sockets) socket.destroy();
  await connecting;
  await admin.disconnect();
  return all;
}

it('set no timer into the past', async () => {
  const config = { ...configOf().kafka, requestTimeoutMs: 400 };
  const asked = await delays((address) => kafkaClient({ ...config, brokers: [address] }, () => undefined));
  expect(asked.filter((ms) => ms < 0)).toEqual([]);
  expect(asked.length).toBeLessThan(60);
});

it('which kafkajs by itself does', async () => {
  const settings = { logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 0 }, requestTimeout: 400 };
  const past = (asked: readonly number[]): number => asked.filter((ms) => ms < 0).length;
  const asked = await delays(
    (address) => new kafkajs.Kafka({ ...settings, brokers: [address] }),
    (soFar) => past(soFar) > 100,
  );
  expect(past(asked)).toBeGreaterThan(100);
});
