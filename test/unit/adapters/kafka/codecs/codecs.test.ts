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
import {
  BATCH_BYTES_MAX,
  type Codec,
  decompress,
  registerCodecs,
  ZSTD_WINDOW_BYTES_MAX,
} from '../../../../../src/adapters/kafka/codecs/codecs.js';
import { unavailable } from '../../../../../src/adapters/kafka/failure.js';
import {
  findings,
  journalSettings,
  PROGRESS_SETTINGS,
  STATE_SETTINGS,
  type TopicPlan,
} from '../../../../../src/adapters/kafka/ground/topics.js';

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

describe('Zstandard: what a frame says has to be kept', () => {
  const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  const CONTENT = Buffer.from('a row');
  /** One block, as it is, the last one. */
  const block = Buffer.concat([Buffer.from([(CONTENT.length << 3) | 1, 0, 0]), CONTENT]);
  const ofWindow = (exponent: number, mantissa: number): Buffer =>
    Buffer.concat([MAGIC, Buffer.from([0, (exponent << 3) | mantissa]), block]);
  const ofOneSegment = (length: number, sizeFlag: 0 | 2): Buffer => {
    const size = Buffer.alloc(sizeFlag === 0 ? 1 : 4);
    size.writeUIntLE(length, 0, size.length);
    return Buffer.concat([MAGIC, Buffer.from([0x20 | (sizeFlag << 6)]), size, block]);
  };
  const skipped = Buffer.concat([Buffer.from([0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0]), Buffer.from('no')]);
  const [LARGEST, BEYOND] = [ofWindow(17, 0), ofWindow(17, 1)];

  it.each<[string, Buffer, string]>([
    ['the largest window', LARGEST, 'a row'],
    ['one segment', ofOneSegment(CONTENT.length, 0), 'a row'],
    ['something to skip, and two frames', Buffer.concat([skipped, LARGEST, ofWindow(0, 0)]), 'a rowa row'],
  ])('%s is read', async (_, bytes, text) => {
    expect((await decompress('zstd', bytes)).toString()).toBe(text);
  });

  it.each<[string, Buffer, RegExp]>([
    ['a window beyond it', BEYOND, /says that 150994944 bytes have to be kept .*at most 134217728.*windowLog above 27/],
    ['one of which a shift would lose the size', ofWindow(31, 7), /says that 4123168604160 bytes have to be kept/],
    ['one in the second frame', Buffer.concat([LARGEST, BEYOND]), /says that 150994944 bytes/],
    ['one behind something to skip', Buffer.concat([skipped, BEYOND]), /says that 150994944 bytes/],
    ['one segment beyond it', ofOneSegment(ZSTD_WINDOW_BYTES_MAX + 1, 2), /says that 134217729 bytes have to be kept/],
    [
      'content beyond what a batch may become',
      ofOneSegment(BATCH_BYTES_MAX + 1, 2),
      /says that it becomes 268435457 bytes/,
    ],
    ['a head that is cut', BEYOND.subarray(0, 5), /is cut/],
    ['blocks that are cut', LARGEST.subarray(0, 8), /is cut/],
    ['something to skip that is cut', skipped.subarray(0, 7), /is cut/],
  ])('%s is refused before memory is taken', async (_, bytes, text) => {
    const before = process.memoryUsage().arrayBuffers;
    await expect(decompress('zstd', bytes)).rejects.toMatchObject({
      code: 'RECORD_UNDECODABLE',
      message: expect.stringMatching(text) as string,
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  it('is as zstd has it', () => {
    expect(ZSTD_WINDOW_BYTES_MAX).toBe(2 ** 27);
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
  const created: Partial<Record<TopicPlan['kind'], Readonly<Record<string, string>>>> = {
    state: STATE_SETTINGS,
    journal: journalSettings(60_000),
    progress: PROGRESS_SETTINGS,
  };
  const found = (kind: TopicPlan['kind'], type: string): string[] => {
    const settings = new Map(Object.entries({ ...created[kind], 'compression.type': type }));
    return findings(plan(kind), { partitions: 1, settings }).map(({ code, text }) => `${code}: ${text}`);
  };

  const READ = ['table', 'transactions', 'state', 'journal', 'progress', 'internal'] as const;

  it.each(['uncompressed', 'producer', ...CODECS])('%s is fit', (type) => {
    for (const kind of READ) expect(found(kind, type)).toEqual([]);
  });

  it('that is not known is refused before anything is read, with its name', () => {
    for (const kind of READ)
      expect(found(kind, 'brotli')).toEqual([
        'TOPIC_MISCONFIGURED: Topic t has compression.type=brotli, which cannot be read here; set it to one of uncompressed, producer, ' +
          'gzip, snappy, lz4, zstd, and see that no batch of it is left.',
      ]);
    expect(found('contract', 'brotli')).toEqual([]); // written only
  });
});
