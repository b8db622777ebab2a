/** One order, and one event, as pages: found by either id, with what was seen in its order; bounded, however much there was. */
import { afterEach, describe, expect, it } from 'vitest';
import { Rig } from '../../support/rig.js';
import { type MemberConsole, memberConsole } from '../../support/servers/member-console.js';
import { poisonedOrders } from '../../support/servers/poisoned-orders.js';
import { hdrRow, lineRow, readyRules, SmallSource } from '../../support/sources/ready-orders.js';

let member: MemberConsole;
afterEach(() => member.close());

const ask = async (path: string): Promise<{ readonly status: number; readonly text: string; readonly url: string }> => {
  const reply = await fetch(`${member.url}${path}`);
  return { status: reply.status, text: await reply.text(), url: reply.url };
};
const page = async (path: string): Promise<string> => {
  const { status, text } = await ask(path);
  expect([path, status]).toEqual([path, 200]);
  return text;
};

async function recorded(): Promise<Rig> {
  const rig = await poisonedOrders();
  member = await memberConsole({ rig });
  return rig;
}

describe('the page of an event', () => {
  it('is found by the id alone, in the search of orders too, and leads to its order', async () => {
    const rig = await recorded();
    const { key, value } = rig.published().at(-1)!;
    const id = String(value['eventId']);
    for (const path of [`/why/event?id=${id}`, `/why/event?id=${id}&key=${key}`, `/why?aggregate=order&id=${id}`]) {
      const text = await page(path);
      expect(text).toContain(`href="/why?pipeline=orders&amp;aggregate=order&amp;id=${key}"`);
      expect(text).toMatch(new RegExp(`<code>${id}</code>`));
      expect(text).toContain('In the journal');
    }
    expect(await page(`/why?aggregate=order&id=%20${id.toUpperCase()}`)).toContain(`<code>${id}</code>`);
    expect(await page(`/why?aggregate=order&id=${key}`)).toContain(
      `href="/why/event?pipeline=orders&amp;id=${id}&amp;key=${key}"`,
    );
  });

  it.each([
    ['nobody published', '/why/event?id=00000000-0000-5000-8000-000000000000', 404, 'These are all that there are.'],
    ['nobody published, asked as an order', '/why?aggregate=order&id=00000000-0000-5000-8000-000000000000', 404, 'No event'],
    ['is none', '/why/event?id=4711', 400, 'is no id of an event'],
    ['is empty', '/why/event?id=', 400, 'is no id of an event'],
    ['is not given', '/why/event', 400, 'id:'],
    ['has no form of an order either', '/why?aggregate=order&id=4711-a', 400, 'is no id of order'],
    ['is an order that was never heard of', '/why?aggregate=order&id=4711', 200, 'never heard of'],
    ['is of an aggregate that is none', '/why?aggregate=ordre&id=4711', 400, 'did you mean order?'],
  ])('whose id %s is one that says so', async (_, path, status, words) => {
    await recorded();
    const answer = await ask(path);
    expect(answer).toMatchObject({ status, text: expect.stringContaining(words) as string });
  }); // prettier-ignore
});

describe('what was seen of an order', () => {
  it('stands in its order, the newest first, with facts, rows and events', async () => {
    const rig = await recorded();
    const { key } = rig.published().at(-1)!;
    const text = await page(`/why?aggregate=order&id=${key}`);
    const times = [...text.matchAll(/<h3>\s*<time datetime="([^"]+)"/g)].map(([, at]) => at!);
    expect(times.length).toBeGreaterThan(2);
    expect(times).toEqual([...times].sort().reverse());
    expect(text).toMatch(/Fact <strong>OrderAcceptedForFulfillment<\/strong>\s+published: [^<]+came true/);
    expect(text).toMatch(/<small>insert \d+/);
    expect(text).toContain(' → ');
  });

  it('is bounded, of twenty transactions of a thousand rows each', async () => {
    const source = new SmallSource().transaction(hdrRow('1', 'OPEN'));
    for (let i = 0; i < 20; i += 1)
      source.transaction(...Array.from({ length: 1_000 }, (_, n) => lineRow(String(10_000 * (i + 1) + n), '1')));
    for (let i = 0; i < 10; i += 1) source.transaction({ ...hdrRow('1', 'OPEN', `note ${i}`), op: 'u' });
    const rig = new Rig(source.records, { rules: readyRules() });
    await rig.live();
    member = await memberConsole({ rig });
    const text = await page('/why?aggregate=order&id=1');
    expect(text.match(/<li><h3>|<li>\s*<h3>/g)).toHaveLength(20);
    expect(text).toContain('990 more rows.');
    expect(text).toContain('11 more transactions before.');
    expect(text.length).toBeLessThan(120_000);
    const [, more] = /href="(\/why[^"]*max=100[^"]*)"/.exec(text)!;
    const all = await page(more!.replaceAll('&amp;', '&'));
    expect(all.match(/<li><h3>|<li>\s*<h3>/g)).toHaveLength(31);
    expect(all).not.toContain('more transactions before');
    expect((await ask('/why?aggregate=order&id=1&max=101')).status).toBe(400);
  }, 60_000);
});
