/** `dragoman contracts export`: the retailer's, which is committed; and what is told of a folder that is not as the rules say. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LIST_FILE } from '../../../../src/adapters/files/own-files.js';
import { ruleFiles } from '../../../../src/adapters/files/rules-bundle.js';
import { typeNameOf } from '../../../../src/contracts/documents/types-text.js';
import type { ExampleEvent } from '../../../../src/contracts/published-contracts.js';
import type { JsonSchema, PublishedContract } from '../../../../src/contracts/published.js';
import { projectDirectory } from '../../../stack/directories.js';
import { run } from '../../../support/command.js';
import { asyncApiProblems } from '../../../support/contracts/async-api.js';
import { refusals } from '../../../support/contracts/published.js';
import { typedValue, typeErrors } from '../../../support/contracts/typed.js';

const RETAILER = join(projectDirectory, 'rules');
const PUBLISHED = join(RETAILER, 'contracts', 'published');
const folder = mkdtempSync(join(tmpdir(), 'dragoman-export-'));
afterAll(() => rmSync(folder, { recursive: true }));

const contracts = readdirSync(PUBLISHED).filter((name) => /\.v\d+$/.test(name));
const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(PUBLISHED, ...path), 'utf8'));

describe("the retailer's export", () => {
  it('is what the rules say (dragoman contracts export)', async () => {
    const { code, out } = await run(['contracts', 'export', '--rules', RETAILER, '--check']);
    expect([code, out]).toEqual([0, []]);
  });

  it.each(contracts)('has an example of %s that fits its schema, and parts that say the same', (name) => {
    const contract = read(name, 'contract.json') as PublishedContract;
    const example = read(name, 'example.json') as ExampleEvent;
    const schema = read(name, 'schema.json') as JsonSchema;
    expect(refusals(schema)(example.value)).toEqual([]);
    expect(contract).toMatchObject({ value: schema, example: example.value, topic: example.topic, type: name });
    expect(example.headers['ce_dataschema']).toBe(schema.$id);
  });

  it('has types that the examples are of', () => {
    const sources = contracts.map((name): [string, string] => {
      const { value } = read(name, 'example.json') as ExampleEvent;
      const types = readFileSync(join(PUBLISHED, name, 'types.ts'), 'utf8');
      return [`/${name}.ts`, typedValue(types, typeNameOf(read(name, 'contract.json') as PublishedContract), value)];
    });
    expect(sources).toHaveLength(4);
    expect(typeErrors(new Map(sources))).toEqual([]);
  });

  it('has an AsyncAPI document that the parser accepts', async () => {
    expect(await asyncApiProblems(readFileSync(join(PUBLISHED, 'asyncapi.json'), 'utf8'))).toEqual([]);
  });

  it('is no part of the rules', () => {
    expect(ruleFiles(RETAILER).filter((file) => file.includes('published'))).toEqual([]);
    expect(ruleFiles(RETAILER)).toContain(join('contracts', 'refund-initiated.v1.ts'));
  });
});

describe('contracts export', () => {
  const out = join(folder, 'out');
  const asked = (...options: string[]) => run(['contracts', 'export', '--rules', RETAILER, '--out', out, ...options]);

  it('writes a folder, the same bytes each time, and says what it changed', async () => {
    expect(await asked('--check')).toMatchObject({ code: 3 });
    const first = await asked();
    expect(first.code).toBe(0);
    expect(first.out).toContain('written:   RefundInitiated.v1/contract.json');
    expect(first.err).toMatch(/4 contracts, \d+ files in .*out: \d+ changed/);
    expect(await asked()).toMatchObject({ code: 0, out: [] });
    expect(await asked('--check')).toMatchObject({ code: 0, out: [] });
    for (const { path } of filesBelow(out))
      expect(readFileSync(join(out, path), 'utf8')).toBe(readFileSync(join(PUBLISHED, path), 'utf8'));
  });

  it('says by path what the folder has otherwise, and puts it right', async () => {
    writeFileSync(join(out, 'index.md'), 'by hand');
    rmSync(join(out, 'RefundInitiated.v1', 'page.md'));
    const found = await asked('--check', '--json');
    expect(found.code).toBe(3);
    expect(JSON.parse(found.out[0] ?? '')).toMatchObject({
      schema: 'dragoman.cli/contracts-export@1',
      contracts: 4,
      differing: [
        { path: 'RefundInitiated.v1/page.md', kind: 'missing' },
        { path: 'index.md', kind: 'differs' },
      ],
    });
    expect(found.err).toContain('-> dragoman contracts export');
    expect((await asked()).out).toEqual(['written:   RefundInitiated.v1/page.md', 'rewritten: index.md']);
    expect(await asked('--check')).toMatchObject({ code: 0 });
  });

  it('removes a contract that the rules do not publish any more', async () => {
    const rules = join(folder, 'rules');
    cpSync(RETAILER, rules, { recursive: true });
    const publications = join(rules, 'publications.ts');
    const text = readFileSync(publications, 'utf8');
    writeFileSync(publications, text.replace(/^ {2}publish\(refundInitiated\).*$/m, ''));
    const { code, out: told } = await run(['contracts', 'export', '--rules', rules]);
    expect(code).toBe(0);
    expect(told).toContain('removed:   RefundInitiated.v1/contract.json');
    expect(readdirSync(join(rules, 'contracts', 'published'))).not.toContain('RefundInitiated.v1');
  });

  it('has names and addresses of the config', async () => {
    const config = join(folder, 'dragoman.yaml');
    writeFileSync(config, 'sourceSystem: oms\nevent: { source: "urn:x", typePrefix: com.example }\n');
    const named = join(folder, 'named');
    expect(await run(['contracts', 'export', '-c', config, '--rules', RETAILER, '--out', named])).toMatchObject({
      code: 0,
    });
    const example = JSON.parse(readFileSync(join(named, 'RefundInitiated.v1', 'example.json'), 'utf8')) as ExampleEvent;
    expect(example).toMatchObject({
      headers: { ce_type: 'com.example.RefundInitiated.v1', ce_source: 'urn:x' },
      value: { sourceSystem: 'oms' },
    });
  });

  it.each([
    [
      'a file of somebody else in the way',
      6,
      'FILE_EXISTS',
      (at: string) => writeFileSync(join(at, 'index.md'), 'mine'),
    ],
    ['a list that is none', 6, 'EXPORT_UNREADABLE', (at: string) => writeFileSync(join(at, LIST_FILE), '[]')],
  ])('refuses %s', async (_, code, named, prepare) => {
    const at = mkdtempSync(join(folder, 'refused-'));
    prepare(at);
    const ran = await run(['contracts', 'export', '--rules', RETAILER, '--out', at]);
    expect([ran.code, ran.err.includes(named)]).toEqual([code, true]);
    expect(readdirSync(at)).toHaveLength(1);
  });

  it('says that it cannot write where a file stands for the folder', async () => {
    const at = join(folder, 'file');
    writeFileSync(at, '');
    const ran = await run(['contracts', 'export', '--rules', RETAILER, '--out', at]);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('it cannot be written')]);
  });
});

const filesBelow = (at: string): { path: string }[] =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ path: join(entry.parentPath, entry.name).slice(at.length + 1) }));
