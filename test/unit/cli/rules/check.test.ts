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
  it('is content with the rules of the retailer', async () => {
    const ran = await run(['check', '-c', config(SOUND), '-r', retailer]);
    expect(ran).toMatchObject({ code: 0, out: [] });
    expect(ran.err).toContain('6 tables, 4 contracts');
  });

  it('reports every problem of config and rules at once, with file and line', async () => {
    const rules = join(folder, 'rules');
    cpSync(retailer, rules, { recursive: true });
    const contract = join(rules, 'contracts/refund-initiated.v1.ts');
    writeFileSync(contract, readFileSync(contract, 'utf8').replace("amount: '24.95'", "amount: '24.9'"));
    const file = config(`${SOUND}kafka:\n  brokrs: [a:1]\nhttp:\n  port: 99999\n`);
    const { code, out, err } = await run(['check', '-c', file, '-r', rules]);
    expect(code).toBe(3);
    expect(out).toHaveLength(3);
    expect(out.join('\n')).toMatch(/dragoman\.yaml:7: kafka\.brokrs: .*brokers/);
    expect(out.join('\n')).toMatch(/dragoman\.yaml:9: http\.port: /);
    expect(out.join('\n')).toMatch(
      /contracts\/refund-initiated\.v1\.ts:\d+:\d+: contract RefundInitiated v1: its example/,
    );
    expect(err).toContain('3 problems');
  });

  it('gives the same as JSON', async () => {
    const { code, out } = await run(['check', '--json', '-c', config('namespace: 1\n'), '-r', retailer]);
    expect(code).toBe(3);
    const { schema, findings } = JSON.parse(out.join('')) as { schema: string; findings: Record<string, unknown>[] };
    expect(schema).toBe('dragoman.cli/check@1');
    expect(findings.length).toBeGreaterThanOrEqual(1);
    for (const finding of findings) expect(Object.keys(finding)).toEqual(['code', 'text', 'place']);
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
