/** Probes and metrics over real HTTP on a free port of the loopback. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { runChecks, type Checks } from '../../../src/server/checks.js';
import { heldReportSchema, type HeldReport } from '../../../src/server/held.js';
import { startHttpServer, type HttpServer } from '../../../src/server/http-server.js';

let server: HttpServer | undefined;

const HTTP = { host: '127.0.0.1', port: 0, tokensFile: null, metricsOpen: false, publicUrl: null };

const HELD: HeldReport = {
  schema: 'dragoman.http/held@2',
  pipelines: {
    orders: {
      legacy: [
        {
          transaction: '712:90',
          code: 'TRANSACTION_INCOMPLETE',
          text: 'It lacks rows.',
          isWaitedFor: true,
          sinceMs: 5,
        },
      ],
    },
  },
};

async function start(checks: { readiness?: Checks; startup?: Checks } = {}): Promise<string> {
  const metrics = { contentType: 'text/plain; version=0.0.4', render: () => Promise.resolve('up 1\n') };
  const { readiness = {}, startup = {} } = checks;
  server = await startHttpServer({ http: HTTP, metrics, readiness, startup, held: () => HELD, warn: () => undefined });
  return server.url;
}

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('the HTTP server', () => {
  it('serves the metrics with their content type', async () => {
    const reply = await fetch(`${await start()}/metrics`);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await reply.text()).toBe('up 1\n');
  });

  it('is alive whatever the checks say', async () => {
    const reply = await fetch(`${await start({ readiness: { redis: () => false } })}/livez`);
    expect(reply.status).toBe(200);
  });

  it('is ready when every check is true', async () => {
    const reply = await fetch(
      `${await start({ readiness: { redis: () => true, group: () => Promise.resolve(true) } })}/readyz`,
    );
    expect(reply.status).toBe(200);
    expect(await reply.json()).toEqual({
      ok: true,
      checks: { redis: { ok: true, text: null }, group: { ok: true, text: null } },
    });
  });

  it('is not ready when one check is false, and names it', async () => {
    const readiness: Checks = {
      rules: () => true,
      redis: () => 'no connection',
      group: () => Promise.reject(new Error('not joined')),
    };
    const reply = await fetch(`${await start({ readiness })}/readyz`);
    expect(reply.status).toBe(503);
    expect(await reply.json()).toEqual({
      ok: false,
      checks: {
        rules: { ok: true, text: null },
        redis: { ok: false, text: 'no connection' },
        group: { ok: false, text: 'not joined' },
      },
    });
  });

  it('has its own checks for start-up', async () => {
    const url = await start({ startup: { restored: () => false } });
    expect((await fetch(`${url}/startupz`)).status).toBe(503);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('says which transactions are held', async () => {
    const reply = await fetch(`${await start()}/held`);
    expect(heldReportSchema.parse(await reply.json())).toEqual(HELD);
  });

  it('names its paths when another is asked for', async () => {
    const reply = await fetch(`${await start()}/`);
    expect(reply.status).toBe(404);
    expect(await reply.text()).toContain('/held');
  });

  it('closes more than once and leaves the port free', async () => {
    const url = await start();
    await server?.close();
    await server?.close();
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it('does not wait for connections on which nothing was asked', async () => {
    const socket = connect(Number(new URL(await start()).port), '127.0.0.1');
    const ended = once(socket, 'close');
    await once(socket, 'connect');
    await fetch(`${server?.url ?? ''}/livez`); // it has been taken by then
    const started = performance.now();
    await server?.close();
    await ended;
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('fails to start on a port that is taken', async () => {
    const port = Number(new URL(await start()).port);
    const metrics = { contentType: 'text/plain', render: () => Promise.resolve('') };
    const rest = { readiness: {}, startup: {}, held: () => HELD, warn: () => undefined };
    const second = startHttpServer({ http: { ...HTTP, port }, metrics, ...rest });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('runChecks', () => {
  it('counts a check that hangs as false', async () => {
    const hangs = () => new Promise<boolean>(() => undefined);
    const { ok, checks } = await runChecks({ hangs }, 5);
    expect(ok).toBe(false);
    expect(checks['hangs']?.text).toBe('no answer within 5 ms');
  });
});
