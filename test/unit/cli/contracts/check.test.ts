/** `dragoman contracts check` and `contracts diff`: exports on disk and in git, consumers' files, what is refused, and how long it takes. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { projectDirectory } from '../../../stack/directories.js';
import { run } from '../../../support/command.js';
import { type ContractText, writeRules } from '../../../support/contracts/rules-text.js';

const RETAILER = join(projectDirectory, 'rules');
const folder = mkdtempSync(join(tmpdir(), 'dragoman-contracts-'));
afterAll(() => rmSync(folder, { recursive: true }));

let home: string;
let rules: string;
beforeEach(() => {
  home = mkdtempSync(join(folder, 'one-'));
  rules = join(home, 'rules');
});

const JOB: ContractText = { name: 'JobDone' };
const NUMBER: ContractText = { ...JOB, fields: 'total: z.int()', example: 'total: 1' };

const write = (...contracts: readonly ContractText[]) => writeRules(rules, contracts);
const check = (...argv: readonly string[]) => run(['contracts', 'check', '--rules', rules, ...argv]);

async function published(...contracts: readonly ContractText[]): Promise<void> {
  write(...contracts);
  expect((await run(['contracts', 'export', '--rules', rules])).code).toBe(0);
}

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-C', home, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    encoding: 'utf8',
  });

async function committed(...contracts: readonly ContractText[]): Promise<void> {
  await published(...contracts);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'contracts');
}

describe('contracts check', () => {
  it('says of what breaks where it stands, what it was and is, whom it breaks and what to do', async () => {
    await published(JOB);
    write(NUMBER);
    const { code, out, err } = await check();
    expect(code).toBe(3);
    expect(out).toEqual([
      expect.stringMatching(
        /rules\/index\.ts:\d+:\d+: JobDone\.v1: total has another type: was "string", is "integer" \(since .*published\) \[TYPE_CHANGED\]$/,
      ),
      '    breaks consumers of JobDone.v1 that read total',
      '    -> Add a field with another name beside it, and keep filling this one; or publish a new major version beside this one.',
    ]);
    expect(err).toContain('1 finding, 0 notes');
  });

  it('gives machines the same', async () => {
    await published(JOB);
    write(NUMBER);
    const { code, out } = await check('--json');
    const { schema, findings, changes } = JSON.parse(out.join('')) as Record<string, unknown>;
    expect([code, schema]).toEqual([3, 'dragoman.cli/contracts-check@1']);
    expect(findings).toMatchObject([{ kind: 'finding', code: 'TYPE_CHANGED', about: 'JobDone.v1' }]);
    expect(changes).toMatchObject([
      {
        ...{ code: 'TYPE_CHANGED', contract: 'JobDone.v1', path: 'total', from: 'string', to: 'integer' },
        ...{ weight: 'break', breaks: ['forward', 'backward'], consumers: { broken: [], untouched: [] } },
      },
    ]);
  });

  it('lets growth through', async () => {
    await published(JOB);
    write({ ...JOB, fields: 'total: z.string(), colour: z.string().optional()' });
    expect(await check('--mode', 'full')).toMatchObject({ code: 0, out: [] });
  });

  it('takes what hurts only those that begin again for a note, unless it is asked for', async () => {
    await published(JOB);
    write({ ...JOB, fields: 'total: z.string(), colour: z.string()', example: "total: '1', colour: 'red'" });
    const forward = await check();
    expect([forward.code, forward.out[0]]).toEqual([
      0,
      expect.stringContaining('note: JobDone.v1: colour is new, and must be there'),
    ]);
    expect(await check('--mode', 'backward')).toMatchObject({ code: 3 });
  });

  it('has nothing to compare with at first', async () => {
    write(JOB);
    expect(await check()).toMatchObject({ code: 0, err: expect.stringContaining('nothing to compare with') as string });
  });

  it("finds nothing in the retailer's contracts", async () => {
    const { code, out } = await run(['contracts', 'check', '--rules', RETAILER]);
    expect([code, out]).toEqual([0, []]);
  });

  it('finds what a contract lacks, and takes a waiver with its reason', async () => {
    const legacy = { ...JOB, fields: 'stsCd: z.string()', example: "stsCd: 'x'" };
    write(legacy);
    const found = await check();
    expect([found.code, found.out[0]]).toEqual([3, expect.stringContaining('[LEGACY_NAME_ON_WIRE]')]);
    write({ ...legacy, more: "waived: { 'LEGACY_NAME_ON_WIRE stsCd': 'It is printed on the job.' }" });
    const waived = await check();
    expect(waived.code).toBe(0);
    expect(waived.out).toContain('    waived: It is printed on the job.');
  });

  it('tells of a sunset that is over', async () => {
    write({ ...JOB, more: "sunset: '2020-01-01'" });
    const { code, out } = await check();
    expect([code, out[0]]).toEqual([
      3,
      expect.stringContaining('its sunset was 2020-01-01, and it is published still [SUNSET_PAST]'),
    ]);
  });

  it('says which contracts have one name', async () => {
    write(JOB, JOB);
    const { code, out } = await check();
    expect([code, out[0]]).toEqual([3, expect.stringContaining('[NAME_TWICE]')]);
  });
});

describe('contracts check against git', () => {
  beforeEach(() => git('init', '--quiet', '--initial-branch', 'main'));

  it('reads a revision without touching what is there', async () => {
    await committed(JOB);
    await published(NUMBER);
    const before = git('status', '--porcelain');
    const { code, out } = await check('--against', 'main');
    expect([code, out[0]]).toEqual([3, expect.stringContaining('(since main) [TYPE_CHANGED]')]);
    expect(git('status', '--porcelain')).toBe(before);
  });

  it('counts every version that the line of first parents had, and no other', async () => {
    const colour = { ...JOB, fields: 'total: z.string(), colour: z.string().optional()' };
    await committed(colour);
    git('checkout', '--quiet', '-b', 'try');
    await committed(NUMBER);
    await committed(JOB);
    git('checkout', '--quiet', 'main');
    git('merge', '--quiet', '--no-ff', '--message', 'merged', 'try');
    write({ ...JOB, fields: 'total: z.string(), colour: z.int().optional()' });
    const { code, out, err } = await check('--against', 'main');
    expect(code).toBe(3);
    expect(out.filter((line) => line.includes('['))).toEqual([
      expect.stringMatching(
        /colour was retired, and is back as something else.*\(since main@[0-9a-f]+\) \[FIELD_NAME_REUSED\]$/,
      ),
    ]);
    expect(err).toContain('main: 2 published');
  });

  it('takes several places, and another one in a revision', async () => {
    await committed(NUMBER);
    cpSync(join(rules, 'contracts', 'published'), join(home, 'elsewhere'), { recursive: true });
    git('add', '--all');
    git('commit', '--quiet', '--message', 'moved');
    write(NUMBER);
    expect(await check('--against', 'main:elsewhere', join(home, 'elsewhere'))).toMatchObject({ code: 0 });
  });

  it('says that a branch has no export yet', async () => {
    write(JOB);
    git('add', '--all');
    git('commit', '--quiet', '--message', 'rules');
    expect(await check('--against', 'main')).toMatchObject({
      ...{ code: 0, err: expect.stringContaining('main has no export in rules/contracts/published') as string },
    });
  });

  it('refuses a revision that git does not know', async () => {
    await committed(JOB);
    const { code, err } = await check('--against', 'no-such-branch');
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/COMMAND_INVALID.*no-such-branch is neither.*git knows no no-such-branch/),
    ]);
  });

  it('refuses a place of a revision where there never was an export', async () => {
    await committed(JOB);
    const { code, err } = await check('--against', 'main:elsewhere');
    expect([code, err]).toEqual([2, expect.stringMatching(/COMMAND_INVALID.*there never was an export in elsewhere/)]);
  });

  it('says that a clone is shallow', async () => {
    await committed(JOB);
    await committed({ ...JOB, fields: 'total: z.string(), colour: z.string().optional()' });
    const clone = join(home, 'clone');
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${home}`, clone], { stdio: 'ignore' });
    const { err } = await run(['contracts', 'check', '--rules', join(clone, 'rules'), '--against', 'HEAD']);
    expect(err).toContain('the clone is shallow');
  });
});

describe('what cannot be read is refused', () => {
  it('a revision where there is no repository', async () => {
    write(JOB);
    const { code, err } = await check('--against', 'main');
    expect([code, err]).toEqual([2, expect.stringContaining('the rules are in no git repository')]);
  });

  const contract = () => join(rules, 'contracts', 'published', 'JobDone.v1', 'contract.json');
  const edited = (change: (text: string) => string) =>
    writeFileSync(contract(), change(readFileSync(contract(), 'utf8')));

  it.each<[string, (text: string) => string, string]>([
    ['no JSON', (text) => text.slice(1), 'it is no JSON'],
    [
      'of another version',
      (text) => text.replace('dragoman.contract@1', 'dragoman.contract@2'),
      'its form is dragoman.contract@2',
    ],
    [
      'in the folder of another',
      (text) => text.replace('"version": 1', '"version": 2'),
      'it says that it is JobDone.v2',
    ],
    ['without a part of it', (text) => text.replace('"stability"', '"stable"'), 'stability: '],
  ])('an export that is %s', async (_, change, why) => {
    await published(JOB);
    edited(change);
    const { code, err } = await check();
    expect([code, err]).toEqual([6, expect.stringContaining('EXPORT_UNREADABLE')]);
    expect(err).toContain(why);
  });

  it('what stands in the past of a branch, which nobody can write again, with a way around it', async () => {
    git('init', '--quiet', '--initial-branch', 'main');
    await committed(JOB);
    edited((text) => text.slice(1));
    git('commit', '--quiet', '--all', '--message', 'broken');
    await committed(JOB);
    const { code, err } = await check('--against', 'main');
    expect([code, err]).toEqual([6, expect.stringContaining('it is no JSON')]);
    expect(err).toContain('name folders instead');
    expect(err).not.toContain('Write the export again');
    expect(await check('--against', join(rules, 'contracts', 'published'))).toMatchObject({ code: 0 });
  });

  it('a folder that has no contract', async () => {
    write(JOB);
    expect(await check('--against', rules)).toMatchObject({
      ...{ code: 6, err: expect.stringContaining('EXPORT_UNREADABLE') as string },
    });
  });
});

describe("consumers' files", () => {
  const file = (name: string, text: string): string => {
    const path = join(home, name);
    writeFileSync(path, text);
    return path;
  };
  const uses = (consumer: string, ...fields: string[]) =>
    `consumer: ${consumer}\ncontact: '#${consumer}'\nuses:\n  - { contract: JobDone, version: 1, fields: [${fields.join(', ')}] }\n`;

  it('name who breaks, and who is not touched', async () => {
    await published(JOB);
    write(NUMBER);
    const files = [
      file('billing.yaml', uses('billing', 'jobId', 'total')),
      file('planning.yaml', uses('planning', 'jobId')),
    ];
    const { code, out } = await check('--consumers', ...files);
    expect(code).toBe(3);
    expect(out[1]).toBe(
      '    breaks consumers of JobDone.v1 that read total: billing (#billing); not touched: planning',
    );
  });

  it('may be JSON, and name what is not there', async () => {
    write(JOB);
    const wrong = {
      consumer: 'billing',
      contact: '#billing',
      uses: [{ contract: 'JobGone', version: 1, fields: ['jobId'] }],
    };
    const files = [file('billing.json', JSON.stringify(wrong)), file('planning.yaml', uses('planning', 'weight'))];
    const { code, out } = await check('--consumers', ...files);
    expect(code).toBe(3);
    expect(out.filter((line) => line.includes('['))).toEqual([
      'consumer billing: uses JobGone.v1, which is not published and never was [CONSUMED_CONTRACT_UNKNOWN]',
      'consumer planning: uses the field weight of JobDone.v1, which it does not have and never had [CONSUMED_FIELD_UNKNOWN]',
    ]);
  });

  it.each([
    ['is no YAML', 'consumer: [', 'line '],
    ['lacks something', 'consumer: billing\ncontact: x\n', 'uses: '],
    ['says more', `${uses('billing', 'jobId')}since: 2020\n`, 'since'],
  ])('is refused when it %s', async (_, text, why) => {
    write(JOB);
    const { code, err } = await check('--consumers', file('billing.yaml', text));
    expect([code, err]).toEqual([2, expect.stringContaining('CONSUMER_FILE_INVALID')]);
    expect(err).toContain(why);
  });

  it('is refused when it is not there', async () => {
    write(JOB);
    expect(await check('--consumers', join(home, 'none.yaml'))).toMatchObject({ code: 2 });
  });
});

describe('contracts diff', () => {
  it('says in words what became different', async () => {
    await published(JOB);
    const before = join(home, 'before');
    cpSync(join(rules, 'contracts', 'published'), before, { recursive: true });
    write({ ...NUMBER, more: "sunset: '2099-03-01', replacedBy: 'JobDone.v2'" }, { ...JOB, version: 2 });
    const { code, out } = await run(['contracts', 'diff', before, '--rules', rules]);
    expect([code, out]).toEqual([
      3,
      [
        'JobDone.v1',
        '  total has another type: was "string", is "integer" [TYPE_CHANGED]',
        '      breaks consumers of JobDone.v1 that read total',
        '      -> Add a field with another name beside it, and keep filling this one; or publish a new major version beside this one.',
        '  stability has another stability: was "stable", is "deprecated" [STABILITY_CHANGED]',
        '  replacedBy is replaced by another contract: was nothing, is "JobDone.v2" [REPLACEMENT_CHANGED]',
        'JobDone.v2',
        '  it is new [CONTRACT_ADDED]',
      ],
    ]);
    const markdown = await run(['contracts', 'diff', before, rules, '--rules', rules, '--markdown']);
    expect(markdown.out[0]).toMatch(/^### Contracts: `.*before` to `.*rules`$/);
    expect(markdown.out).toContain('4 changes, of which 1 break consumers.');
    expect(markdown.out).toContain('- it is new (`CONTRACT_ADDED`)');
  });

  it('says that nothing did', async () => {
    await published(JOB);
    const { code, out } = await run(['contracts', 'diff', join(rules, 'contracts', 'published'), '--rules', rules]);
    expect([code, out]).toEqual([0, []]);
  });
});

describe('50 contracts', () => {
  const FIELDS = Array.from({ length: 20 }, (_, n) => `field${n}: z.string()`).join(', ');
  const EXAMPLE = Array.from({ length: 20 }, (_, n) => `field${n}: 'x'`).join(', ');
  const MS_MAX = 3_000;

  it(`are checked in less than ${MS_MAX} ms`, async () => {
    const fifty = Array.from({ length: 50 }, (_, n) => ({ name: `Job${n}Done`, fields: FIELDS, example: EXAMPLE }));
    await published(...fifty);
    const cpu = process.cpuUsage();
    const { code, err } = await check();
    const { user, system } = process.cpuUsage(cpu);
    expect([code, err]).toEqual([0, expect.stringContaining('50 contracts against 50 published')]);
    // Of this process, so that a busy machine does not fail it.
    expect((user + system) / 1_000).toBeLessThan(MS_MAX);
  });
});
