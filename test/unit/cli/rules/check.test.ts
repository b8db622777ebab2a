/** `dragoman check` and `dragoman config print`: everything at once, with places, and no secret shown. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../support/command.js';

const retailer = fileURLToPath(new URL('../../../../rules', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-check-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const config = (text: string): string => {
  const file = join(folder, 'dragoman.yaml');
  writeFileSync(file, text);
  return file;
};
const SOUND = `namespace: orders
pipelines:
  orders:
    sources:
      - name: legacy
`;

describe('check', () => {
  it('is content with the rules of the retailer, and needs no config for that', async () => {
    const ran = await run(['check', '--no-tests', '-r', retailer]);
    expect(ran).toMatchObject({ code: 0, out: [] });
    expect(ran.err).toContain('rules: 6 tables, 1 aggregate, 4 facts, 4 contracts, digest ');
    expect(ran.err).toMatch(/types: \d+ files, TypeScript \d/);
    expect(ran.err).toContain('tests: left out\nall holds together');
  });

  it('reports every problem of config and rules at once, with file, line and column, and what to do', async () => {
    const rules = join(folder, 'rules');
    cpSync(retailer, rules, { recursive: true });
    const contract = join(rules, 'contracts/refund-initiated.v1.ts');
    writeFileSync(contract, readFileSync(contract, 'utf8').replace("amount: '24.95'", "amount: '24.9'"));
    const file = config(`${SOUND}kafka:\n  brokrs: [a:1]\nhttp:\n  port: 99999\n`);
    const { code, out, err } = await run(['check', '--no-tests', '-c', file, '-r', rules]);
    expect(code).toBe(3);
    expect(out).toHaveLength(6);
    expect(out.join('\n')).toMatch(/dragoman\.yaml:7: kafka\.brokrs: .*brokers/);
    expect(out.join('\n')).toMatch(/dragoman\.yaml:9: http\.port: /);
    expect(out.join('\n')).toMatch(
      /contracts\/refund-initiated\.v1\.ts:\d+:\d+: contract RefundInitiated v1: its example .*\[EXAMPLE_INVALID\]\n {4}-> Correct the example/,
    );
    expect(err).toContain('3 findings');
  });

  it('gives the same as JSON', async () => {
    const { code, out } = await run(['check', '--json', '--no-tests', '-c', config('namespace: 1\n'), '-r', retailer]);
    expect(code).toBe(3);
    const { schema, findings } = JSON.parse(out.join('')) as { schema: string; findings: Record<string, unknown>[] };
    expect(schema).toBe('dragoman.cli/check@2');
    expect(findings.length).toBeGreaterThanOrEqual(1);
    for (const finding of findings)
      expect(Object.keys(finding)).toEqual(['kind', 'code', 'file', 'line', 'column', 'about', 'text', 'fix']);
  });

  it('makes nothing of a config that is no YAML but what is wrong with it', async () => {
    const { code, out } = await run(['check', '--no-tests', '-c', config('rules: [\n')]);
    expect(code).toBe(3);
    const places = out
      .filter((line) => !line.startsWith('    '))
      .map((line) => line.replace(/^.*dragoman\.yaml/, 'dragoman.yaml'));
    expect(places.filter((line) => !line.startsWith('dragoman.yaml:'))).toEqual([
      'note: rules: they were not looked at, because the config that names their folder cannot be read [RULES_NOT_CHECKED]',
    ]);
  });

  it('takes the folder of an invalid config all the same', async () => {
    const { out } = await run(['check', '--no-tests', '-c', config('rules: nowhere\nsource: []\n')]);
    expect(out.join('\n')).toMatch(/source: unknown key.*KEY_UNKNOWN/);
    expect(out.join('\n')).toMatch(/rules: there is no folder .*nowhere \[NOT_LOADABLE\]/);
    expect(out.join('\n')).not.toContain('node_modules');
  });
});

describe('config print', () => {
  const secrets = {
    DRAGOMAN_REDIS_SENTINEL_PASSWORD: 'pa55-sentinel',
    DRAGOMAN_KAFKA_SASL_MECHANISM: 'scram-sha-512',
    DRAGOMAN_KAFKA_SASL_USERNAME: 'dragoman',
    DRAGOMAN_KAFKA_SASL_PASSWORD: 'pa55-kafka',
  };
  const file = () => config(`${SOUND}redis:\n  url: redis://user:pa55-url@redis:6379\n`);

  it.each([[[]], [['--json']]])('hides every secret (%j), also the one inside of an address', async (options) => {
    const { code, out } = await run(['config', 'print', ...options, '-c', file()], secrets);
    expect(code).toBe(0);
    expect(out.join('\n')).not.toContain('pa55');
    expect(out.join('\n')).toContain('redis.password');
  });

  it('says where each value comes from', async () => {
    const { out } = await run(['config', 'print', '-c', file()], { ...secrets, DRAGOMAN_HTTP_PORT: '9999' });
    const line = (key: string): string | undefined => out.find((text) => text.startsWith(`${key} = `));
    expect(line('namespace')).toMatch(/"orders" {2}\(.*dragoman\.yaml/);
    expect(line('http.port')).toMatch(/9999 {2}\(.*DRAGOMAN_HTTP_PORT/);
    expect(line('log.level')).toMatch(/"info" {2}\(default\)/);
  });
});
