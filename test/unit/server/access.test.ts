/** Tokens, roles and limits over real HTTP; `0.0.0.0` stands for every address that is not the loopback. */
import { connect, type Socket } from 'node:net';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../src/config/schema.js';
import { type HttpLimits, type HttpServer, startHttpServer } from '../../../src/server/http-server.js';
import { makeToken } from '../../../src/server/tokens.js';

const metrics = makeToken('metrics', 'prometheus');
const viewer = makeToken('viewer', 'support');
const operator = makeToken('operator', 'ops');
let folder: string;
let tokensFile: string;
let server: HttpServer;
let warnings: unknown[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-access-'));
  tokensFile = join(folder, 'tokens');
  writeFileSync(tokensFile, `# who may look\n${metrics.line}\n${viewer.line}\n${operator.line}\n`);
  warnings = [];
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** @returns the address, by the loopback. */
async function start(http: Partial<Config['http']>, limits: Partial<HttpLimits> = {}): Promise<string> {
  server = await startHttpServer({
    http: { host: '0.0.0.0', port: 0, tokensFile: null, metricsOpen: false, publicUrl: null, ...http },
    metrics: { contentType: 'text/plain', render: () => Promise.resolve('up 1\n') },
    readiness: { redis: () => 'connect ECONNREFUSED 10.1.2.3:6379' },
    startup: {},
    held: () => ({ schema: 'dragoman.http/held@2', pipelines: {} }),
    warn: (text, fields) => void warnings.push({ text, ...fields }),
    limits,
  });
  return `http://127.0.0.1:${new URL(server.url).port}`;
}

const get = (url: string, token?: string): Promise<Response> =>
  fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
const statusOf = async (url: string, token?: string): Promise<number> => (await get(url, token)).status;

describe('with tokens', () => {
  it.each<[string, string | undefined, number, number]>([
    ['nobody', undefined, 401, 401],
    ['a wrong token', 'dragoman_wrong', 401, 401],
    ['the digest in the place of its token', metrics.line.split('sha256:')[1], 401, 401],
    ['metrics', metrics.token, 200, 403],
    ['viewer', viewer.token, 200, 200],
    ['operator', operator.token, 200, 200],
  ])('%s reads /metrics and /held with these answers', async (_, token, ofMetrics, ofHeld) => {
    for (const host of ['0.0.0.0', '127.0.0.1']) {
      const url = await start({ host, tokensFile });
      expect([await statusOf(`${url}/metrics`, token), await statusOf(`${url}/held`, token)]).toEqual([
        ofMetrics,
        ofHeld,
      ]);
      await server.close();
    }
  });

  it('refuses with a problem that says nothing more', async () => {
    const reply = await get(`${await start({ tokensFile })}/held`, metrics.token);
    expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await reply.json()).toEqual({ type: 'about:blank', title: 'Forbidden', status: 403 });
    const unknown = await get(`${server.url}/held`);
    expect(unknown.headers.get('www-authenticate')).toBe('Bearer realm="dragoman"');
    expect(await unknown.json()).toEqual({ type: 'about:blank', title: 'Unauthorized', status: 401 });
  });

  it('takes no token from the address, a cookie or another scheme', async () => {
    const url = await start({ tokensFile });
    expect(await statusOf(`${url}/held?access_token=${operator.token}`)).toBe(401);
    const headers = { cookie: `token=${operator.token}`, authorization: `Basic ${operator.token}` };
    expect((await fetch(`${url}/held`, { headers })).status).toBe(401);
  });

  it('answers probes without one, and keeps what is wrong to itself', async () => {
    const url = await start({ tokensFile });
    expect(await statusOf(`${url}/livez`)).toBe(200);
    expect(await statusOf(`${url}/startupz`)).toBe(200);
    const ready = await get(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ok: false, checks: { redis: { ok: false, text: null } } },
    ]);
  });

  it('takes changes of the file with the next request, and lets nobody in while it is damaged', async () => {
    const url = await start({ tokensFile });
    expect(await statusOf(`${url}/metrics`, metrics.token)).toBe(200);
    writeFileSync(tokensFile, `${operator.line}\n`);
    expect(await statusOf(`${url}/metrics`, metrics.token)).toBe(401);
    expect(await statusOf(`${url}/held`, operator.token)).toBe(200);
    writeFileSync(tokensFile, 'operator ops sha256:short\n');
    expect(await statusOf(`${url}/held`, operator.token)).toBe(401);
    expect(JSON.stringify(warnings)).toContain('line 1 is not');
    writeFileSync(tokensFile, `${metrics.line}\n`);
    expect(await statusOf(`${url}/metrics`, metrics.token)).toBe(200);
  });

  it('lets everybody in again when the file is there again as it was', async () => {
    const inner = join(folder, 'mounted');
    mkdirSync(inner);
    renameSync(tokensFile, join(inner, 'tokens'));
    const url = await start({ tokensFile: join(inner, 'tokens') });
    renameSync(inner, join(folder, 'away'));
    expect(await statusOf(`${url}/held`, viewer.token)).toBe(401);
    expect(await statusOf(`${url}/held`, viewer.token)).toBe(401);
    expect(warnings.filter((warning) => JSON.stringify(warning).includes('it cannot be read'))).toHaveLength(1);
    renameSync(join(folder, 'away'), inner);
    expect(await statusOf(`${url}/held`, viewer.token)).toBe(200);
  });

  it('does not start on a file that cannot be used', async () => {
    await start({});
    for (const [text, words] of [
      ['admin a sha256:' + 'a'.repeat(64), /line 1 is not/],
      [`${metrics.line}\n${metrics.line}`, /prometheus stands there twice/],
      ['# none\n', /holds no token/],
    ] as const) {
      writeFileSync(tokensFile, text);
      const starting = startHttpServer({ ...unusable(), http: { ...unusable().http, tokensFile } });
      await expect(starting).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: words });
    }
    await expect(startHttpServer(unusable())).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

