/** `dragoman drift`: findings on stdout, words on stderr, an exit code for builds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../../support/command.js';
import { edited, readRecording, recordingPath } from '../../../support/recordings.js';

const recording = (name: string): string => recordingPath(`postgres/${name}`);
const folder = mkdtempSync(join(tmpdir(), 'dragoman-drift-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Report {
  readonly schema: string;
  readonly records: number;
  readonly tables: { readonly table: string; readonly rows: number; readonly findings: Record<string, unknown>[] }[];
  readonly otherTables: string[] | null;
}

describe('drift', () => {
  it.each(['01-lifecycle', '03-toast'])('is content with %s', async (name) => {
    const { code, out, err } = await run(['drift', recording(name)]);
    expect(code).toBe(0);
    expect(out.join('\n')).not.toContain('DRIFT');
    expect(err).toMatch(/\d+ records of 6 declared tables: no drift/);
  });

  it('ends with 3 when there is drift, and says what, how often and where', async () => {
    const { code, out, err } = await run(['drift', recording('11-ddl')]);
    expect(code).toBe(3);
    expect(err).toContain('33 records of 6 declared tables: 9 findings of drift');
    expect(out.join('\n')).toMatch(
      /DRIFT {2}column-appeared +prio_cd .* 7 times, first legacy\.oms\.ord_hdr\/0@3 2026-11-21T10:11:01\.908Z, last /,
    );
    expect(out.join('\n')).toMatch(
      /DRIFT {2}value-refused +amt .* once, legacy\.oms\.pay_txn\/1@0 .*, such as "1\.2345"/,
    );
  });

  it('wants a recording, or a config that names a source', async () => {
    const { code, err } = await run(['drift', '--rules', 'rules']);
    expect(code).toBe(2);
    expect(err).toMatch(/COMMAND_INVALID.*Give a recording.*or a config/s);
  });

  it('works without transaction topic, which it does not need', async () => {
    expect((await run(['drift', recording('14-no-metadata')])).code).toBe(0);
  });

  it('gives the same as JSON', async () => {
    const { code, out } = await run(['drift', '--json', recording('11-ddl')]);
    expect(code).toBe(3);
    const report = JSON.parse(out.join('')) as Report;
    expect(report).toMatchObject({ schema: 'dragoman.cli/drift@1', records: 33, otherTables: null });
    const whsRel = report.tables.find(({ table }) => table === 'oms.whs_rel');
    const place = { partition: 'legacy.oms.whs_rel/1', offset: 0, time: '2026-11-21T10:11:01.924Z' };
    expect(whsRel).toEqual({
      table: 'oms.whs_rel',
      rows: 1,
      snapshotRows: 0,
      findings: [
        {
          kind: 'type-differs',
          isDrift: true,
          column: 'whs_cd',
          count: 1,
          first: place,
          last: place,
          example: '7',
          text: 'comes as number, none of it fits the declared text',
        },
      ],
    });
  });

  it('names tables that no rule declares only when asked', async () => {
    const [silent, asked] = [
      await run(['drift', recording('03-toast')]),
      await run(['drift', '--other-tables', recording('03-toast')]),
    ];
    expect(silent.out.join('\n')).not.toContain('ord_doc');
    expect(asked.out.slice(-2)).toEqual(['legacy.oms.ord_doc: not declared', 'legacy.oms.ord_note: not declared']);
    expect(asked.code).toBe(0);
  });

  it('does not call it good when it could compare nothing', async () => {
    const { code, err } = await run(['drift', recording('09c-types-string')]);
    expect(code).toBe(3);
    expect(err).toContain('nothing to compare; do the prefixes of the sources fit the topics?');
  });

  it('never shows the value of an undeclared column', async () => {
    const records = readRecording('postgres/01-lifecycle');
    const file = join(folder, 'secret');
    const grown = records.map((record) =>
      record.topic === 'legacy.oms.cust_addr' && record.value?.includes('"op":"u"')
        ? edited(record, ({ after }) => (after!.iban = 'DE02120300000000202051'))
        : record,
    );
    writeFileSync(file, grown.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const { code, out, err } = await run(['drift', '--json', file]);
    expect(code).toBe(3);
    expect(out.join('')).toContain('iban');
    expect(out.join('') + err).not.toContain('DE0212');
  });

  it.each([
    [['--since', 'yesterday'], /ISO 8601/],
    [['--records', '0'], /whole number above 0/],
  ])('%j is usage', async (options, text) => {
    const { code, err } = await run(['drift', ...options]);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });

  it('a Kafka that does not answer is unreachable', async () => {
    const pipelines = '{"orders":{"sources":[{"name":"legacy"}]}}';
    const env = { DRAGOMAN_KAFKA_BROKERS: '127.0.0.1:1', DRAGOMAN_PIPELINES: pipelines };
    const { code, err } = await run(['drift'], env);
    expect(code).toBe(5);
    expect(err).toContain('KAFKA_UNAVAILABLE');
  });
});
