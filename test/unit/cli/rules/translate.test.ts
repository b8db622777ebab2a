/** `dragoman translate`: events out, one a line, the same bytes every time; what goes wrong has an exit code and a text. */
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../../src/domain/state/journal-entry.js';
import { run } from '../../../support/command.js';
import { edited, readRecording, recordingPath, type RecordedRecord } from '../../../support/recordings.js';

const recording = (name: string): string => recordingPath(`postgres/${name}`);
const folder = mkdtempSync(join(tmpdir(), 'dragoman-translate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const written = (name: string, records: readonly RecordedRecord[]): string => {
  const file = join(folder, name);
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return file;
};

describe('translate', () => {
  it.each([
    ['01-lifecycle', 37],
    ['02-interleaved', 2],
  ])('%s: %i events, byte-identical when run twice', async (name, count) => {
    const journals = [join(folder, 'first'), join(folder, 'second')];
    const [first, second] = [
      await run(['translate', recording(name), '--journal', journals[0]!]),
      await run(['translate', recording(name), '--journal', journals[1]!]),
    ];
    expect(first).toMatchObject({ code: 0 });
    expect(first.out).toHaveLength(count);
    expect(second).toEqual(first);
    expect(readFileSync(journals[1]!, 'utf8')).toBe(readFileSync(journals[0]!, 'utf8'));
  });

  it('needs rules and a recording, and no config; which declared tables the recording does not have is said', async () => {
    const { code, err } = await run(['translate', recording('02-interleaved'), '--rules', 'rules']);
    expect(code).toBe(0);
    expect(err).toContain('no record of declared tables in: legacy.oms.ord_cancel\n');
  });

  it.each([
    [
      'rules that are not there',
      [recording('01-lifecycle'), '--rules', '/nowhere/rules'],
      'there is no folder /nowhere/rules',
    ],
    ['a recording that is not there', ['nothing.ndjson', '--rules', 'rules'], 'nothing.ndjson cannot be read'],
  ])('says what is missing without a config: %s', async (_, args, words) => {
    const { code, err } = await run(['translate', ...args]);
    expect(code).not.toBe(0);
    expect(err).toContain(words);
    expect(err).not.toContain('pipeline');
  });

  it('a transaction topic of several partitions is refused by its name, and says what was expected', async () => {
    let boundaries = 0;
    const dealt = readRecording('postgres/01-lifecycle').map((record) =>
      record.topic === 'legacy.transaction' ? { ...record, partition: boundaries++ % 3 } : record,
    );
    const { code, out, err } = await run(['translate', written('dealt.ndjson', dealt)]);
    expect([code, out]).toEqual([6, []]);
    expect(err).toContain('TOPIC_MISCONFIGURED');
    expect(err).toContain('legacy.transaction has 3 partitions, and was expected to have one');
  });

  it('writes each event as topic, key, headers and value, and nothing else to stdout', async () => {
    const { out, err } = await run(['translate', recording('01-lifecycle')]);
    for (const line of out) {
      const event = JSON.parse(line) as {
        key: string;
        headers: Record<string, string>;
        value: Record<string, unknown>;
      };
      expect(Object.keys(event)).toEqual(['topic', 'key', 'headers', 'value']);
      expect(event.headers.ce_id).toBe(event.value.eventId);
      expect(event.key).toBe(event.value.orderId);
    }
    expect(err).toContain('549 records');
    expect(err).toContain('37 events, 0 parked');
  });

  it('writes every decision into the journal file, those without event too', async () => {
    const file = join(folder, 'journal');
    await run(['translate', recording('01-lifecycle'), '--journal', file]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const entries = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as JournalEntry);
    expect(entries.flatMap(({ events = [] }) => events)).toHaveLength(37);
    expect(
      entries.some(({ events, verdicts }) => events === undefined && verdicts.some((v) => v.verdict === 'unmet')),
    ).toBe(true);
  });

  it('ends with 3 when an order was parked, and says which and why; the others are there', async () => {
    const records = readRecording('postgres/01-lifecycle');
    const bad = records.findIndex(
      (record) => record.topic === 'legacy.oms.ord_hdr' && record.value?.includes('"op":"u"'),
    );
    const file = written(
      'parked',
      records.with(
        bad,
        edited(records[bad]!, ({ after }) => (after!.sts_cd = '77')),
      ),
    );
    const { code, err, out } = await run(['translate', file]);
    expect(code).toBe(3);
    expect(err).toMatch(/parked order \d+: CODE_UNKNOWN: oms\.ord_hdr\.sts_cd has the code "77"/);
    expect(out.length).toBeGreaterThan(30);
  });

  it('rebuilds transactions from positions when there is no metadata; the last one waits for a later row', async () => {
    const { code, err } = await run(['translate', recording('14-no-metadata')]);
    expect(code).toBe(0);
    expect(err).toMatch(/ 1 transactions open/);
  });

  it('says what is missing in a recording that shows no source at all', async () => {
    const file = join(folder, 'heartbeats');
    const [first] = readRecording('postgres/16-heartbeats').filter(({ topic }) =>
      topic.startsWith('__debezium-heartbeat'),
    );
    writeFileSync(file, JSON.stringify(first));
    const { code, err } = await run(['translate', file]);
    expect(code).toBe(6);
    expect(err).toMatch(/TRANSACTION_TOPIC_MISSING.*provide\.transaction\.metadata=true/);
  });

  it.each<[string, string, number, RegExp]>([
    ['flattened rows', recording('15-flattened'), 6, /TOPIC_FLATTENED.*Remove ExtractNewRecordState/],
    ['a TRUNCATE', recording('05-deletes-truncate'), 6, /TABLE_TRUNCATED/],
    ['a recording that is not there', join(folder, 'none'), 2, /RECORDING_INVALID.*cannot be read/],
  ])('%s', async (_, file, code, text) => {
    const ran = await run(['translate', file]);
    expect(ran.code).toBe(code);
    expect(ran.err).toMatch(text);
  });

  it.each([
    ['not JSON', '{"topic":', /:2 is not JSON/],
    ['no Kafka record', '{"topic":"t","partition":"0"}', /:2 is not a recorded Kafka record: partition/],
  ])('names file and line of a line that is %s', async (_, line, text) => {
    const file = join(folder, 'broken');
    writeFileSync(file, `${JSON.stringify(readRecording('postgres/01-lifecycle')[0])}\n${line}\n`);
    const { code, err } = await run(['translate', file]);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });

  const lifecycle = readFileSync(recording('01-lifecycle'));
  const kcat = (line: string): string => {
    if (line === '') return '';
    const { timestamp, value, headers, ...rest } = JSON.parse(line) as RecordedRecord;
    const pairs = Object.entries(headers).flatMap(([name, text]) => [name, String(text)]);
    return JSON.stringify({ ...rest, tstype: 'create', ts: timestamp, broker: 0, headers: pairs, payload: value });
  };

  it.each<[string, Buffer]>([
    ['gzip', gzipSync(lifecycle)],
    ['a byte order mark', Buffer.concat([Buffer.from('\uFEFF'), lifecycle])],
    ['UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(lifecycle.toString(), 'utf16le')])],
    ['CR LF', Buffer.from(lifecycle.toString().replaceAll('\n', '\r\n'))],
    ['lines of kcat', Buffer.from(lifecycle.toString().split('\n').map(kcat).join('\n'))],
  ])('reads a recording that is %s', async (name, bytes) => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    expect(await run(['translate', file])).toEqual(await run(['translate', recording('01-lifecycle')]));
  });

  it.each<[string, Buffer | string, RegExp]>([
    ['cut gzip', gzipSync(lifecycle).subarray(0, 1_000), /begins like gzip, and is damaged or cut/],
    ['a key and a value', '{"ord_no":1}\t{"op":"c"}', /:1 is not JSON; it begins with .*one Kafka record a line.*kcat/],
    ['an array', '[{"topic":"t"}]', /:1 is not a recorded Kafka record.*one Kafka record a line/],
    ['empty', '\n\n', /has no line\. A recording is NDJSON/],
  ])('says of a file that is %s what it is and what makes a recording', async (_, content, text) => {
    const file = join(folder, 'no-recording');
    writeFileSync(file, content);
    const { code, err } = await run(['translate', file]);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });

  it('ends with 3 when a transaction is held, and says why', async () => {
    const records = readRecording('postgres/01-lifecycle');
    const lost = records.findIndex(
      ({ topic, value }) => topic === 'legacy.oms.ord_line' && value?.includes('"op":"u"'),
    );
    const { code, err } = await run(['translate', written('held', records.toSpliced(lost, 1))]);
    expect(code).toBe(3);
    expect(err).toMatch(/held \d+ of legacy: TRANSACTION_INCOMPLETE: It lacks rows .*1 of oms\.ord_line/);
  });

  it('ends with 3 when no record is of a declared table, and names topics found and expected', async () => {
    const foreign = readRecording('postgres/20-replica-identity');
    const { code, err } = await run(['translate', written('foreign', foreign)]);
    expect(code).toBe(3);
    expect(err).toMatch(
      /no record was of a declared table\. Expected topics: ri\.oms\.\w+.*Topics of the recording: ri\./,
    );
  });

  it('says how the topics of the recording are named when the config names them in another way', async () => {
    const config = join(folder, 'dotted.yaml');
    writeFileSync(config, 'pipelines: { orders: { sources: [{ name: delim }] } }\n');
    const args = ['translate', recording('21-topic-delimiter'), '--rules', 'rules', '--config', config];
    const { code, err, out } = await run(args);
    expect([code, out]).toEqual([3, []]);
    expect(err).toMatch(/Expected topics: delim\.oms\.ord_hdr, .*Topics of the recording: .*delim_oms_ord_hdr/);
    expect(err).toMatch(/Its rows are of: .*oms\.ord_hdr of delim.*named \{prefix\}_\{schema\}_\{table\}: say so/);
  });

  it.each(['.', '_'])('a gap is a gap, whatever stands between the parts of a topic: %s', async (delimiter) => {
    const gap = readRecording('postgres/19-slot-made-anew');
    const named = gap.map((record) => ({ ...record, topic: record.topic.replaceAll('.', delimiter) }));
    const { code, err } = await run(['translate', written('gap', named)]);
    expect(code).toBe(6);
    expect(err).toMatch(/SOURCE_GAP: Transaction \d+ names none before it/);
  });

  it('sees the delimiter of topics by itself', async () => {
    const { code, err, out } = await run(['translate', recording('21-topic-delimiter')]);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out.length).toBeGreaterThan(3);
  });

  it('says at most ten orders of one reason, and how many more there are', async () => {
    const records = readRecording('postgres/01-lifecycle').map((record) =>
      record.topic === 'legacy.oms.ord_hdr' && record.value?.includes('"op":"c"') === true
        ? edited(record, ({ after }) => (after!.sts_cd = '77'))
        : record,
    );
    const { code, err } = await run(['translate', written('many', records)]);
    expect(code).toBe(3);
    expect(err.match(/^parked order/gm)).toHaveLength(10);
    expect(err).toMatch(/and \d+ more parked with CODE_UNKNOWN/);
  });
});

