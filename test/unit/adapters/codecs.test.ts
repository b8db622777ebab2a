/**
 * Record batches as brokers of Kafka 4.3 compress them (`batches/`, recorded: a topic for each `compression.type`, 1,400 records, more
 * than one block of each codec), and as others frame Snappy. What a batch may become is bounded.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import kafkajs from 'kafkajs';
import lz4 from 'lz4js';
import snappy from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { BATCH_BYTES_MAX, type Codec, decompress, registerCodecs } from '../../../src/adapters/kafka/codecs.js';
import { unavailable } from '../../../src/adapters/kafka/failure.js';
import { findings, type TopicPlan } from '../../../src/adapters/kafka/topics.js';

const CODECS: readonly Codec[] = ['gzip', 'snappy', 'lz4', 'zstd'];
const recorded = (codec: Codec): Buffer => readFileSync(new URL(`./batches/${codec}.bin`, import.meta.url));
const LENGTH = 123_426;
const SHA256 = 'c818a6282ba396f6408b33e531bfebe8666b0db605d0b8e996fcc57bb0c4abb9';
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.each(CODECS)('a batch of a broker, compressed with %s', (codec) => {
  it('is read', async () => {
    const bytes = await decompress(codec, recorded(codec));
    expect([bytes.length, hash(bytes)]).toEqual([LENGTH, SHA256]);
    expect(bytes.toString()).toContain('row 1399 of a table that is compressed');
  });

  it('is read up to the bytes that one may have, and refused with the name of the codec beyond', async () => {
    expect((await decompress(codec, recorded(codec), LENGTH)).length).toBe(LENGTH);
    await expect(decompress(codec, recorded(codec), LENGTH - 1)).rejects.toMatchObject({
      code: 'RECORD_UNDECODABLE',
      message: expect.stringContaining(
        `compressed with ${codec}, cannot be decompressed into at most 123425 bytes`,
      ) as string,
    });
  });

  it('is refused when it is none', async () => {
    await expect(decompress(codec, Buffer.from('this was never compressed'))).rejects.toMatchObject({
      code: 'RECORD_UNDECODABLE',
    });
  });

  it('is what kafkajs asks for, and its refusal survives what kafkajs makes of it', async () => {
    registerCodecs();
    const types = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
    const factories: Readonly<Record<number, () => unknown>> = kafkajs.CompressionCodecs;
    const made = factories[types[codec]]?.() as { readonly decompress: (bytes: Buffer) => Promise<Buffer> };
    const asked = (bytes: Buffer): Promise<Buffer> => made.decompress(bytes);
    expect((await asked(recorded(codec))).length).toBe(LENGTH);
    const refused = await asked(Buffer.from('nothing')).catch((error: unknown) => error as Error);
    const wrapped = Object.assign(new kafkajs.KafkaJSNonRetriableError('x'), { cause: refused });
    expect(unavailable('The consumer has stopped', wrapped)).toBe(refused);
  });
});

describe('a bomb', () => {
  const large = Buffer.alloc(64 * 1024 * 1024);

  it('is not unpacked: LZ4 and Snappy by what they say, gzip and Zstandard when they have become too much', async () => {
    const bombs: [Codec, Buffer][] = [
      ['lz4', Buffer.from(lz4.compress(large))],
      ['snappy', snappy.compress(large)],
    ];
    for (const [codec, bytes] of bombs) {
      expect(bytes.length).toBeLessThan(4_000_000);
      await expect(decompress(codec, bytes, 1_000_000)).rejects.toMatchObject({ code: 'RECORD_UNDECODABLE' });
    }
    expect(BATCH_BYTES_MAX).toBe(256 * 1024 * 1024);
  });
});

describe('Snappy', () => {
  it('comes as one bare block, too (librdkafka)', async () => {
    const text = 'a row, a row, a row, a row';
    expect((await decompress('snappy', snappy.compress(Buffer.from(text)))).toString()).toBe(text);
  });

  it('in a frame that is cut is refused', async () => {
    const bytes = recorded('snappy');
    await expect(decompress('snappy', bytes.subarray(0, bytes.length - 1))).rejects.toMatchObject({
      code: 'RECORD_UNDECODABLE',
    });
  });
});

describe('the compression of a topic', () => {
  const plan = (kind: TopicPlan['kind']): TopicPlan => ({
    topic: 't',
    kind,
    partitions: 1,
    replicationFactor: 1,
    settings: {},
  });
  const found = (kind: TopicPlan['kind'], type: string): string[] => {
    const settings = new Map([
      ['compression.type', type],
      ['cleanup.policy', kind === 'journal' ? 'compact' : 'delete'],
    ]);
    return findings(plan(kind), { partitions: 1, settings }).map(({ code, text }) => `${code}: ${text}`);
  };

  it.each(['uncompressed', 'producer', ...CODECS])('%s is fit', (type) => {
    for (const kind of ['table', 'transactions', 'journal', 'internal'] as const) expect(found(kind, type)).toEqual([]);
  });

  it('that is not known is refused before anything is read, with its name', () => {
    for (const kind of ['table', 'transactions', 'journal', 'internal'] as const)
      expect(found(kind, 'brotli')).toEqual([
        'TOPIC_MISCONFIGURED: Topic t has compression.type=brotli, which cannot be read here; set it to one of uncompressed, producer, ' +
          'gzip, snappy, lz4, zstd, and see that no batch of it is left.',
      ]);
    expect(found('contract', 'brotli')).toEqual([]); // written only
  });
});
