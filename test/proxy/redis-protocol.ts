/**
 * RESP2 and RESP3, as far as the relay needs them (redis.io/docs/latest/develop/reference/protocol-spec): where a value ends, and the
 * name of a command. Answers come in the order of the commands; a RESP3 push (`>`) comes unasked. Connections that subscribe
 * in RESP2 or MONITOR are not followed.
 */
import type { Framing, Protocol } from './protocol.js';

/** In capitals: `EVALSHA`, `GET`. A script is `EVALSHA` also when its text comes along, as it does the first time over each connection. */
export type RedisCommand = string;

export const redisProtocol: Protocol<RedisCommand> = {
  framing: () => new ValueFraming(),
  requestOf: (frame) => ({ api: commandOf(frame), id: null }),
  answerTo: (frame) => (typeOf(frame, 0) === '>' ? 'unasked' : { id: null }),
};

class ValueFraming implements Framing {
  #rest: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: Buffer[] = [];
    for (let end = valueEnd(this.#rest, 0); end !== null; end = valueEnd(this.#rest, 0)) {
      frames.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** Values inside an aggregate, for the number that it gives. A command without RESP around it (`PING\r\n`) is a line. */
const valuesIn: Readonly<Record<string, (count: number) => number>> = {
  '*': (count) => count,
  '~': (count) => count,
  '>': (count) => count,
  '%': (count) => 2 * count,
  '|': (count) => 2 * count + 1, // attributes stand before the value that they describe
};
const withBytes = new Set(['$', '!', '=']);

/** Where the value that starts at `from` ends, or null when it is not all there. */
export function valueEnd(bytes: Buffer, from: number): number | null {
  const lineEnd = bytes.indexOf('\r\n', from);
  if (lineEnd === -1) return null;
  const type = typeOf(bytes, from);
  const after = lineEnd + 2;
  const count = Number(bytes.toString('latin1', from + 1, lineEnd));
  if (withBytes.has(type)) return bytesEnd(bytes, after, count);
  const values = valuesIn[type]?.(count) ?? 0;
  let end: number | null = after;
  for (let i = 0; i < values && end !== null; i += 1) end = valueEnd(bytes, end);
  return end;
}

/** -1 is null in RESP2: nothing follows. */
function bytesEnd(bytes: Buffer, from: number, count: number): number | null {
  if (count < 0) return from;
  const end = from + count + 2;
  return end <= bytes.length ? end : null;
}

const typeOf = (bytes: Buffer, at: number): string => String.fromCharCode(bytes[at] ?? 0);

/** `*3\r\n$7\r\nEVALSHA\r\n...`, or a line. */
function commandOf(frame: Buffer): RedisCommand {
  const [first = '', , name = ''] = frame.toString('latin1', 0, 80).split('\r\n');
  const command = (first.startsWith('*') ? name : (first.split(' ')[0] ?? '')).toUpperCase();
  return command === 'EVAL' ? 'EVALSHA' : command;
}
