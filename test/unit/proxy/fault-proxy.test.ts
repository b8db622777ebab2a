/** The relay over sockets: what passes passes whole and in order, and what goes wrong is one answer and not another. */
import { describe, expect, it } from 'vitest';
import { FaultPlan, faultKinds, type FaultKind } from '../../proxy/faults.js';
import { kafkaProtocol, type KafkaApi } from '../../proxy/kafka-protocol.js';
import { Random } from '../../../legacy-db/workload/random.js';
import { answer, answering, endTxn, findCoordinator, initProducerId } from './kafka-frames.js';
import { eventually, FakeServer, hears, wire, type Wire } from './wire.js';

const kafkaWire = (skip: readonly number[] = []): Promise<Wire<KafkaApi>> => wire(kafkaProtocol, answering(skip));
const frames = Promise.all([findCoordinator(1), initProducerId(2), endTxn(3), findCoordinator(4)]);
const answers = (...ids: number[]): Buffer => Buffer.concat(ids.map((id) => answer(id)));

describe('the proxy', () => {
  it('passes requests that are split at any byte, and answers in order', async () => {
    const { client, connections, proxy } = await kafkaWire();
    const stream = Buffer.concat(await frames);
    for (let at = 1; at < stream.length; at += 1) {
      const { send, leave, ...heard } = await client();
      send(stream.subarray(0, at));
      await new Promise(setImmediate);
      send(stream.subarray(at));
      await hears(heard, answers(1, 2, 3, 4));
      expect(connections.at(-1)?.bytes()).toEqual(stream);
      leave();
    }
    expect(proxy.seen).toEqual({
      FindCoordinator: 2 * (stream.length - 1),
      InitProducerId: stream.length - 1,
      EndTxn: stream.length - 1,
    });
    expect(proxy.counts).toEqual({});
  });

  it('puts answers together that come byte by byte', async () => {
    const whole = answers(3, 1);
    const { client } = await wire(kafkaProtocol, (_, socket) => {
      for (const byte of whole) socket.write(Buffer.from([byte]));
    });
    const { send, ...heard } = await client();
    send(await endTxn(3));
    await hears(heard, whole);
  });

  it('cuts the connection instead of giving one answer, after the server has done it', async () => {
    const { proxy, client, connections } = await kafkaWire();
    const done = proxy.once({ on: 'EndTxn', fault: 'cut-answer' });
    const { send, ...heard } = await client();
    const [first, second, third] = await frames;
    send(Buffer.concat([first, second, third])); // in one piece
    await done;
    await eventually(() => expect(heard.isOver()).toBe(true));
    expect(heard.bytes()).toEqual(answers(1, 2));
    expect(connections[0]!.bytes()).toEqual(Buffer.concat([first, second, third]));
    expect(proxy.counts).toEqual({ 'EndTxn cut-answer': 1 });
  });

  it('swallows an answer and everything after it on its connection, and leaves others alone', async () => {
    const { proxy, client, connections } = await kafkaWire();
    const done = proxy.once({ on: 'InitProducerId', fault: 'swallow-answer' });
    const [mute, other] = [await client(), await client()];
    const [first, second, third] = await frames;
    mute.send(Buffer.concat([first, second]));
    await done;
    mute.send(third);
    await eventually(() => expect(connections[0]!.bytes()).toEqual(Buffer.concat([first, second, third])));
    other.send(second);
    await hears(other, answers(2));
    expect(mute.bytes()).toEqual(answers(1));
    expect(mute.isOver()).toBe(false);
  });

  it('delays an answer, and those behind it', async () => {
    const { proxy, client } = await kafkaWire();
    const done = proxy.once({ on: 'InitProducerId', fault: 'delay-answer', delayMs: 150 });
    const { send, ...heard } = await client();
    const [first, second, third] = await frames;
    const begun = performance.now();
    send(Buffer.concat([first, second, third]));
    await hears(heard, answers(1));
    await done;
    expect(performance.now() - begun).toBeGreaterThan(140);
    await hears(heard, answers(1, 2, 3));
  });

  it('cuts before a request, which the server never sees', async () => {
    const { proxy, client, connections } = await kafkaWire();
    const { send, ...heard } = await client();
    const [first, , third] = await frames;
    send(first);
    await hears(heard, answers(1));
    const done = proxy.once({ on: 'EndTxn', fault: 'cut-request' });
    send(third);
    await done;
    await eventually(() => expect([heard.isOver(), connections[0]!.isOver()]).toEqual([true, true]));
    expect(connections[0]!.bytes()).toEqual(first);
  });

  it('cuts inside a request: the server sees half of it, and no answer comes', async () => {
    const { proxy, client, connections } = await kafkaWire();
    const done = proxy.once({ on: 'EndTxn', fault: 'cut-in-request' });
    const { send, ...heard } = await client();
    const [first, , third, fourth] = await frames;
    send(Buffer.concat([first, third, fourth]));
    await done;
    await eventually(() => expect([heard.isOver(), connections[0]!.isOver()]).toEqual([true, true]));
    expect(connections[0]!.bytes()).toEqual(Buffer.concat([first, third.subarray(0, Math.ceil(third.length / 2))]));
  });

  it('does not take the answer of another request for one that gets none', async () => {
    const { proxy, client } = await kafkaWire([2]);
    void proxy.once({ on: 'InitProducerId', fault: 'cut-answer' });
    const { send, ...heard } = await client();
    const [first, second, third] = await frames;
    send(Buffer.concat([first, second, third]));
    await hears(heard, answers(1, 3));
    expect(proxy.counts).toEqual({});
  });

  it('leaves an order to the next request when a connection ends before its answer', async () => {
    const { proxy, client, connections } = await kafkaWire([2]);
    const done = proxy.once({ on: 'InitProducerId', fault: 'cut-answer' });
    const gone = await client();
    gone.send(await initProducerId(2));
    await eventually(() => expect(connections[0]?.bytes().length).toBeGreaterThan(0));
    gone.leave();
    await eventually(() => expect(connections[0]!.isOver()).toBe(true));
    const next = await client();
    next.send(await initProducerId(5));
    await done;
    await eventually(() => expect(next.isOver()).toBe(true));
    expect(proxy.counts).toEqual({ 'InitProducerId cut-answer': 1 });
  });

  it('carries out orders for one API in turn, and forgets them when calmed', async () => {
    const { proxy, client } = await kafkaWire();
    const done = proxy.once({ on: 'EndTxn', fault: 'cut-request' });
    void proxy.once({ on: 'EndTxn', fault: 'cut-answer' });
    (await client()).send(await endTxn(1));
    await done;
    expect(proxy.counts).toEqual({ 'EndTxn cut-request': 1 });
    proxy.calm();
    const { send, ...heard } = await client();
    send(await endTxn(2));
    await hears(heard, answers(2));
  });
});

