/** `dragoman init`: what it proposes holds together as it is, fits what it was made of, and takes nobody's file away. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { check as isFormatted, resolveConfig } from 'prettier';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../support/command.js';
import { checked, newFolder } from '../../../support/project/proposed.js';
import { recordingPath } from '../../../support/recordings.js';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

const LIFECYCLE = recordingPath('postgres/01-lifecycle');
const init = (recording: string, ...options: readonly string[]) =>
  run(['init', join(folder, 'rules'), '--recording', recording, ...options]);
const written = (path: string): string => readFileSync(join(folder, 'rules', path), 'utf8');
const filesIn = (): string[] =>
  readdirSync(join(folder, 'rules'), { recursive: true, encoding: 'utf8' }).filter((file) => /\.\w+$/.test(file));

describe('a proposal', () => {
  it.each(['postgres/01-lifecycle', 'mariadb/01-lifecycle'])(
    'of %s passes check, with its types, its test, and the recording itself',
    async (name) => {
      expect(await init(recordingPath(name))).toMatchObject({ code: 0 });
      const { findings, words } = await checked(join(folder, 'rules'), { recording: recordingPath(name) });
      // That keys change is true of the recording, and parks whatever the rules are.
      const found = findings.filter(({ kind, code }) => kind === 'finding' && code !== 'AGGREGATE_KEY_CHANGED');
      expect(found).toEqual([]);
      expect(words).toContain('tests: 1');
      expect(words.join('\n')).toMatch(/rules: 6 tables, 1 aggregate, 1 fact, 1 contract/);
      expect(words.join('\n')).toMatch(/recording: \d+ records, [1-9]\d* events/);
    },
  );

  it.each([
    ...['03-toast', '09a-types-precise', '09b-types-double', '09d-types-isostring', '10-schemas-enabled'],
    ...['19e-key-headers-json', '22-leaf-partitions'],
  ])('of postgres/%s has the right types, and is written as prettier would', async (name) => {
    expect(await init(recordingPath(`postgres/${name}`))).toMatchObject({ code: 0 });
    const { findings } = await checked(join(folder, 'rules'), { tests: false });
    expect(findings.filter(({ kind }) => kind === 'finding')).toEqual([]);
    const style = await resolveConfig(import.meta.filename);
    for (const file of filesIn().filter((each) => each.endsWith('.ts')))
      expect([file, await isFormatted(written(file), { ...style, filepath: file })]).toEqual([file, true]);
  });

  it('has each guess beside its evidence, and asks for what only people know', async () => {
    await init(LIFECYCLE);
    expect(written('tables/ord-hdr.ts'))
      .toContain(`    // 4 values in 96 rows: 10 (55), 20 (19), 30 (17), 90 (5); never null in 96 rows.
    // ? What does each code mean, and which others are there? One that is not listed parks its aggregate; the option
    // \`other\` takes the rest.
    sts_cd: legacy.code({ '10': '10', '20': '20', '30': '30', '90': '90' }),
`);
    expect(written('tables/ord-hdr.ts')).toContain('tot_amt: legacy.decimal({ scale: 2 }),');
    expect(written('tables/ord-hdr.ts')).toMatch(
      /\? In which time zone .*\n\s*crt_ts: legacy\.timestamp\(\{ unit: 'micros', zone: 'UTC' \}\)/,
    );
    expect(written('tables/cust-addr.ts')).toMatch(
      /looks personal, by its name\.\n\s*street: legacy\.text\(\)\.personal\(\)/,
    );
    expect(written('aggregates/ord.ts')).toMatch(
      /20 of 20 values are there\.\n\s*ordLine: many\(ordLine, \(row\) => row\.ord_no\)/,
    );
    expect(written('facts/ord-recorded.ts')).toContain("    // 'sts_cd is 90': (o) => o.ordHdr?.sts_cd === '90',");
    expect(written('README.md')).toContain('- `oms.pay_txn` (ord_no) names `oms.ord_hdr`');
  });

  it('never shows a value of a column that looks personal', async () => {
    await init(LIFECYCLE);
    const streets = [...readFileSync(LIFECYCLE, 'utf8').matchAll(/\\"(?:street|zip|city)\\":\\"([^"\\]+)\\"/g)].map(
      ([, text]) => text ?? '',
    );
    expect(streets.length).toBeGreaterThan(20);
    const all = filesIn().map(written).join('\n');
    expect(streets.filter((street) => all.includes(street))).toEqual([]);
  });

  it('stands by itself', async () => {
    await init(LIFECYCLE);
    expect(JSON.parse(written('package.json'))).toMatchObject({
      name: 'rules',
      private: true,
      type: 'module',
      dependencies: { dragoman: expect.stringMatching(/^\^\d/) as string, zod: expect.any(String) as string },
    });
    expect(JSON.parse(written('tsconfig.json'))).toMatchObject({ compilerOptions: { strict: true } });
  });

  it('says why a table is not declared, and the way out', async () => {
    const { code, err } = await init(recordingPath('postgres/09c-types-string'));
    expect(code).toBe(0);
    expect(err).toMatch(/not declared: oms\.k_none: it has no primary key, .*message\.key\.columns/);
    expect(err).toMatch(/not declared: oms\.Odd Name\$: its name has a blank, or a dot, in it/);
    expect(written('tables/k-none.ts')).toContain("// export const ... = table('oms.k_none', {");
    expect(written('README.md')).toContain('- `oms.k_none`: it has no primary key');
  });

  it('asks whether tables that differ in a number are one', async () => {
    await init(recordingPath('postgres/22-leaf-partitions'));
    expect(written('tables/ord-line-2026.ts').replace(/\s*\n \* /g, ' ')).toContain(
      "oms.ord_line_2025 and oms.ord_line_2026 have the same columns: are they parts of one table? Then declare it once, with a column legacy.physicalTable(['oms.ord_line_*']).",
    );
  });
});

describe('the command', () => {
  it('overwrites nothing, and then writes nothing at all', async () => {
    mkdirSync(join(folder, 'rules/tables'), { recursive: true });
    writeFileSync(join(folder, 'rules/tables/ord-hdr.ts'), 'mine');
    const { code, err } = await init(LIFECYCLE);
    expect(code).toBe(6);
    expect(err).toContain('FILE_EXISTS');
    expect(err).toContain('tables/ord-hdr.ts already, and nothing is overwritten: nothing was written at all');
    expect(filesIn()).toEqual(['tables/ord-hdr.ts']);
    expect(written('tables/ord-hdr.ts')).toBe('mine');
  });

  it('takes the tables that are named, and the one that the aggregate begins with', async () => {
    const { code, out } = await init(LIFECYCLE, '--tables', 'oms.ord_*', '--root', 'oms.ord_cancel', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(out.join('')) as { tables: { name: string }[]; aggregate: { root: string } };
    expect(report.tables.map(({ name }) => name)).toEqual(['oms.ord_cancel', 'oms.ord_hdr', 'oms.ord_line']);
    expect(report.aggregate.root).toBe('oms.ord_cancel');
  });

  it.each<[string, readonly string[], string, number, RegExp]>([
    ['a table that is not there', ['--root', 'oms.orders'], LIFECYCLE, 2, /no table oms\.orders .*oms\.ord_hdr/],
    ['no table at all', ['--tables', 'x.*'], LIFECYCLE, 2, /no table x\.\*/],
    [
      'a root without key',
      ['--root', 'oms.k_none'],
      recordingPath('postgres/09c-types-string'),
      2,
      /oms\.k_none cannot be .*no primary key/,
    ],
    ['flattened rows', [], recordingPath('postgres/15-flattened'), 6, /NOTHING_OBSERVED: .*ExtractNewRecordState/],
    ['a file that is not there', [], 'nowhere.ndjson', 2, /RECORDING_INVALID/],
  ])('refuses %s', async (_, options, recording, exitCode, text) => {
    const { code, err } = await init(recording, ...options);
    expect([code, err]).toEqual([exitCode, expect.stringMatching(text)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('needs something to look at', async () => {
    const { code, err } = await run(['init', join(folder, basename('rules'))]);
    expect(code).toBe(2);
    expect(err).toContain('--recording');
  });
});
