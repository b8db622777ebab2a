/**
 * Connections that are given up when something was sent and nothing has been heard since for too long. kafkajs gives up a request and
 * asks again on the same connection; where the other end is gone without a word (a firewall that has forgotten it, a host without
 * power) it would do so until the kernel gives up, about a quarter of an hour later (tcp(7), tcp_retries2). This clock cannot jump, either:
 * the one that kafkajs times requests with (`Date.now`) can.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

/** Longer than a broker may take for an answer. */
export interface Patience {
  /** For JoinGroup, which is answered when all members have joined. */
  readonly joinMs: number;
  /** For every other request. */
  readonly answerMs: number;
}

const KEEP_ALIVE_MS = 60_000; // as kafkajs has it
/** A request is its length in 4 bytes, then the key of its API in 2 (kafka.apache.org/protocol). */
const API_KEY_AT = 4;
const JOIN_GROUP = 11;

export const patientSockets =
  (patience: Patience): ISocketFactory =>
  ({ host, port, ssl, onConnect }) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const address = { host, port };
    // kafkajs says `ssl: null` for none, though its types do not.
    const secure = ssl as typeof ssl | null | undefined;
    const socket = secure ? connectTls({ ...address, ...name, ...secure }, onConnect) : connect(address, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    endSilence(socket, patience);
    return socket;
  };

/** Counts from the first request that is not answered; a broker answers the next ones on a connection only after JoinGroup. */
function endSilence(socket: Socket, { answerMs, joinMs }: Patience): void {
  let timer: NodeJS.Timeout | null = null;
  const calm = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const endAfter = (ms: number): void => {
    calm();
    timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error(`nothing heard for ${ms} ms`), { code: 'ETIMEDOUT' }));
    }, ms);
  };
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]): boolean => {
    if (isJoin(args[0])) endAfter(joinMs);
    else if (timer === null) endAfter(answerMs);
    return write(...args);
  };
  socket.on('data', calm).on('close', calm);
}

const isJoin = (request: unknown): boolean =>
  Buffer.isBuffer(request) && request.length >= API_KEY_AT + 2 && request.readInt16BE(API_KEY_AT) === JOIN_GROUP;
