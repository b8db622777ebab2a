/** Pages that change while they are looked at: bounded, made once for all, and for those alone who still may. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Live, LIVE_MAX } from '../../../src/console/live.js';
import type { Rig } from '../../support/rig.js';
import { type MemberConsole, memberConsole, type MemberConsoleOptions } from '../../support/servers/member-console.js';
import { poisonedOrders } from '../../support/servers/poisoned-orders.js';

let member: MemberConsole;
afterEach(() => member.close());

let rig: Rig | undefined;
async function start(options: Partial<MemberConsoleOptions> = {}): Promise<void> {
  rig ??= await poisonedOrders();
  member = await memberConsole({ rig, roles: ['viewer'], live: { everyMs: 20 }, ...options });
  member.tell({ kind: 'state', state: 'running', reason: null });
}

const look = (path = '/live/flow'): Promise<Response> =>
  fetch(`${member.url}${path}`, { headers: { authorization: `Bearer ${member.tokens.viewer!}` } });

/** What comes until it has this text in it. */
async function until(reply: Response, text: string): Promise<string> {
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  let all = '';
  while (!all.includes(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended: ${all.slice(-200)}`);
    all += value;
  }
  await reader.cancel();
  return all;
}

describe('live content', () => {
  it('comes as it changes, as events of whole lines', async () => {
    await start();
    const reply = await look();
    expect(reply.headers.get('content-type')).toBe('text/event-stream');
    expect(reply.headers.get('x-accel-buffering')).toBe('no');
    setTimeout(() => member.tell({ kind: 'state', state: 'paused', reason: 'a "quoted" <reason>' }), 50);
    const all = await until(reply, 'paused: a &quot;quoted&quot; &lt;reason&gt;');
    expect(all.startsWith('retry: 3000\n\n')).toBe(true);
    expect(all.split('\n').filter((line) => line !== '' && !/^(data: |retry: |:)/.test(line))).toEqual([]);
  });

  it('is sent to so many at once; the next one is told to come later', async () => {
    expect(LIVE_MAX).toBe(200);
    await start({ live: { everyMs: 20, max: 2 } });
    const replies = [await look(), await look()];
    const refused = await look();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30']);
    await replies[0]!.body!.cancel();
    for (;;) {
      const again = await look();
      const isIn = again.status === 200;
      await again.body!.cancel();
      if (isIn) break;
    }
    await replies[1]!.body!.cancel();
  });

  it('two hundred look at once, and each gets it', async () => {
    await start({ live: { everyMs: 200 } });
    const replies = await Promise.all(Array.from({ length: LIVE_MAX }, () => look()));
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect((await look()).status).toBe(503);
    member.tell({ kind: 'state', state: 'paused', reason: 'for all' });
    const all = await Promise.all(replies.map((reply) => until(reply, 'for all')));
    expect(all).toHaveLength(LIVE_MAX);
  });

  it('has no head alone: that would never end, and take a place', async () => {
    await start({ live: { everyMs: 20, max: 1 } });
    const headers = { authorization: `Bearer ${member.tokens.viewer!}` };
    expect((await fetch(`${member.url}/live/flow`, { method: 'HEAD', headers })).status).toBe(404);
    await until(await look(), 'Flow');
  });

  it('ends for whoever loses the right to look', async () => {
    await start();
    const reply = await look();
    await until(await look(), 'Flow');
    writeFileSync(member.tokensFile!, `viewer other sha256:${'a'.repeat(64)}\n`);
    await expect(until(reply, 'never')).rejects.toThrow();
    expect((await look()).status).toBe(401);
  });

  it('is cut off for whoever does not read it, and for no other', async () => {
    await start();
    const made = [new PassThrough(), new PassThrough()];
    const [slow, fast] = made as [PassThrough, PassThrough];
    Object.defineProperty(slow, 'writableLength', { value: 2 * 1024 * 1024 });
    const live = new Live({ make: () => Promise.resolve('news'), everyMs: 5 });
    for (const response of made)
      live.add({ response: response as unknown as ServerResponse, name: '', mayLook: () => true });
    const closed = once(slow, 'close');
    let text = '';
    for await (const chunk of fast) if ((text += String(chunk)).includes('data: news')) break;
    await closed;
    live.close();
  });
});