describe('interventions', () => {
  /** The retailer's rules, with one intervention. */
  function rulesWith(name: string, options: string): string {
    const rules = join(folder, name);
    cpSync(fileURLToPath(new URL('../../../../rules', import.meta.url)), rules, { recursive: true });
    const index = join(rules, 'index.ts');
    const text = readFileSync(index, 'utf8')
      .replace("from 'dragoman/rules';", "from 'dragoman/rules';\nimport { intervention } from 'dragoman/rules';")
      .replace('ruleSet({', `ruleSet({ interventions: [intervention('what was done by hand', ${options})],`);
    writeFileSync(index, text);
    return rules;
  }

  const journalOf = async (name: string, rules: string) => {
    const file = join(folder, `${name}.journal`);
    const done = await run(['translate', recording(name), '--rules', rules, '--journal', file]);
    const entries = readFileSync(file, 'utf8').trimEnd().split('\n');
    return { ...done, entries: entries.map((line) => JSON.parse(line) as JournalEntry) };
  };

  it('all that was committed in its time is learnt: no event, and it says how much', async () => {
    const rules = rulesWith('by-time', "{ within: { from: '2000-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' } }");
    const { code, out, err, entries } = await journalOf('01-lifecycle', rules);
    expect([code, out]).toEqual([0, []]);
    const learnt = entries.filter(({ outcome }) => outcome === 'learnt');
    const facts = learnt.flatMap(({ verdicts }) => verdicts.filter(({ verdict }) => verdict === 'learnt'));
    expect(facts).toHaveLength(37);
    expect(err).toContain(`intervention "what was done by hand": ${learnt.length} decisions, 37 facts not published`);
    expect(new Set(learnt.map((entry) => entry.intervention))).toEqual(new Set(['what was done by hand']));
  });

  it('a transaction that says so is learnt, and no other', async () => {
    const rules = rulesWith('by-annotation', "{ annotated: { prefix: 'oms.audit', content: { user: 'mia' } } }");
    const { entries } = await journalOf('13-logical-message', rules);
    const outcomes = entries.flatMap(({ origin, outcome }) =>
      origin.transactionId === null ? [] : [`${origin.transactionId} ${outcome}`],
    );
    expect(outcomes).toEqual(['5014 applied', '5015 learnt', '5017 applied', '5020 applied']);
    expect(JSON.stringify(entries)).not.toContain('phone call');
  });

  it('what a source cannot tell is refused', async () => {
    const rules = rulesWith('not-annotated', "{ annotated: { prefix: 'fix' } }");
    const { code, err } = await run(['translate', recordingPath('mariadb/01-lifecycle'), '--rules', rules]);
    expect(code).toBe(2);
    expect(err).toContain('CONFIG_INVALID');
    expect(err).toContain('source shop (mariadb, mode exact) tells of none');
  });
});
