/** Where requests and answers end, and what they are: real bytes, split anywhere. */
import { createRequire } from 'node:module';
import { Command } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { kafkaProtocol } from '../../proxy/kafka-protocol.js';
import type { Protocol } from '../../proxy/protocol.js';
import { redisProtocol } from '../../proxy/redis-protocol.js';
import { answer, apiKeys, endTxn, findCoordinator, frame, initProducerId } from './kafka-frames.js';
import { hears, wire } from './wire.js';

type Direction = 'requests' | 'answers';

/** Every way to cut the stream in two, and byte by byte. */
function expectFrames(protocol: Protocol<string>, direction: Direction, frames: readonly Buffer[]): void {
  const stream = Buffer.concat(frames);
  const read = (pieces: readonly Buffer[]): string[] => {
    const framing = protocol.framing(direction);
    return pieces.flatMap((piece) => framing.push(piece)).map((found) => found.toString('latin1'));
  };
  const expected = frames.map((each) => each.toString('latin1'));
  for (let at = 0; at <= stream.length; at += 1) {
    expect(read([stream.subarray(0, at), stream.subarray(at)])).toEqual(expected);
  }
  expect(read([...stream].map((byte) => Buffer.from([byte])))).toEqual(expected);
}

describe('frames of Kafka', () => {
  it('end where their length says', async () => {
    expectFrames(kafkaProtocol, 'requests', await Promise.all([endTxn(1), initProducerId(2), findCoordinator(3)]));
    expectFrames(kafkaProtocol, 'answers', [answer(1), answer(2, Buffer.alloc(0)), answer(3, Buffer.alloc(300, 7))]);
  });

  it('say which request they are and which answer', async () => {
    expect(kafkaProtocol.requestOf(await endTxn(77))).toEqual({ api: 'EndTxn', id: 77 });
    expect(kafkaProtocol.answerTo(answer(2 ** 31 - 1))).toEqual({ id: 2 ** 31 - 1 });
  });

  it('bear the names that kafkajs has for them', async () => {
    const load = createRequire(import.meta.url);
    const Encoder = load('kafkajs/src/protocol/encoder.js') as new () => object;
    const renamed: Readonly<Record<string, string>> = { GroupCoordinator: 'FindCoordinator' };
    const names = new Set<string>();
    for (const [name, apiKey] of Object.entries(apiKeys)) {
      const request = { apiKey, apiVersion: 0, apiName: name, encode: () => new Encoder() };
      const { api } = kafkaProtocol.requestOf(await frame(request, 1));
      if (api !== 'other') expect(api).toBe(renamed[name] ?? name);
      names.add(api);
    }
    for (const name of ['Produce', 'Fetch', 'JoinGroup', 'InitProducerId', 'AddPartitionsToTxn', 'TxnOffsetCommit']) {
      expect(names).toContain(name);
    }
  });
});

const commands = [
  new Command('evalsha', ['0123456789abcdef', '2', '{a}:marker', '{a}:order:1', 'new\r\nmarker', '']),
  new Command('get', ['ключ']),
  new Command('info', []),
].map((command) => Buffer.from(command.toWritable({})));

/** redis.io, "RESP protocol description": one of each type. */
const values = [
  '+OK\r\n',
  '-MISCONF Errors writing to the AOF file\r\n',
  ':-42\r\n',
  '$-1\r\n',
  '$0\r\n\r\n',
  '$7\r\nab\r\ncd\n\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*3\r\n$5\r\nsaved\r\n*2\r\n:1\r\n$-1\r\n+x\r\n',
  '_\r\n',
  '#t\r\n',
  ',1.5e3\r\n',
  '(3492890328409238509324850943850943825024385\r\n',
  '!21\r\nSYNTAX invalid syntax\r\n',
  '=15\r\ntxt:Some string\r\n',
  '%2\r\n+first\r\n:1\r\n+second\r\n*1\r\n_\r\n',
  '~2\r\n+a\r\n+b\r\n',
  '>2\r\n+invalidate\r\n*1\r\n$3\r\nfoo\r\n',
  '|1\r\n+ttl\r\n:3600\r\n$2\r\nok\r\n',
].map((text) => Buffer.from(text));

describe('values of Redis', () => {
  it('end where their types say, in RESP2 and RESP3', () => {
    expectFrames(redisProtocol, 'requests', [...commands, Buffer.from('PING\r\n')]);
    expectFrames(redisProtocol, 'answers', values);
  });

  it('name the command that they are', () => {
    expect(commands.map((command) => redisProtocol.requestOf(command).api)).toEqual(['EVALSHA', 'GET', 'INFO']);
    expect(redisProtocol.requestOf(Buffer.from('ping now\r\n')).api).toBe('PING');
  });

  it('are answers unless they were pushed', () => {
    const unasked = values.filter((value) => redisProtocol.answerTo(value) === 'unasked');
    expect(unasked.map(String)).toEqual(['>2\r\n+invalidate\r\n*1\r\n$3\r\nfoo\r\n']);
  });

  it('lose the answer of EVALSHA and of no other command, pushes between them or not', async () => {
    const [evalsha, get, infoCommand] = commands as [Buffer, Buffer, Buffer];
    const push = Buffer.from('>1\r\n+hello\r\n');
    const replies = Buffer.concat([
      push,
      ...['+value\r\n', '*1\r\n+saved\r\n', '+late\r\n'].map((text) => Buffer.from(text)),
    ]);
    const sent = Buffer.concat([get, evalsha, infoCommand]);
    let heard = 0;
    const { proxy, client } = await wire(redisProtocol, (bytes, socket) => {
      if ((heard += bytes.length) === sent.length) socket.write(replies);
    });
    const done = proxy.once({ on: 'EVALSHA', fault: 'swallow-answer' });
    const { send, ...end } = await client();
    send(sent);
    await done;
    await hears(end, Buffer.concat([push, Buffer.from('+value\r\n')]));
    expect(proxy.counts).toEqual({ 'EVALSHA swallow-answer': 1 });
  });
});
