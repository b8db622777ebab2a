/** Both ends of the wire around a proxy: a server that answers as it is told, and a client that keeps what it hears. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, vi } from 'vitest';
import { FaultProxy } from '../../proxy/fault-proxy.js';
import type { Protocol } from '../../proxy/protocol.js';
import { freePorts } from '../../stack/ports.js';

const host = '127.0.0.1';
const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export interface Heard {
  /** Everything so far. */
  readonly bytes: () => Buffer;
  readonly isOver: () => boolean;
}

export type Client = Heard & { readonly send: (bytes: Buffer) => void; readonly leave: () => void };

export interface Wire<Api extends string> {
  readonly proxy: FaultProxy<Api>;
  readonly client: () => Promise<Client>;
  /** What the server heard, by connection in the order of their coming. */
  readonly connections: readonly Heard[];
  readonly server: FakeServer;
}

/** Called with each connection's bytes as they come. */
export type Answering = (bytes: Buffer, socket: Socket) => void;

/** `answer` is called with every piece of bytes that the server gets. */
export async function wire<Api extends string>(protocol: Protocol<Api>, answer: Answering): Promise<Wire<Api>> {
  const [to = 0, port = 0] = await freePorts(2);
  const server = await FakeServer.start(to, answer);
  const proxy = new FaultProxy(protocol, [{ name: 'redis', port, to }]);
  await proxy.start();
  cleanups.push(() => proxy.stop());
  return { proxy, server, connections: server.connections, client: () => openClient(port) };
}

export class FakeServer {
  readonly connections: Heard[] = [];
  readonly #server: Server;
  readonly #sockets: Socket[] = [];

  private constructor(
    readonly port: number,
    answer: Answering,
  ) {
    this.#server = createServer((socket) => {
      this.connections.push(hear(socket));
      this.#sockets.push(socket);
      socket.on('data', (bytes: Buffer) => answer(bytes, socket));
    });
  }

  static async start(port: number, answer: Answering): Promise<FakeServer> {
    const fake = new FakeServer(port, answer);
    fake.#server.listen(port, host);
    await once(fake.#server, 'listening');
    cleanups.push(() => fake.close());
    return fake;
  }

  static async startAnywhere(answer: Answering): Promise<FakeServer> {
    const [port = 0] = await freePorts(1);
    return FakeServer.start(port, answer);
  }

  /** Listens no more, and ends every connection. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets.splice(0)) socket.destroy();
  }
}

async function openClient(port: number): Promise<Client> {
  const socket = connect(port, host);
  const heard = hear(socket);
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  socket.setNoDelay(true);
  cleanups.push(() => void socket.destroy());
  return { ...heard, send: (bytes) => void socket.write(bytes), leave: () => void socket.destroy() };
}

function hear(socket: Socket): Heard {
  const chunks: Buffer[] = [];
  let over = false;
  socket.on('data', (bytes: Buffer) => void chunks.push(bytes));
  socket.on('error', () => (over = true));
  socket.on('end', () => (over = true));
  return { bytes: () => Buffer.concat(chunks), isOver: () => over };
}

export const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5_000, interval: 2 });

export const hears = (heard: Heard, bytes: Buffer): Promise<void> =>
  eventually(() => expect(heard.bytes().toString('hex')).toBe(bytes.toString('hex')));
