/** `dragoman token`, and commands that show one to a member. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type HttpServer, startHttpServer } from '../../../src/server/http-server.js';
import { findToken, readTokens } from '../../../src/server/tokens.js';
import { run } from '../../support/command.js';

const folder = mkdtempSync(join(tmpdir(), 'dragoman-token-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => join(folder, name);

describe('token', () => {
  it('shows a new token once, with the line that knows it again and does not hold it', async () => {
    const { code, out, err } = await run(['token', 'metrics', '--name', 'prometheus', '--json']);
    const { token, line } = JSON.parse(out.join('')) as { token: string; line: string };
    expect(code).toBe(0);
    expect(token).toMatch(/^dragoman_[A-Za-z0-9_-]{43}$/);
    expect(line).not.toContain(token);
    expect(err).not.toContain(token);
    const entries = readTokens('tokens', line);
    expect(findToken(entries, token)).toMatchObject({ role: 'metrics', name: 'prometheus' });
    expect(findToken(entries, `${token}x`)).toBeNull();
    expect((await run(['token', 'metrics', '--name', 'prometheus', '--json'])).out.join('')).not.toContain(token);
  });

  it('puts the line into the file, in the place of the one with the same name, and the token into another', async () => {
    const [tokens, out] = [file('tokens'), file('prometheus')];
    writeFileSync(tokens, `# ours\noperator ops sha256:${'a'.repeat(64)}\n`);
    for (let i = 0; i < 2; i += 1) {
      const ran = await run(['token', 'metrics', '--name', 'prometheus', '--tokens', tokens, '--out', out]);
      expect(ran.code).toBe(0);
      expect(ran.out.join('')).not.toContain(readFileSync(out, 'utf8'));
    }
    const text = readFileSync(tokens, 'utf8');
    expect(text.split('\n').slice(0, 2)).toEqual(['# ours', `operator ops sha256:${'a'.repeat(64)}`]);
    const entries = readTokens(tokens, text);
    expect(entries.map(({ name }) => name)).toEqual(['ops', 'prometheus']);
    expect(findToken(entries, readFileSync(out, 'utf8'))?.name).toBe('prometheus');
    expect(statSync(out).mode & 0o777).toBe(0o640);
  });

  it.each<[string[], RegExp]>([
    [['token', 'admin', '--name', 'a'], /COMMAND_INVALID.*metrics, viewer or operator/],
    [['token', 'metrics', '--name', 'a b'], /COMMAND_INVALID.*--name/],
    [['token', 'metrics'], /required option '--name/],
    [['token', 'metrics', '--name', 'a', '--out', '/none/there'], /COMMAND_INVALID.*cannot be written/],
  ])('%j is usage', async (argv, text) => {
    const { code, out, err } = await run(argv);
    expect([code, out]).toEqual([2, []]);
    expect(err).toMatch(text);
  });
});

describe('a member with tokens', () => {
  let server: HttpServer | undefined;
  afterEach(() => server?.close());

  it('shows what is held to an operator', async () => {
    const [tokensFile, tokenFile, config] = [file('member-tokens'), file('ops'), file('dragoman.yaml')];
    await run(['token', 'operator', '--name', 'ops', '--tokens', tokensFile, '--out', tokenFile]);
    writeFileSync(config, 'pipelines: { orders: { sources: [{ name: legacy }] } }\n');
    server = await startHttpServer({
      http: { host: '127.0.0.1', port: 0, tokensFile, metricsOpen: false, publicUrl: null },
      metrics: { contentType: '', render: () => Promise.resolve('') },
      readiness: {},
      startup: {},
      held: () => ({ schema: 'dragoman.http/held@2', pipelines: { orders: { legacy: [] } } }),
      warn: () => undefined,
    });
    const list = ['transactions', 'list', '-c', config, '--member', server.url];
    const refused = await run(list, { DRAGOMAN_TOKEN: 'dragoman_wrong' });
    expect(refused.code).toBe(6);
    expect(refused.err).toMatch(/ACCESS_DENIED.*401.*role viewer or operator/);
    expect(refused.err).not.toContain('dragoman_wrong');
    expect((await run([...list, '--token-file', tokenFile])).code).toBe(0);
    expect((await run(list, { DRAGOMAN_TOKEN: readFileSync(tokenFile, 'utf8') })).code).toBe(0);
    expect((await run([...list, '--token-file', file('none')])).err).toMatch(/COMMAND_INVALID.*cannot be read/);
  });
});