const unusable = () => ({
  http: { host: '127.0.0.1', port: 0, tokensFile: join(folder, 'none'), metricsOpen: false, publicUrl: null },
  metrics: { contentType: '', render: () => Promise.resolve('') },
  readiness: {},
  startup: {},
  held: () => ({ schema: 'dragoman.http/held@2', pipelines: {} }) as const,
  warn: () => undefined,
});

describe('without tokens', () => {
  it('with open metrics everybody reads those, and nobody what is held', async () => {
    const url = await start({ metricsOpen: true });
    expect([await statusOf(`${url}/metrics`), await statusOf(`${url}/held`)]).toEqual([200, 401]);
  });

  it('on the loopback whoever is on this machine reads all, but no web page by another name', async () => {
    const url = await start({ host: '127.0.0.1' });
    expect(await statusOf(`${url}/held`)).toBe(200);
    expect(await raw(url, 'GET /held HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')).toMatch(/ 403 /);
    expect(await raw(url, 'GET /held HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n')).toMatch(/ 200 /);
  });
});

describe('limits', () => {
  it('refuse wrong tokens of an address after too many, but never a right one behind it', async () => {
    const url = await start({ tokensFile }, { failures: 3, windowMs: 60_000 });
    for (let i = 0; i < 3; i += 1) expect(await statusOf(`${url}/held`, `dragoman_${i}`)).toBe(401);
    const refused = await get(`${url}/held`, 'dragoman_4');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toEqual({ type: 'about:blank', title: 'Too Many Requests', status: 429 });
    expect(await statusOf(`${url}/held`, operator.token)).toBe(200);
    expect(await statusOf(`${url}/metrics`, metrics.token)).toBe(200);
    expect(warnings).toHaveLength(3);
    expect(JSON.stringify(warnings)).not.toContain('dragoman_');
  });

  it('forget wrong tokens after a while', async () => {
    const url = await start({ tokensFile }, { failures: 1, windowMs: 300 });
    const wrong = (): Promise<number> => statusOf(`${url}/held`, 'dragoman_wrong');
    expect([await wrong(), await wrong()]).toEqual([401, 429]);
    await expect.poll(wrong, { timeout: 5_000 }).toBe(401);
  });

  it('count requests of an address without a right token, whatever it asks for but probes', async () => {
    const url = await start({ tokensFile, metricsOpen: true }, { requests: 4 });
    const answers: number[] = [];
    for (const path of ['/metrics', '/metrics', '/nothing', '/metrics', '/metrics', '/nothing'])
      answers.push(await statusOf(url + path));
    expect(answers).toEqual([200, 200, 404, 200, 429, 429]);
    expect((await get(`${url}/held`)).headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await statusOf(`${url}/livez`)).toBe(200);
    for (let i = 0; i < 6; i += 1) expect(await statusOf(`${url}/held`, operator.token)).toBe(200);
  });

  it('cut headers, bodies and idlers', async () => {
    const url = await start({ tokensFile }, { requestMs: 200 });
    expect(await raw(url, `GET /livez HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(9_000)}\r\n\r\n`)).toMatch(/ 431 /);
    const body = 'x'.repeat(9_000);
    const post = `POST /held HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
    expect(await raw(url, post)).toMatch(/ (404|413) /);
    expect(await raw(url, 'GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ')).toMatch(/ 408 /);
  });

  it('keep no probe out: the address with most connections gives its oldest one up', async () => {
    const url = await start({ tokensFile }, { connections: 4 });
    const alone = open(url, '127.0.0.2');
    const crowd = [open(url), open(url), open(url)];
    const asked = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n';
    const answers = Promise.all(
      [alone, ...crowd].map((socket) => new Promise((resolve) => socket.once('data', resolve))),
    );
    for (const socket of [alone, ...crowd]) socket.write(asked);
    await answers;
    const gone = new Promise<void>((resolve) => crowd[0]?.once('close', () => resolve()));
    const closing = asked.replace('a\r\n', 'a\r\nConnection: close\r\n');
    expect(await raw(url, closing)).toMatch(/ 200 /);
    await gone;
    for (let i = 0; i < 20; i += 1) expect(await raw(url, closing)).toMatch(/ 200 /);
    expect(alone.destroyed).toBe(false);
    for (const socket of [alone, ...crowd]) socket.destroy();
  });

  it('show no reason of ours when an answer fails', async () => {
    await start({});
    await server.close();
    server = await startHttpServer({
      ...unusable(),
      http: { host: '127.0.0.1', port: 0, tokensFile: null, metricsOpen: false, publicUrl: null },
      metrics: { contentType: '', render: () => Promise.reject(new Error('secret reason')) },
    });
    const reply = await get(`${server.url}/metrics`);
    expect(await reply.json()).toEqual({ type: 'about:blank', title: 'Internal Server Error', status: 500 });
  });
});

const open = (url: string, localAddress?: string): Socket => {
  const { hostname: host, port } = new URL(url);
  return connect({ host, port: Number(port), ...(localAddress === undefined ? {} : { localAddress }) }).on(
    'error',
    () => undefined,
  );
};

/** Bytes to the server, and all that it answers until it closes. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = open(url);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
  });
}
