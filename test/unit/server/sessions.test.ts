/** Sessions of browsers and requests that change something, over real HTTP: who gets in by a cookie, and from which page. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Gate, type HttpServer, startHttpServer } from '../../../src/server/http-server.js';
import { isFromOurPage } from '../../../src/server/same-origin.js';
import { SESSION_COOKIE, SESSION_MS, Sessions, SESSIONS_MAX } from '../../../src/server/sessions.js';
import { makeToken, readTokens, type Role, type TokenEntry } from '../../../src/server/tokens.js';

const made = {
  metrics: makeToken('metrics', 'prometheus'),
  viewer: makeToken('viewer', 'support'),
  operator: makeToken('operator', 'ops'),
};
let folder: string;
let tokensFile: string;
let server: HttpServer;
let gate: Gate;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-sessions-'));
  tokensFile = join(folder, 'tokens');
  writeFileSync(
    tokensFile,
    Object.values(made)
      .map(({ line }) => `${line}\n`)
      .join(''),
  );
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** With a route to look at and one to act on for each role; both say who asks. */
async function start(publicUrl: string | null = null, hasTokens = true): Promise<string> {
  server = await startHttpServer({
    http: { host: '127.0.0.1', port: 0, tokensFile: hasTokens ? tokensFile : null, metricsOpen: false, publicUrl },
    metrics: { contentType: 'text/plain', render: () => Promise.resolve('up 1\n') },
    readiness: {},
    startup: {},
    held: () => ({ schema: 'dragoman.http/held@2', pipelines: {} }),
    warn: () => undefined,
    extend: (app, given) => {
      gate = given;
      for (const needs of ['viewer', 'operator'] as const)
        for (const method of ['GET', 'POST'] as const)
          app.route({ method, url: `/${needs}`, config: { needs }, handler: ({ caller }) => caller });
      return Promise.resolve();
    },
  });
  return server.url;
}

/** The cookie of a session that was opened with the token of a role. */
function cookieOf(role: Role): string {
  const entry = gate.access.find(made[role].token)!;
  return `${SESSION_COOKIE}=${gate.sessions!.open(entry)}`;
}

const ask = (url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(url, { method, headers });
const statusOf = async (...asked: Parameters<typeof ask>): Promise<number> => (await ask(...asked)).status;

describe('roles', () => {
  it.each<[Role, number, number, number]>([
    ['metrics', 200, 403, 403],
    ['viewer', 200, 200, 403],
    ['operator', 200, 200, 200],
  ])('%s may what those before it may, and no more', async (role, ofMetrics, ofViewer, ofOperator) => {
    const url = await start();
    for (const headers of [{ authorization: `Bearer ${made[role].token}` }, { cookie: cookieOf(role) }])
      expect([
        await statusOf(`${url}/metrics`, headers),
        await statusOf(`${url}/viewer`, headers),
        await statusOf(`${url}/operator`, headers),
      ]).toEqual([ofMetrics, ofViewer, ofOperator]);
  });

  it('are said to routes, with the name of the token', async () => {
    const url = await start();
    expect(await (await ask(`${url}/viewer`, { cookie: cookieOf('viewer') })).json()).toEqual({
      role: 'viewer',
      name: 'support',
    });
  });

  it('on the loopback without tokens all are there, and nobody has a name', async () => {
    const url = await start(null, false);
    expect(await (await ask(`${url}/operator`, {}, 'POST')).json()).toEqual({ role: 'operator', name: null });
    expect(gate.sessions).toBeNull();
  });
});

describe('a session', () => {
  it('ends when its token is taken out of the file, and follows its role', async () => {
    const url = await start();
    const cookie = cookieOf('operator');
    expect(await statusOf(`${url}/operator`, { cookie })).toBe(200);
    writeFileSync(tokensFile, `${made.operator.line.replace('operator ops', 'viewer ops')}\n`);
    expect(await statusOf(`${url}/operator`, { cookie })).toBe(403);
    expect(await statusOf(`${url}/viewer`, { cookie })).toBe(200);
    writeFileSync(tokensFile, `${made.viewer.line}\n`);
    expect(await statusOf(`${url}/viewer`, { cookie })).toBe(401);
  });

  it('ends when it is closed; one that never was lets nobody in', async () => {
    const url = await start();
    const cookie = cookieOf('viewer');
    gate.sessions!.close(cookie.slice(SESSION_COOKIE.length + 1));
    expect(await statusOf(`${url}/viewer`, { cookie })).toBe(401);
    expect(await statusOf(`${url}/viewer`, { cookie: `${SESSION_COOKIE}=${made.viewer.token}` })).toBe(401);
  });

  it('is not what a wrong token beside it is', async () => {
    const url = await start();
    const headers = { cookie: cookieOf('viewer'), authorization: 'Bearer dragoman_wrong' };
    expect(await statusOf(`${url}/viewer`, headers)).toBe(401);
  });

  it('is one of so many: the one that was not used for longest goes', () => {
    const [entry] = readTokens('tokens', made.viewer.line) as [TokenEntry];
    const sessions = new Sessions({ current: () => entry });
    const ids = Array.from({ length: SESSIONS_MAX + 1 }, () => sessions.open(entry));
    expect(sessions.find(ids[0]!)).toBeNull();
    expect(sessions.find(ids.at(-1)!)).toBe(entry);
    expect(new Set(ids).size).toBe(ids.length);
    expect(SESSION_MS).toBe(8 * 3_600_000);
  });
});

describe('what changes something', () => {
  it.each<[string, Record<string, string>, number]>([
    ['a page of ours', { 'sec-fetch-site': 'same-origin', origin: 'OURS' }, 200],
    ['a browser that does not say where it is', { origin: 'OURS' }, 200],
    ['no browser', {}, 200],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403],
    ['another port of this host', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }, 403],
    ['an old browser on another site', { origin: 'https://evil.example' }, 403],
    ['a page without origin', { origin: 'null' }, 403],
  ])('is taken, or not, from %s', async (_, given, status) => {
    for (const hasTokens of [true, false]) {
      const url = await start(null, hasTokens);
      const headers = {
        ...given,
        ...(given['origin'] === 'OURS' ? { origin: url } : {}),
        ...(hasTokens ? { cookie: cookieOf('operator') } : {}),
      };
      expect(await statusOf(`${url}/operator`, headers, 'POST')).toBe(status);
      expect(await statusOf(`${url}/operator`, headers)).toBe(200);
      await server.close();
    }
  });

  it('is taken from the public address alone, when there is one', () => {
    const of = (origin: string): boolean =>
      isFromOurPage({ headers: { origin }, host: '127.0.0.1:9464' }, 'https://dragoman.example:8443/console');
    expect(of('https://dragoman.example:8443')).toBe(true);
    for (const other of ['http://127.0.0.1:9464', 'http://dragoman.example:8443', 'https://dragoman.example'])
      expect(of(other)).toBe(false);
  });
});
