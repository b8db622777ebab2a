/** Commands of operators: what they refuse before anything is sent, and what a running member says is held. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { HeldReport } from '../../../../src/server/held.js';
import { type HttpServer, startHttpServer } from '../../../../src/server/http-server.js';
import { run } from '../../../support/command.js';

const HTTP = { host: '127.0.0.1', port: 0, tokensFile: null, metricsOpen: false, publicUrl: null };
const folder = mkdtempSync(join(tmpdir(), 'dragoman-operator-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Nothing answers on any of these addresses. */
function configFile(pipelines: readonly string[]): string {
  const file = join(folder, `${pipelines.join('-')}.yaml`);
  const named = pipelines.map((name) => `  ${name}: { sources: [{ name: legacy-${name} }] }`);
  const away = 'kafka: { brokers: ["127.0.0.1:1"] }\nredis: { url: "redis://127.0.0.1:1" }\nhttp: { port: 1 }';
  writeFileSync(file, `pipelines:\n${named.join('\n')}\n${away}\n`);
  return file;
}
const one = configFile(['orders']);
const two = configFile(['orders', 'returns']);
const why = ['--reason', 'the rule is corrected'];

describe('what is no command', () => {
  it.each<[string, string[], RegExp]>([
    ['a change without reason', ['parked', 'retry', 'order', '1', '-c', one], /COMMAND_INVALID.*--reason/],
    ['an empty reason', ['parked', 'retry', 'order', '1', '-c', one, '--reason', ' '], /COMMAND_INVALID.*reason/],
    [
      'a reason that is too long',
      ['parked', 'retry', 'order', '1', '-c', one, '--reason', 'x'.repeat(1_001)],
      /COMMAND_INVALID/,
    ],
    ['nobody who decides', ['parked', 'retry', 'order', '1', '-c', one, ...why, '--by', ''], /COMMAND_INVALID.*by/],
    [
      'no pipeline among several',
      ['parked', 'retry', 'order', '1', '-c', two, ...why],
      /--pipeline is one of orders, returns/,
    ],
    ['a pipeline that is not there', ['parked', 'list', '-c', one, '--pipeline', 'x'], /There is no pipeline "x"/],
    [
      'a wait that is no time',
      ['parked', 'retry', 'order', '1', '-c', one, ...why, '--wait', 'soon'],
      /0 to 3600 seconds/,
    ],
    ['no aggregate', ['parked', 'discard', '-c', one, ...why], /missing required argument 'aggregate'/],
    [
      'nothing that is to be retried',
      ['parked', 'retry', '-c', one, ...why],
      /Say which: parked retry <aggregate> <id>/,
    ],
    ['both one and many', ['parked', 'retry', 'order', '1', '--code', 'RULE_THREW', '-c', one, ...why], /Say which/],
    ['many without waiting', ['parked', 'retry', '--code', 'RULE_THREW', '--wait', '0', '-c', one, ...why], /--wait 0/],
    ['many without reason', ['parked', 'retry', '--code', 'RULE_THREW', '-c', one], /COMMAND_INVALID.*--reason/],
    ['a code that is none', ['parked', 'list', '--code', 'X', '-c', one], /Allowed choices are ROW_INVALID/],
    ['an age that is none', ['parked', 'list', '--older-than', 'long', '-c', one], /such as 15m/],
    ['a cap that is none', ['parked', 'list', '--max', '0', '-c', one], /whole number above 0/],
    ['tables of no source', ['tables', 'known', '-c', one, ...why], /missing required argument 'source'/],
    [
      'tables of a source that is not there',
      ['tables', 'known', 'x', '-c', one, ...why],
      /has no source x: legacy-orders/,
    ],
    ['tables of no pipeline', ['tables', 'list', '-c', two], /--pipeline is one of orders, returns/],
    ['tables of a pipeline that is not there', ['tables', 'list', '-c', one, '--pipeline', 'x'], /no pipeline "x"/],
    ['an option of another command', ['missed', 'list', '--keep-rows'], /unknown option '--keep-rows'/],
  ])('%s is usage', async (_, argv, text) => {
    const { code, out, err } = await run(argv);
    expect([code, out]).toEqual([2, []]);
    expect(err).toMatch(text);
  });
});

