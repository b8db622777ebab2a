import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';

/**
 * Free ports on 127.0.0.1 for services that will be killed and started again on the same port. They are taken from below
 * the ephemeral range (32768 and up on Linux): a port that listen(0) hands out can be taken by any outgoing connection
 * while its service is down, and a client that reconnects to it can even connect to itself.
 */
const portMin = 15_000;
const portMax = 30_000;

export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  while (ports.length < count) {
    const port = randomInt(portMin, portMax);
    const server = await listen(port);
    if (server === undefined) continue;
    held.push(server);
    ports.push(port);
  }
  await Promise.all(held.map((server) => once(server.close(), 'close')));
  return ports;
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined; // taken: the caller draws again
  }
}
