/** What `dragoman record` writes: the records that are asked for, without what is personal, and how it is gone on with. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecording, type RecordedRecord as ReadRecord } from '../../../../src/adapters/files/recording.js';
import { decompress } from '../../../../src/adapters/kafka/codecs/codecs.js';
import { loadRules } from '../../../../src/adapters/files/rules-loader.js';
import { PartFile } from '../../../../src/cli/record/part-file.js';
import { AggregatePick, type Pick, TransactionPick } from '../../../../src/cli/record/picked.js';
import { Recorder } from '../../../../src/cli/record/recorder.js';
import { Redaction } from '../../../../src/observed/redaction.js';
import { run } from '../../../support/command.js';
import { loadConfig } from '../../../../src/config/load.js';
import { Question } from '../../../../src/cli/record/record.js';
import { aggregate, legacy, many, one, ruleSet, table } from '../../../../src/rules/index.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { envelopeOf, readRecording, type RecordedRecord, recordingPath } from '../../../support/recordings.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-record-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const retailer = fileURLToPath(new URL('../../../../rules', import.meta.url));
const { rules } = await loadRules(retailer);
const LIFECYCLE = readRecording('postgres/01-lifecycle');

const raw = ({ offset, timestamp, key, value, headers }: RecordedRecord) => ({
  ...{ offset, timestampMs: timestamp, headers },
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
});

function recorder(classes: readonly string[], pick: Pick | null = null, isWithRules = true): Recorder {
  return new Recorder(new Redaction(classes, isWithRules ? rules.tables : new Map()), pick);
}

const linesOf = (records: readonly RecordedRecord[], by: Recorder): object[] =>
  records.flatMap((record) => by.lines(`${record.topic}/${record.partition}`, raw(record)));

const HEAD = { recording: 1, made: 'dragoman 0.0.0', asked: 'x', ranges: {} } as const;

async function written(file: string, lines: readonly object[]): Promise<string> {
  const path = join(folder, file);
  const part = await PartFile.begin(path, HEAD);
  for (const line of lines) await part.write(line);
  await part.finish();
  return path;
}

describe('a recording', () => {
  it.each(['all.ndjson', 'all.ndjson.gz', 'all.ndjson.zst'])(
    '%s has what the topics have, byte by byte, for whoever made it',
    async (file) => {
      const path = await written(file, linesOf(LIFECYCLE, recorder([])));
      expect(readdirSync(folder)).toEqual([file]);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const { records, redacted, only } = await openRecording(path);
      expect(records).toEqual((await openRecording(recordingPath('postgres/01-lifecycle'))).records);
      expect([redacted.size, only]).toEqual([0, null]);
    },
  );

  it('in Zstandard is made of frames that any reader takes, one recording after the other', async () => {
    for (const file of ['one.zst', 'other.zst']) {
      const path = await written(file, linesOf(LIFECYCLE, recorder([])));
      const text = (await decompress('zstd', readFileSync(path))).toString();
      expect(text.split('\n')).toHaveLength(LIFECYCLE.length + 2);
    }
  });

  it.each(['', 'gz', 'zst'])('that is cut or damaged is refused by name (%s)', async (end) => {
    const path = await written(`all.ndjson${end === '' ? '' : `.${end}`}`, linesOf(LIFECYCLE, recorder([])));
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    await expect(openRecording(path)).rejects.toMatchObject({ code: 'RECORDING_INVALID' });
  });

  it('is read as kcat writes it, with a byte order mark, by other ends of lines, and zipped', async () => {
    const [first] = LIFECYCLE;
    const { topic, partition, offset, timestamp, key, value } = first!;
    const kcat = {
      topic,
      partition,
      offset,
      tstype: 'create',
      ts: timestamp,
      broker: 1,
      headers: ['a', 'b'],
      key,
      payload: value,
    };
    const path = join(folder, 'kcat.json');
    writeFileSync(path, gzipSync(`\ufeff${JSON.stringify(kcat)}\r\n${JSON.stringify(kcat)}\r\n`));
    const { records } = await openRecording(path);
    expect(records).toHaveLength(2);
    expect(records[0]).toMatchObject({ topic, offset, key, value, timestampMs: timestamp, headers: { a: 'b' } });
  });
});

const street = ({ value }: ReadRecord): unknown =>
  (JSON.parse(value ?? '{}') as { readonly after: { readonly street: unknown } | null }).after?.street;

describe('what is redacted', () => {
  it('is what the rules class, and what looks so where they say nothing; nothing else is another text', async () => {
    const by = recorder(['personal', 'secret']);
    const { records, redacted } = await openRecording(await written('r.ndjson', linesOf(LIFECYCLE, by)));
    expect(redacted).toEqual(
      new Map([
        ['oms.cust_addr', ['street', 'zip', 'city']],
        ['oms.ord_hdr', ['notes']],
      ]),
    );
    const addresses = records.filter(({ topic, value }) => topic.endsWith('cust_addr') && value !== null);
    expect(new Set(addresses.map(street))).toEqual(new Set(['__dragoman_redacted']));
    expect(by.recorded.redacted).toBeGreaterThan(addresses.length - 1);
    const others = LIFECYCLE.filter(({ topic }) => !/cust_addr|ord_hdr/.test(topic));
    expect(records.filter(({ topic }) => !/cust_addr|ord_hdr/.test(topic)).map(({ value }) => value)).toEqual(
      others.map(({ value }) => value),
    );
  });

  it('is all that no rule declares, when that is asked for', () => {
    const by = recorder(['undeclared']);
    linesOf(LIFECYCLE, by);
    expect([...(by.recorded.columns.get('oms.ord_hdr') ?? [])].sort()).toEqual([
      'chg_ts',
      'crt_ts',
      'cust_no',
      'notes',
    ]);
    expect(by.recorded.columns.get('oms.pay_txn')).toEqual(new Set(['crt_ts']));
  });

  it.each([
    ['personal', 'personal'],
    ['payment', 'payment'],
    ['payment', 'classed'],
  ])('is what the rules class in each physical table of one that they declare: %s by %s', async (called, taken) => {
    const parts = readRecording('postgres/22-leaf-partitions');
    const { ord_no, line_no, ...others } = rules.tables.get('oms.ord_line')!.columns;
    const lines = table('oms.ord_line', {
      key: ['ord_no', 'line_no', 'part'],
      columns: { ord_no: legacy.bigint(), line_no: legacy.integer(), part: legacy.physicalTable(['oms.ord_line_*']) },
    });
    expect([ord_no, line_no]).not.toContain(undefined);
    const columns = { ...lines.columns, ...others, sku: { ...others['sku']!, sensitivity: called } };
    const by = new Recorder(new Redaction([taken], new Map([[lines.name, { ...lines, columns }]])), null);
    const { records, redacted } = await openRecording(await written('r.ndjson', linesOf(parts, by)));
    expect(redacted.get('oms.ord_line')).toEqual(['sku']);
    const rows = records.filter(({ topic, value }) => topic.includes('ord_line_') && value !== null);
    expect(rows.map(({ value }) => value).join()).not.toContain('SKU-');
    expect(new Set(rows.map(({ topic }) => topic)).size).toBe(2);
  });

  it('cannot be told where a record is no change of a row, and these are counted', () => {
    const count = (recording: string, classes: readonly string[]): number => {
      const by = recorder(classes);
      const lines = linesOf(readRecording(recording), by);
      const again = recorder(classes);
      for (const line of lines) again.learn(line);
      expect(again.recorded.opaque).toBe(by.recorded.opaque);
      return by.recorded.opaque;
    };
    const flat = readRecording('postgres/15-flattened').filter(
      ({ topic, value }) => value !== null && topic.includes('.oms.'),
    );
    expect(count('postgres/15-flattened', ['personal'])).toBe(flat.length);
    expect(flat.length).toBeGreaterThan(0);
    expect(count('postgres/13-logical-message', ['secret'])).toBeGreaterThan(0);
    expect(count('postgres/01-lifecycle', ['personal'])).toBe(0);
    expect(count('postgres/15-flattened', [])).toBe(0);
  });

  it('keeps every digit and the schema beside the row, nulls and keys', () => {
    const value =
      '{"schema":{"type":"struct","fields":[]},"payload":{"before":null,"after":{"email":"a@b.c","n":12345678901234567890,"d":1.50,"iban":null},' +
      '"source":{"connector":"postgresql","schema":"s","table":"t"},"op":"c"}}';
    const { value: hidden, news } = new Redaction(['personal'], new Map()).of('{"email":"a@b.c","n":1}', value);
    expect([hidden, news]).toEqual([value, null]); // a key names its row
    const { value: other, news: first } = new Redaction(['personal'], new Map()).of('{"n":1}', value);
    expect(other).toBe(value.replace('a@b.c', '__dragoman_redacted'));
    expect(first).toEqual({ table: 's.t', columns: ['email'] });
  });

  it('is unknown to rules, which say that they asked for it', async () => {
    const rulesFolder = join(folder, 'rules');
    execFileSync('cp', ['-r', retailer, rulesFolder]);
    const change = (file: string, from: string, to: string): void => {
      const path = join(rulesFolder, file);
      const text = readFileSync(path, 'utf8');
      expect(text).toContain(from);
      writeFileSync(path, text.replace(from, to));
    };
    change('tables/cust-addr.ts', 'ctry: legacy', 'zip: legacy.text().nullable().personal(),\n    ctry: legacy');
    change(
      'facts/order-accepted-for-fulfillment.ts',
      "'order is not cancelled':",
      "'it has a postcode': (o) => o.addresses.every((address) => address.zip !== null),\n    'order is not cancelled':",
    );
    const path = await written('r.ndjson', linesOf(LIFECYCLE, recorder(['personal'])));
    const translated = await run(['translate', path, '-r', rulesFolder]);
    expect(translated.code).toBe(3);
    expect(translated.err).toMatch(
      /COLUMN_REDACTED: the condition "it has a postcode" of OrderAcceptedForFulfillment reads zip of oms\.cust_addr, which is redacted in this recording/,
    );
    expect(translated.out.join('\n')).not.toContain('OrderAcceptedForFulfillment');
    const checked = await run(['check', '--no-tests', '--json', '-r', rulesFolder, '--recording', path]);
    const { findings } = JSON.parse(checked.out.join('')) as {
      findings: { code: string; file: string; about: string }[];
    };
    expect(findings.filter(({ code }) => code === 'COLUMN_REDACTED')).toMatchObject([
      {
        file: expect.stringContaining('order-accepted-for-fulfillment.ts') as string,
        about: 'condition "it has a postcode" of OrderAcceptedForFulfillment',
      },
    ]);
    expect(findings.map(({ code }) => code)).toContain('DRIFT_COLUMN_REDACTED');
    const compared = ['rules', 'diff', '--from', retailer, '--to', rulesFolder, '--recording', path];
    const { out } = await run(compared);
    expect(out.filter((line) => line.startsWith('COLUMN_REDACTED: the condition "it has a postcode"'))).toHaveLength(1);
    expect(out.join('\n')).toMatch(/\d+ removed: "it has a postcode" was not known in/);
    const drift = await run(['drift', path, '-r', rulesFolder]);
    expect(drift.code).toBe(0);
    expect(drift.out.join('\n')).toMatch(
      /note +column-redacted +zip +redacted in the recording, so it was not compared/,
    );
  }, 120_000);

  it('cannot be proposed from, and that is said', async () => {
    const path = await written('r.ndjson', linesOf(LIFECYCLE, recorder(['personal'])));
    await run(['init', join(folder, 'proposed'), '--recording', path]);
    expect(readFileSync(join(folder, 'proposed/tables/cust-addr.ts'), 'utf8')).toMatch(
      /Left out: it is redacted in the recording, so nobody can tell its type\.\n\s*\/\/ street: legacy\.text/,
    );
  });
});

describe('what is picked', () => {
  const rowsOf = (lines: readonly object[]): { key: string; topic: string }[] =>
    lines as { key: string; topic: string }[];

  it('are the rows of an order, whatever their tables have as key, with their deletes', () => {
    const wanted = '900001';
    const pick = new AggregatePick(rules, new Map([['order', new Set([wanted])]]));
    const lines = rowsOf(linesOf(LIFECYCLE, recorder([], pick)));
    const expected = LIFECYCLE.filter(({ value, key }) => {
      const texts = `${value ?? ''} ${key ?? ''}`;
      return value !== null && texts.includes(`"ord_no":${wanted}`);
    });
    expect(expected.length).toBeGreaterThan(5);
    expect(lines).toHaveLength(expected.length);
    expect(new Set(lines.map(({ topic }) => topic)).size).toBeGreaterThan(2);
  });

  it('are those of physical tables that are one table to the rules', () => {
    const header = table('oms.ord_hdr', { key: ['ord_no'], columns: { ord_no: legacy.bigint() } });
    const line = table('oms.ord_line', {
      key: ['ord_no', 'line_no', 'part'],
      columns: { ord_no: legacy.bigint(), line_no: legacy.integer(), part: legacy.physicalTable(['oms.ord_line_*']) },
    });
    const order = aggregate('order', {
      header: one(header, (row) => row.ord_no),
      lines: many(line, (row) => row.ord_no),
    });
    const compiled = compileRuleSet(ruleSet({ aggregates: [order], facts: [], publications: [] }));
    const pick = new AggregatePick(compiled, new Map([['order', new Set(['7000'])]]));
    const parts = readRecording('postgres/22-leaf-partitions');
    const lines = rowsOf(linesOf(parts, recorder([], pick)));
    expect(lines.filter(({ topic }) => topic.includes('ord_line_')).length).toBeGreaterThan(0);
    expect(lines.filter(({ key }) => !key.includes('"ord_no":7000'))).toEqual([]);
  });

  it('are the rows of a source transaction, as the journal names it', () => {
    const streamed = LIFECYCLE.find(
      (record) => record.topic.endsWith('ord_line') && envelopeOf(record).transaction !== null,
    )!;
    const idOf = (record: RecordedRecord): string =>
      (envelopeOf(record).transaction?.['id'] as string | undefined) ?? '';
    const id = idOf(streamed);
    const xid = id.slice(0, id.indexOf(':'));
    const lines = linesOf(LIFECYCLE, recorder([], new TransactionPick([xid])));
    const expected = LIFECYCLE.filter((record) => record.value !== null && idOf(record).startsWith(`${xid}:`));
    expect(lines).toHaveLength(expected.length);
    expect(lines.length).toBeGreaterThan(0);
  });

  it('can be decided by the rules without the boundaries of transactions', async () => {
    const pick = new AggregatePick(rules, new Map([['order', new Set(['900001'])]]));
    const path = await written('r.ndjson', linesOf(LIFECYCLE, recorder([], pick)));
    const { err } = await run(['translate', path, '-r', retailer]);
    expect(err).toMatch(/\d+ records, [1-9]\d* decisions, [1-9]\d* events, 0 parked/);
  });
});

describe('a recording that was interrupted', () => {
  it('is gone on with where it was, and a line that was cut is written again', async () => {
    const path = join(folder, 'all.ndjson.gz');
    const first = recorder(['personal']);
    const part = await PartFile.begin(path, HEAD);
    for (const line of linesOf(LIFECYCLE.slice(0, 200), first)) await part.write(line);
    await part.close();
    appendFileSync(`${path}.part`, '{"topic":"legacy.oms.ord_h');
    expect(existsSync(path)).toBe(false);

    const second = recorder(['personal']);
    const { part: again, head } = await PartFile.resume(path, 'x', (line) => second.learn(line));
    expect(head).toEqual(HEAD);
    expect(second.recorded).toMatchObject({ records: 200, next: first.recorded.next, columns: first.recorded.columns });
    for (const line of linesOf(LIFECYCLE.slice(200), second)) await again.write(line);
    await again.finish();
    const whole = [HEAD, ...linesOf(LIFECYCLE, recorder(['personal']))].map((line) => `${JSON.stringify(line)}\n`);
    expect(gunzipSync(readFileSync(path)).toString()).toBe(whole.join(''));
  });

  it('is gone on with whatever its values have in them', async () => {
    const path = join(folder, 'all.ndjson');
    const lines = ['\u2028 \u2029 \r\n \u0085', 'ü€😀'].map((value, offset) => ({
      ...{ topic: 'legacy.oms.ord_hdr', partition: 0, offset, timestamp: 0, key: null, value, headers: {} },
    }));
    const part = await PartFile.begin(path, HEAD);
    for (const line of lines) await part.write(line);
    await part.close();
    const seen: unknown[] = [];
    const { part: again } = await PartFile.resume(path, 'x', (line) => seen.push(line));
    await again.finish();
    expect(seen).toEqual([HEAD, ...lines]);
    expect((await openRecording(path)).records).toHaveLength(2);
  });

  it('is not gone on with by rules that class other columns', async () => {
    const { config } = loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false });
    const asked = async (dir: string | null) =>
      new Question({ prefix: ['legacy'] }, config, dir === null ? null : await loadRules(dir)).text;
    const other = join(folder, 'rules');
    execFileSync('cp', ['-r', retailer, other]);
    const file = join(other, 'tables/cust-addr.ts');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('ctry: legacy', 'zip: legacy.text().nullable().personal(),\n    ctry: legacy'),
    );
    const texts = [await asked(null), await asked(retailer), await asked(other)];
    expect(new Set(texts).size).toBe(3);
    expect(await asked(retailer)).toBe(texts[1]);
  });

  it.each<[string, (path: string) => Promise<unknown>, string, RegExp]>([
    [
      'cannot be begun where there is no folder',
      (path) => PartFile.begin(join(path, 'x', 'y.ndjson'), HEAD),
      'COMMAND_INVALID',
      /it cannot be written \(ENOENT.*Name a file in a folder that is there/,
    ],
    [
      'is not begun again',
      (path) => PartFile.begin(path, HEAD),
      'FILE_EXISTS',
      /Go on with it by --resume, or delete it/,
    ],
    [
      'is not gone on with by another question',
      (path) => PartFile.resume(path, 'y', () => undefined),
      'COMMAND_INVALID',
      /another question/,
    ],
  ])('%s', async (_, act, code, text) => {
    const path = join(folder, 'all.ndjson');
    await (await PartFile.begin(path, HEAD)).close();
    await expect(act(path)).rejects.toMatchObject({ code, message: expect.stringMatching(text) as string });
  });

  it.each<[string, (path: string) => Promise<unknown>, string]>([
    ['a file that is there', (path) => PartFile.begin(path, HEAD), 'FILE_EXISTS'],
    ['a file that is there, to go on with', (path) => PartFile.resume(path, 'x', () => undefined), 'FILE_EXISTS'],
  ])('never takes the place of %s', async (_, act, code) => {
    const path = await written('all.ndjson', []);
    await expect(act(path)).rejects.toMatchObject({ code });
  });
});
