/** A file of states is read back as it was written, and refused when one byte of it is another. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkStateFile, StateFileWriter, stateLines, type StateLine } from '../../../../src/cli/state/file.js';
import { checkOrigin } from '../../../../src/cli/state/import.js';

const directory = mkdtempSync(join(tmpdir(), 'dragoman-state-'));
const path = join(directory, 'states.ndjson');
const head = {
  cluster: 'c1',
  namespace: 'shop',
  pipeline: 'orders',
  topic: 'id-1',
  shards: [
    { commit: 7, timeMs: 1_000, state: [3, 0] },
    { commit: 9, timeMs: 2_000, state: [0, 5] },
  ],
};
const memory = JSON.stringify({ nm: 'Zoë\u2028 "quoted"\n\ud800', sequence: 2 });

beforeAll(async () => {
  const file = await StateFileWriter.create(path, head);
  await file.begin(0);
  await file.put(
    'order:1',
    new Map([
      ['', memory],
      ['roms.ord_hdr\t1', '["AbCde","1"]'],
    ]),
  );
  await file.begin(1);
  await file.put('~rows', [['oms.pay_txn:order:7', 'order:1']]);
  await file.put('~parked', []);
  await file.end();
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('a file of states', () => {
  it('is read as it was written', async () => {
    expect(await checkStateFile(path)).toEqual({ head, counts: { aggregates: 1, cells: 3 } });
    const lines: StateLine[] = [];
    for await (const line of stateLines(path)) lines.push(line);
    expect(lines).toEqual([
      { shard: 0, hash: 'order:1', field: '', value: memory },
      { shard: 0, hash: 'order:1', field: 'roms.ord_hdr\t1', value: '["AbCde","1"]' },
      { shard: 1, hash: '~rows', field: 'oms.pay_txn:order:7', value: 'order:1' },
    ]);
  });

  it('is for its owner alone', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each<[string, (text: string) => string]>([
    ['was cut', (text) => text.slice(0, text.indexOf('{"end"'))],
    ['was cut in a line', (text) => text.slice(0, text.indexOf('sequence'))],
    ['was changed', (text) => text.replace('AbCde', 'AbCdf')],
    ['lost a shard', (text) => text.replace(/\{"shard":1\}\n/, '')],
    ['has shards out of their order', (text) => text.replace('{"shard":0}', '{"shard":1}')],
    ['does not say whose cells come', (text) => text.replace(/\{"shard":0\}\n/, '')],
    ['lost a line', (text) => text.replace(/\{"hash":"~rows".*\n/, '')],
    ['was written to', (text) => `${text}{"hash":"a","field":"","value":"b"}\n`],
    ['has a line that is none', (text) => text.replace('"value"', '"keeper"')],
    ['is something else', () => 'id,name\n1,a\n'],
    ['is empty', () => ''],
  ])('that %s is refused', async (_, change) => {
    const damaged = join(directory, 'damaged.ndjson');
    writeFileSync(damaged, change(readFileSync(path, 'utf8')));
    await expect(checkStateFile(damaged)).rejects.toMatchObject({ code: 'STATE_FILE_INVALID' });
  });

  it('of the layout before is refused by name', async () => {
    const old = join(directory, 'old.ndjson');
    writeFileSync(
      old,
      '{"dragoman":"state","v":1,"cluster":"c1","namespace":"shop","pipeline":"orders","journal":[3,5]}\n',
    );
    const check = checkStateFile(old);
    await expect(check).rejects.toMatchObject({ code: 'STATE_FILE_INVALID' });
    await expect(check).rejects.toThrow(/layout 1, .*reads layout 3/);
  });

  it('that is not there is refused', async () => {
    await expect(checkStateFile(join(directory, 'none'))).rejects.toMatchObject({ code: 'STATE_FILE_INVALID' });
  });

  it('has no name before it is whole', async () => {
    const other = join(directory, 'other.ndjson');
    const file = await StateFileWriter.create(other, head);
    await file.begin(0);
    await file.put('order:1', [['', '{}']]);
    await expect(checkStateFile(other)).rejects.toMatchObject({ code: 'STATE_FILE_INVALID' });
    await file.abandon();
    expect(() => statSync(`${other}.part`)).toThrow();
  });
});

describe('where a file belongs', () => {
  const DAY_MS = 86_400_000;
  const place = {
    config: { namespace: 'shop' },
    ...{ pipeline: 'orders', shards: 2 },
    topic: { cluster: 'c1', id: 'id-1', end: [3, 9], members: [] as string[] },
    nowMs: head.shards[0]!.timeMs + 15 * DAY_MS,
  };

  it('is where the state topic has all that it follows, for fifteen days', () => {
    expect(() => checkOrigin(head, place, path)).not.toThrow();
    const check = (): void => checkOrigin(head, { ...place, nowMs: place.nowMs + 1 }, path);
    expect(check).toThrow(/15 days old; at most 15/);
    expect(check).toThrow(expect.objectContaining({ code: 'STATE_FILE_INVALID' }));
  });

  it.each<[string, Partial<typeof head>, RegExp]>([
    ['cluster', { cluster: 'c2' }, /another Kafka cluster \(c2; here c1\)/],
    ['namespace', { namespace: 'other' }, /another namespace/],
    ['pipeline', { pipeline: 'returns' }, /another pipeline/],
    [
      'state topic of the same name, made anew',
      { topic: 'id-0' },
      /another state topic of the same name \(id id-0; here id-1/,
    ],
    [
      'state topic that is longer',
      { shards: [head.shards[0]!, { ...head.shards[1]!, state: [0, 10] }] },
      /another state topic/,
    ],
    [
      'state topic of other partitions',
      { shards: head.shards.map((one) => ({ ...one, state: [3] })) },
      /another state topic/,
    ],
  ])('is not another %s', (_, change, text) => {
    const check = (): void => checkOrigin({ ...head, ...change }, place, path);
    expect(check).toThrow(text);
    expect(check).toThrow(expect.objectContaining({ code: 'STATE_FILE_INVALID' }));
  });

  it('is not a pipeline with another number of shards', () => {
    const check = (): void => checkOrigin(head, { ...place, shards: 4 }, path);
    expect(check).toThrow(expect.objectContaining({ code: 'SHARDS_CHANGED' }));
    expect(check).toThrow(/with 2 shards, and the config says 4\..*state move-out/);
  });

  it('is not under a running pipeline', () => {
    const running = { ...place, topic: { ...place.topic, members: ['a'] } };
    expect(() => checkOrigin(head, running, path)).toThrow(expect.objectContaining({ code: 'COMMAND_REFUSED' }));
  });
});
