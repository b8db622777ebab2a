/** How Connect is asked, and what is said when it does not answer as it should. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectLines } from '../../../../src/cli/doctor/connect/connect.js';
import { configOf } from '../../../support/rig.js';

const connector = JSON.parse(readFileSync('legacy-db/connector.json', 'utf8')) as Record<string, string>;
const states = {
  connector: { state: 'RUNNING', worker_id: 'w' },
  tasks: [{ id: 0, state: 'RUNNING', worker_id: 'w' }],
};
const asked: { url: string; login: string | undefined }[] = [];
let server: Server;
let answer: unknown;
let status = 200;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', login: request.headers.authorization });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

const look = (path = ''): Promise<readonly { level: string; check: string; seen: string }[]> =>
  connectLines(`http://ada:a%20b@127.0.0.1:${(server.address() as AddressInfo).port}${path}`, configOf(), [
    'oms.ord_hdr',
  ]);

describe('Connect', () => {
  it('is asked once for all connectors, with the login of the address', async () => {
    answer = { legacy: { info: { name: 'legacy', config: connector }, status: { name: 'legacy', ...states } } };
    const lines = await look('/connect');
    // What only the database knows is never counted as well.
    expect(lines.filter(({ level }) => level !== 'ok').map(({ check }) => check)).toEqual([
      'CONNECTOR_REPLICA_IDENTITY',
    ]);
    expect(lines.length).toBeGreaterThan(10);
    const login = `Basic ${Buffer.from('ada:a b').toString('base64')}`;
    expect(asked.splice(0)).toEqual([{ url: '/connect/connectors?expand=info&expand=status', login }]);
  });

  it('may have no connector of that name', async () => {
    answer = {};
    expect(await look()).toMatchObject([{ level: 'ok' }, { level: 'fail', check: 'CONNECTOR_FOUND' }]);
  });

  it('may refuse, or be something else', async () => {
    status = 401;
    expect(await look()).toMatchObject([{ level: 'fail', check: 'CONNECT_REACHED', seen: 'Connect answers 401' }]);
    status = 200;
    answer = ['legacy'];
    expect(await look()).toMatchObject([{ level: 'fail', check: 'CONNECT_REACHED' }]);
  });

  it('may be away, or not configured', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const away = await connectLines(`http://127.0.0.1:${port}`, configOf(), []);
    const seen = expect.stringContaining('ECONNREFUSED') as string;
    expect(away).toMatchObject([{ level: 'fail', check: 'CONNECT_REACHED', seen }]);
    expect(await connectLines(null, configOf(), [])).toMatchObject([{ level: 'unknown', check: 'CONNECT_REACHED' }]);
  });
});