describe('what is away', () => {
  it.each<[string, string[], RegExp]>([
    ['Redis, for parked retry', ['parked', 'retry', 'order', '1', '-c', one, ...why], /REDIS_UNAVAILABLE/],
    ['Redis, for a dry run', ['missed', 'publish', 'order', '1', '-c', one, '--dry-run'], /REDIS_UNAVAILABLE/],
    [
      'Redis, for parked retry of many',
      ['parked', 'retry', '--code', 'RULE_THREW', '-c', one, ...why],
      /REDIS_UNAVAILABLE/,
    ],
    ['Redis, for parked discard', ['parked', 'discard', 'order', '1', '-c', one, ...why], /REDIS_UNAVAILABLE/],
    ['Redis, for parked show', ['parked', 'show', 'order', '1', '-c', one], /REDIS_UNAVAILABLE/],
    ['Redis, for parked list', ['parked', 'list', '-c', one], /REDIS_UNAVAILABLE/],
    ['Redis, for missed list', ['missed', 'list', '-c', one], /REDIS_UNAVAILABLE/],
    ['the member, for transactions list', ['transactions', 'list', '-c', one], /MEMBER_UNAVAILABLE.*--member/],
  ])('%s, is unreachable', async (_, argv, text) => {
    const { code, out, err } = await run(argv);
    expect([code, out]).toEqual([5, []]);
    expect(err).toMatch(text);
  });
});

describe('transactions', () => {
  const held = {
    transaction: '712:90',
    code: 'TRANSACTION_INCOMPLETE',
    text: 'It lacks rows.',
    isWaitedFor: true,
    sinceMs: 0,
  };
  let server: HttpServer | undefined;
  afterEach(() => server?.close());

  async function member(pipelines: HeldReport['pipelines']): Promise<string[]> {
    const metrics = { contentType: 'text/plain', render: () => Promise.resolve('') };
    const report = { schema: 'dragoman.http/held@2', pipelines } as const;
    const checks = { readiness: {}, startup: {} };
    server = await startHttpServer({ http: HTTP, metrics, ...checks, held: () => report, warn: () => undefined });
    return ['-c', one, '--member', server.url];
  }

  it('list shows what is held, and why', async () => {
    const there = await member({ orders: { 'legacy-orders': [held], quiet: [] } });
    const { code, out, err } = await run(['transactions', 'list', ...there]);
    expect(code).toBe(0);
    expect(out).toEqual(['legacy-orders 712:90 TRANSACTION_INCOMPLETE since 1970-01-01T00:00:00.000Z: It lacks rows.']);
    expect(err).toContain('1 held; what comes after waits\n');
    const { out: json } = await run(['transactions', 'list', ...there, '--json']);
    expect(JSON.parse(json.join(''))).toEqual({
      schema: 'dragoman.cli/transactions@1',
      pipeline: 'orders',
      held: [{ source: 'legacy-orders', ...held, tasks: ['orders'] }],
    });
  });

  it('list shows all that are held, and says what waits for them', async () => {
    const left = { ...held, transaction: '713:95', code: 'TRANSACTION_WITHOUT_END', isWaitedFor: false };
    const list = async (all: (typeof held)[]) =>
      run(['transactions', 'list', ...(await member({ orders: { one: all } }))]);
    const { out, err } = await list([held, left]);
    expect(out.map((line) => line.split(' ')[1])).toEqual(['712:90', '713:95']);
    expect(err).toContain('2 held; what comes after waits for 1 of them');
    await server?.close();
    expect((await list([left])).err).toContain('1 held; nothing waits for them but the offsets');
  });

  it('list asks for another member when this one does not run the pipeline', async () => {
    const { code, err } = await run(['transactions', 'list', ...(await member({ returns: {} }))]);
    expect(code).toBe(5);
    expect(err).toMatch(/MEMBER_UNAVAILABLE.*does not run orders now \(it runs: returns\)/);
  });

  it('release is refused for what is not held; nothing is sent', async () => {
    const there = await member({ orders: { 'legacy-orders': [held] } });
    const { code, err } = await run(['transactions', 'release', 'legacy-orders', '1:1', ...there, ...why]);
    expect(code).toBe(6);
    expect(err).toMatch(/COMMAND_REFUSED.*transaction 1:1 of legacy-orders is not held/);
  });

  it.each([
    ['release', /decided as they are/],
    ['quarantine', /would be parked/],
  ])('%s --dry-run says what it would do, and sends nothing', async (how, text) => {
    const there = await member({ orders: { 'legacy-orders': [held] } });
    const { code, out, err } = await run(['transactions', how, 'legacy-orders', '712:90', ...there, '--dry-run']);
    expect([code, out]).toEqual([0, ['TRANSACTION_INCOMPLETE: It lacks rows.']]);
    expect(err).toMatch(text);
  });

  it('what is held and shall go needs Kafka', async () => {
    const there = await member({ orders: { 'legacy-orders': [held] } });
    const { code, err } = await run(['transactions', 'release', 'legacy-orders', '712:90', ...there, ...why]);
    expect(code).toBe(5);
    expect(err).toContain('KAFKA_UNAVAILABLE');
  }, 30_000);
});