describe('the link as a whole', () => {
  it('is cut, and refuses for a while', async () => {
    const { proxy, client } = await kafkaWire();
    const before = await client();
    before.send(await endTxn(1));
    await hears(before, answers(1));
    const over = proxy.partition(100);
    await eventually(() => expect(before.isOver()).toBe(true));
    const refused = await client();
    await eventually(() => expect(refused.isOver()).toBe(true));
    await over;
    const after = await client();
    after.send(await endTxn(2));
    await hears(after, answers(2));
    expect(proxy.counts).toEqual({ 'connection cut': 1, 'connection refused': 1 });
  });

  it('stalls without losing a byte', async () => {
    const { proxy, client, connections } = await kafkaWire();
    const { send, ...heard } = await client();
    send(await endTxn(1));
    await hears(heard, answers(1));
    proxy.stall();
    send(await endTxn(2));
    await eventually(() => expect(proxy.seen.EndTxn).toBe(2)); // it is in the proxy
    expect(connections[0]!.bytes()).toEqual(await endTxn(1));
    proxy.resume();
    await hears(heard, answers(1, 2));
  });

  it('is slow, byte for byte', async () => {
    const { proxy, client } = await kafkaWire();
    const request = await endTxn(1);
    proxy.slow(300);
    const { send, ...heard } = await client();
    const begun = performance.now();
    send(request);
    await hears(heard, answers(1));
    expect(performance.now() - begun).toBeGreaterThan(((request.length + answer(1).length) / 300) * 1_000 * 0.9);
  });

  it('moves to another server', async () => {
    const { proxy, client, connections, server } = await kafkaWire();
    const before = await client();
    before.send(await endTxn(1));
    await hears(before, answers(1));
    const other = await FakeServer.startAnywhere(answering());
    proxy.retarget('redis', other.port);
    await eventually(() => expect(before.isOver()).toBe(true));
    const after = await client();
    after.send(await endTxn(2));
    await hears(after, answers(2));
    expect([connections.length, other.connections.length]).toEqual([1, 1]);
    expect(server.connections[0]!.isOver()).toBe(true);
  });

  it('ends when the server ends it, and when nobody listens there', async () => {
    const { proxy, client, server } = await kafkaWire();
    const seen = await client();
    seen.send(await endTxn(1));
    await hears(seen, answers(1));
    server.close();
    await eventually(() => expect(seen.isOver()).toBe(true));
    const nobody = await client();
    await eventually(() => expect(nobody.isOver()).toBe(true));
    await proxy.stop();
  });
});

describe('chance', () => {
  const settings = { probability: 0.2, on: ['EndTxn', 'Produce'], faults: faultKinds, delayMsMax: 50 } as const;
  const drawn = (seed: number): (FaultKind | null)[] => {
    const plan = new FaultPlan<KafkaApi>();
    plan.random({ ...settings, seed }, new Random(seed, 0));
    return Array.from({ length: 500 }, (_, i) => plan.next(i % 2 === 0 ? 'EndTxn' : 'Produce')?.kind ?? null);
  };

  it('gives the same faults for the same seed and requests, and others for another', () => {
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  it('brings every kind of fault about as often as it is asked to', () => {
    const kinds = drawn(3).filter((kind) => kind !== null);
    expect(new Set(kinds)).toEqual(new Set(faultKinds));
    expect(kinds.length).toBeGreaterThan(60);
    expect(kinds.length).toBeLessThan(140);
  });

  it('leaves other requests alone', () => {
    const plan = new FaultPlan<KafkaApi>();
    plan.random({ ...settings, probability: 1, seed: 1 }, new Random(1, 0));
    expect(plan.next('Fetch')).toBeNull();
    expect(plan.next('Produce')).not.toBeNull();
  });
});
