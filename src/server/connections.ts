/**
 * Connections of an HTTP server: so many at most, and a newcomer always gets in. When all are taken, the address that has most of them
 * gives its oldest one up, so that nobody keeps the probes of an orchestrator out by holding connections open. Browsers open some before they ask
 * for anything: nothing is under way on those, and a server that closes does not wait for them.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** @returns what ends connections on which nothing was ever asked, and lets no more in. */
export function boundConnections(server: Server, connectionsMax: number): () => void {
  /** By address, oldest first. */
  const open = new Map<string, Set<Socket>>();
  let count = 0;
  let isClosing = false;
  server.on('connection', (socket: Socket) => {
    if (isClosing) return void socket.destroy();
    if (count >= connectionsMax) oldestOfMost(open)?.destroy();
    const address = socket.remoteAddress ?? '';
    const others = open.get(address) ?? new Set();
    open.set(address, others.add(socket));
    count += 1;
    socket.once('close', () => {
      count -= 1;
      others.delete(socket);
      if (others.size === 0 && open.get(address) === others) open.delete(address);
    });
  });
  return () => {
    isClosing = true;
    for (const sockets of open.values()) for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
}

function oldestOfMost(open: ReadonlyMap<string, ReadonlySet<Socket>>): Socket | undefined {
  let most: ReadonlySet<Socket> = new Set();
  for (const sockets of open.values()) if (sockets.size > most.size) most = sockets;
  for (const socket of most) if (!socket.destroyed) return socket;
  return undefined;
}
