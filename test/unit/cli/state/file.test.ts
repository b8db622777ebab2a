/** A file of states is read back as it was written, and refused when one byte of it is another. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkStateFile, StateFileWriter, stateLines, type StateLine } from '../../../../src/cli/state/file.js';
import { checkOrigin } from '../../../../src/cli/state/import.js';

const directory = mkdtempSync(join(tmpdir(), 'dragoman-state-'));
const path = join(directory, 'states.ndjson');
const head = { cluster: 'c1', namespace: 'shop', pipeline: 'orders', journal: [3, 5] };
const state = { rows: { 'oms.ord_hdr': { '1': { nm: 'Zoë\u2028 "quoted"\n' } } }, sequence: 2 };

beforeAll(async () => {
  const file = await StateFileWriter.create(path, head);
  await file.state('order:1', JSON.stringify(state));
  await file.row('oms.pay_txn:order:7', 'order:1');
  await file.parked('order:1', 'CODE_UNKNOWN');
  await file.end();
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('a file of states', () => {
  it('is read as it was written', async () => {
    expect(await checkStateFile(path)).toEqual({ head, counts: { states: 1, rows: 1, parked: 1 } });
    const lines: StateLine[] = [];
    for await (const line of stateLines(path)) lines.push(line);
    expect(lines).toEqual([
      { state: 'order:1', is: state },
      { row: 'oms.pay_txn:order:7', owner: 'order:1' },
      { parked: 'order:1', code: 'CODE_UNKNOWN' },
    ]);
  });

  it('is for its owner alone', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each<[string, (text: string) => string]>([
    ['was cut', (text) => text.slice(0, text.indexOf('{"end"'))],
    ['was cut in a line', (text) => text.slice(0, text.indexOf('"sequence"'))],
    ['was changed', (text) => text.replace('"sequence":2', '"sequence":3')],
    ['lost a line', (text) => text.replace(/\{"row".*\n/, '')],
    ['was written to', (text) => `${text}{"row":"a","owner":"b"}\n`],
    ['has a line that is none', (text) => text.replace('"owner"', '"keeper"')],
    ['is of another layout', (text) => text.replace('"v":1', '"v":2')],
    ['is something else', () => 'id,name\n1,a\n'],
    ['is empty', () => ''],
  ])('that %s is refused', async (_, change) => {
    const damaged = join(directory, 'damaged.ndjson');
    writeFileSync(damaged, change(readFileSync(path, 'utf8')));
    await expect(checkStateFile(damaged)).rejects.toMatchObject({ code: 'STATE_FILE_INVALID' });
  });

  it('that is not there is refused', async () => {
    await expect(checkStateFile(join(directory, 'none'))).rejects.toMatchObject({ code: 'STATE_FILE_INVALID' });
  });

  it('has no name before it is whole', async () => {
    const other = join(directory, 'other.ndjson');
    const file = await StateFileWriter.create(other, head);
    await file.state('order:1', '{}');
    await expect(checkStateFile(other)).rejects.toMatchObject({ code: 'STATE_FILE_INVALID' });
    await file.abandon();
    expect(() => statSync(`${other}.part`)).toThrow();
  });
});

describe('where a file belongs', () => {
  const place = {
    config: { namespace: 'shop' },
    pipeline: 'orders',
    journal: { cluster: 'c1', end: [3, 9], members: [] as string[] },
  };

  it('is where the journal has all that it follows', () => {
    expect(() => checkOrigin(head, place, path)).not.toThrow();
  });

  it.each<[string, Partial<typeof head>, RegExp]>([
    ['cluster', { cluster: 'c2' }, /another Kafka cluster \(c2; here c1\)/],
    ['namespace', { namespace: 'other' }, /another namespace/],
    ['pipeline', { pipeline: 'returns' }, /another pipeline/],
    ['journal that is longer', { journal: [3, 10] }, /another journal/],
    ['journal of other partitions', { journal: [3] }, /another journal/],
  ])('is not another %s', (_, change, text) => {
    const check = (): void => checkOrigin({ ...head, ...change }, place, path);
    expect(check).toThrow(text);
    expect(check).toThrow(expect.objectContaining({ code: 'STATE_FILE_INVALID' }));
  });

  it('is not under a running pipeline', () => {
    const running = { ...place, journal: { ...place.journal, members: ['a'] } };
    expect(() => checkOrigin(head, running, path)).toThrow(expect.objectContaining({ code: 'COMMAND_REFUSED' }));
  });
});
