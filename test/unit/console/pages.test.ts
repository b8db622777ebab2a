/** Pages over real HTTP, without a browser: logging in, what is shown to whom, and deciding by forms. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Rig } from '../../support/rig.js';
import { askedOf } from '../../support/servers/member-client.js';
import { type MemberConsole, memberConsole, type MemberConsoleOptions } from '../../support/servers/member-console.js';
import { knowing77, poisonedOrders } from '../../support/servers/poisoned-orders.js';

let rig: Rig;
let member: MemberConsole;
afterEach(() => member.close());

async function start(options: Partial<MemberConsoleOptions> = {}): Promise<void> {
  rig = await poisonedOrders();
  member = await memberConsole({ rig, roles: ['metrics', 'viewer', 'operator'], ...options });
}

const { get, post, logIn } = askedOf(() => member);

describe('logging in', () => {
  it('comes before every page, and leads back to it', async () => {
    await start();
    const reply = await get('/parked?page=2');
    expect([reply.status, reply.headers.get('location')]).toEqual([303, '/login?to=%2Fparked%3Fpage%3D2']);
    expect(await (await get('/login?to=%2Fparked')).text()).toContain('name="to" value="/parked"');
    const entered = await post('/login', { token: ` ${member.tokens.viewer!} `, to: '/parked?page=2' });
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/parked?page=2']);
    const cookie = entered.headers.get('set-cookie')!;
    expect(cookie).toMatch(/^dragoman_session=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(member.tokens.viewer!);
    expect((await get('/parked', cookie.split(';')[0])).status).toBe(200);
  });

  it('has a cookie that is never sent without TLS where browsers come by it', async () => {
    await start({ http: { publicUrl: 'https://dragoman.example' } });
    const headers = { origin: 'https://dragoman.example' };
    const body = new URLSearchParams({ token: member.tokens.viewer! });
    const reply = await fetch(`${member.url}/login`, { method: 'POST', headers, body, redirect: 'manual' });
    expect(reply.headers.get('set-cookie')).toContain('; Secure');
  });

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', ''])(
    'never leads to another site (%s)',
    async (to) => {
      await start();
      const reply = await post('/login', { token: member.tokens.viewer!, to });
      expect([reply.status, reply.headers.get('location')]).toEqual([303, '/']);
    },
  );

  it('refuses a wrong token, ten times, and one that is for metrics alone', async () => {
    await start();
    expect((await post('/login', { token: member.tokens.metrics! })).status).toBe(403);
    for (let i = 0; i < 10; i += 1) expect((await post('/login', { token: `wrong${i}` })).status).toBe(401);
    const refused = await post('/login', { token: 'wrong' });
    expect([refused.status, await refused.text()]).toEqual([429, expect.stringContaining('Wait a minute')]);
    expect((await post('/login', { token: member.tokens.viewer! })).status).toBe(303);
  });

  it('ends with logging out', async () => {
    await start();
    const cookie = await logIn('viewer');
    const out = await post('/logout', {}, cookie);
    expect([out.status, out.headers.get('location')]).toEqual([303, '/login']);
    expect(out.headers.get('set-cookie')).toMatch(/dragoman_session=; .*Expires=Thu, 01 Jan 1970/);
    expect((await get('/', cookie)).status).toBe(303);
  });

  it('is not needed on the loopback without tokens', async () => {
    await start({ roles: [] });
    expect((await get('/')).status).toBe(200);
    expect((await get('/login?to=%2Frules')).headers.get('location')).toBe('/rules');
  });
});

describe('pages', () => {
  const PATHS = [
    ...[
      '/',
      '/parked',
      '/waiting',
      '/why',
      '/why?aggregate=order&id=900013',
      '/contracts',
      '/rules',
      '/commands',
      '/migration',
    ],
    '/contracts/one?event=RefundInitiated&version=1',
  ];

  it('forbid all that is not theirs, and are kept nowhere', async () => {
    await start();
    const cookie = await logIn('viewer');
    for (const path of PATHS) {
      const reply = await get(path, cookie);
      expect([path, reply.status, reply.headers.get('cache-control')]).toEqual([path, 200, 'no-store']);
      expect(reply.headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      const text = await reply.text();
      expect(text).not.toMatch(/(src|href|action)="(https?:)?\/\//);
      expect(text).not.toMatch(/<script(?![^>]* src=)|\son\w+=|style="/);
    }
  });

  it('have files that browsers keep, under addresses that change with them', async () => {
    await start();
    const text = await (await get('/login')).text();
    const addresses = [...text.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, address]) => address!);
    expect(addresses).toHaveLength(3);
    for (const address of [...addresses, '/assets/uplot.js']) {
      const reply = await get(address);
      expect([reply.status, reply.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
    }
    expect((await get('/assets/..%2Fconsole.ts')).status).toBe(404);
  });

  it('that are not there, or of what is not there, are pages that say so', async () => {
    await start();
    const cookie = await logIn('viewer');
    const unknown = await get('/parked/one?aggregate=order&id=%3Cb%3E', cookie);
    expect([unknown.status, await unknown.text()]).toEqual([
      404,
      expect.stringContaining('No order &lt;b&gt; is known'),
    ]);
    const wrong = await get('/parked?severity=huge', cookie);
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('COMMAND_INVALID')]);
  });
});

describe('deciding by a form', () => {
  it('is for operators: a viewer sees no form, and sends none', async () => {
    await start();
    const cookie = await logIn('viewer');
    const path = /href="(\/parked\/one[^"]+)"/.exec(await (await get('/parked', cookie)).text())![1]!;
    const text = await (await get(path.replaceAll('&amp;', '&'), cookie)).text();
    expect(text).toContain('Deciding needs the role operator; yours is viewer.');
    expect(text).not.toContain('action="/decide"');
    const reply = await post('/decide', { kind: 'unpark', aggregate: 'order', id: '1', reason: 'r' }, cookie);
    expect([reply.status, await reply.text()]).toEqual([403, expect.stringContaining('Your role does not allow this')]);
  });

  it('leads to a page that says what became of it, and may be asked for again', async () => {
    await start({ settings: knowing77(await poisonedOrders()) });
    const cookie = await logIn('operator');
    const id = Object.keys(rig.parked())[0]!.slice('order:'.length);
    const fields = { kind: 'unpark', pipeline: 'orders', aggregate: 'order', id, reason: 'the <code> is known' };
    const reply = await post('/decide', fields, cookie);
    expect(reply.status).toBe(303);
    const location = reply.headers.get('location')!;
    for (let i = 0; i < 2; i += 1)
      expect(await (await get(location, cookie)).text()).toContain('<strong>Done.</strong>');
    expect(rig.log.records('dragoman.commands/0')).toHaveLength(1);
    const commands = await (await get('/commands', cookie)).text();
    expect(commands).toContain('the &lt;code&gt; is known');
    expect(commands).toContain('the-operator');
    expect((await get('/decided?id=unknown', cookie)).headers.get('location')).toBe('/commands');
  });

  it('without tokens says who decides', async () => {
    await start({ roles: [], settings: knowing77(await poisonedOrders()) });
    const id = Object.keys(rig.parked())[0]!.slice('order:'.length);
    const fields = { kind: 'unpark', aggregate: 'order', id, reason: 'r' };
    expect((await post('/decide', fields)).status).toBe(400);
    expect((await post('/decide', { ...fields, by: 'me' })).status).toBe(303);
    expect(rig.log.records('dragoman.commands/0')[0]?.value).toContain('"by":"me"');
  });

  it('is refused from another site, whoever is logged in', async () => {
    await start();
    const cookie = await logIn('operator');
    const body = new URLSearchParams({ kind: 'unpark', aggregate: 'order', id: '1', reason: 'r' });
    const headers = { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await fetch(`${member.url}/decide`, { method: 'POST', headers, body })).status).toBe(403);
  });
});
