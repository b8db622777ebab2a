/**
 * Connections that are given up when something was sent and nothing has been heard since for too long. kafkajs gives up a request and
 * asks again on the same connection; where the other end is gone without a word (a firewall that has forgotten it, a host without
 * power) it would do so until the kernel gives up, about a quarter of an hour later (tcp(7), tcp_retries2). This clock cannot jump, either:
 * the one that kafkajs times requests with (`Date.now`) can.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000; // as kafkajs has it

/** @param silenceMaxMs longer than the longest time that a broker may take for an answer. */
export const patientSockets =
  (silenceMaxMs: number): ISocketFactory =>
  ({ host, port, ssl, onConnect }) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const address = { host, port };
    // kafkajs says `ssl: null` for none, though its types do not.
    const secure = ssl as typeof ssl | null | undefined;
    const socket = secure ? connectTls({ ...address, ...name, ...secure }, onConnect) : connect(address, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    endSilence(socket, silenceMaxMs);
    return socket;
  };

function endSilence(socket: Socket, silenceMaxMs: number): void {
  let timer: NodeJS.Timeout | null = null;
  const isSilent = (): void => {
    socket.destroy(Object.assign(new Error(`nothing heard for ${silenceMaxMs} ms`), { code: 'ETIMEDOUT' }));
  };
  const calm = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]): boolean => {
    timer ??= setTimeout(isSilent, silenceMaxMs);
    return write(...args);
  };
  socket.on('data', calm).on('close', calm);
}
