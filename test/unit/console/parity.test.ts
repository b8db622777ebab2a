/** Parity over real HTTP and a pipeline in memory: what counts, what is accepted, and the gate before a service. */
import { afterEach, describe, expect, it } from 'vitest';
import { decidedSchema } from '../../../src/console/answers/commands.js';
import { planSchema } from '../../../src/console/answers/migration.js';
import {
  type CapabilityParity,
  type Finding,
  findingSchema,
  paritySchema,
  TREND_HOURS,
} from '../../../src/console/answers/parity.js';
import { MemoryStore } from '../../../src/adapters/memory/store.js';
import { WHOLE } from '../../../src/domain/shard.js';
import type { Judged, ParityClass } from '../../../src/domain/state/pairs.js';
import { type ParityExample, ParityExamples } from '../../../src/pipeline/parity/examples.js';
import { ParityFigures } from '../../../src/pipeline/parity/figures.js';
import { query } from '../../../src/html.js';
import { movableOrders, MOVED_AT, storeBeside } from '../../support/ownership/movable-orders.js';
import type { Rig } from '../../support/rig.js';
import { askedOf } from '../../support/servers/member-client.js';
import { type MemberConsole, memberConsole, type MemberConsoleOptions } from '../../support/servers/member-console.js';

const ONE = 'OrderAcceptedForFulfillment.v1';
const NOW_MS = Date.parse('2026-11-21T10:00:00.000Z');
const HOUR_MS = 3_600_000;
const HOSTILE = '"<script>alert(1)</script>"';

let rig: Rig;
let member: MemberConsole;
afterEach(() => member.close());

const judged = (is: ParityClass, market: string, path?: string): Omit<Judged, 'occurrence'> => ({
  ...{ contract: ONE, route: `${ONE} market=${market}`, class: is },
  differences: path === undefined ? [] : [{ path, legacy: { value: 1 }, service: { value: 2 } }],
});

async function start(options: Partial<MemberConsoleOptions> = {}): Promise<void> {
  rig = await movableOrders({ parity: { within: '10 minutes', gate: { equal: 99, pairs: 10 } } });
  const figures = new ParityFigures();
  const count = (howOften: number, ofWhat: Omit<Judged, 'occurrence'>, atMs = NOW_MS): void => {
    for (let i = 0; i < howOften; i += 1) figures.count(ofWhat, atMs);
  };
  count(8, judged('equal', 'DE'));
  count(2, judged('different', 'DE', 'lines[3].quantity'));
  count(5, judged('equal', 'IT'), NOW_MS - 2 * HOUR_MS);
  count(1, judged('onlyLegacy', 'IT'), NOW_MS - 30 * HOUR_MS); // before the gate looks
  const examples = new ParityExamples();
  const example: Omit<ParityExample, 'id'> = {
    ...{ route: `${ONE} market=DE`, class: 'different', contract: ONE, signature: 'lines[].quantity' },
    ...{ aggregate: 'order', occurrence: '', eventId: '00000000-0000-5000-8000-000000000000' },
    ...{ atMs: NOW_MS, source: 'legacy', transaction: '1:1' },
    differences: [{ path: 'lines[3].quantity', legacy: HOSTILE, service: '2' }],
  };
  examples.add({ ...example, id: '900011' });
  examples.add({ ...example, id: '900012', isSealed: true });
  await storeBeside(rig, [...figures.takeFresh(), ...examples.takeFresh()]);
  const settings = { rig, roles: ['viewer', 'operator'], waitSeconds: 0, nowMs: () => NOW_MS } as const;
  member = await memberConsole({ ...settings, ...options });
}

const { api, answered, page } = askedOf(() => member);
const parity = async (): Promise<CapabilityParity> => paritySchema.parse(await answered('/parity')).capabilities[0]!;
const KIND = { contract: ONE, class: 'different', signature: 'lines[].quantity' } as const;
const finding = async (): Promise<Finding> => findingSchema.parse(await answered(`/parity/finding${query(KIND)}`));
const decide = (decision: object): Promise<Response> =>
  api('/commands', 'operator', { pipeline: 'orders', reason: 'as agreed', ...decision });
const UNTIL = new Date(Date.now() + 7 * 24 * HOUR_MS).toISOString();
const accept = { kind: 'parity.accept', capability: 'fulfilment', ...KIND, until: UNTIL } as const;

describe('figures', () => {
  it('are those of each part, over the time of the gate, with their trend', async () => {
    await start();
    const { parts, gate, findings, trend } = await parity();
    expect(gate).toEqual({ equal: 99, overHours: 24, pairs: 10 });
    const ofOne = parts.filter(({ contract, pairs }) => contract === ONE && pairs > 0);
    expect(ofOne.map(({ selector, pairs, percent }) => [selector, pairs, percent])).toEqual([
      ['', 15, 86.66],
      ['market=DE', 10, 80],
      ['market=IT', 5, 100],
    ]);
    expect(findings).toEqual([{ ...KIND, count: 2, accepted: null }]);
    const hours = trend.contracts.find(({ contract }) => contract === ONE)!;
    expect(hours.pairs).toHaveLength(TREND_HOURS);
    expect([hours.pairs.at(-1), hours.pairs.at(-3), hours.pairs.at(-31)]).toEqual([10, 5, 1]);
    expect([hours.wrong.at(-1), hours.wrong.at(-3), hours.wrong.at(-31)]).toEqual([2, 0, 1]);
  });

  it('of one kind have where it is, and the newest examples, without values that are sealed', async () => {
    await start();
    const { count, routes, examples } = await finding();
    expect([count, routes]).toEqual([2, [{ route: `${ONE} market=DE`, count: 2 }]]);
    expect(examples.map(({ id, differences }) => [id, differences[0]!.legacy])).toEqual([
      ['900012', '[sealed]'],
      ['900011', HOSTILE],
    ]);
  });

  it('are refused of what is not compared', async () => {
    await start();
    const reply = await api('/parity/finding?contract=Nothing.v1&class=late');
    expect([reply.status, await reply.text()]).toEqual([404, expect.stringContaining('is not compared')]);
  });
});

describe('what is accepted', () => {
  it('does not count until it is revoked, or over', async () => {
    await start();
    expect(decidedSchema.parse(await (await decide(accept)).json())).toMatchObject({ result: 'applied' });
    expect((await finding()).accepted).toMatchObject({ until: UNTIL, by: 'the-operator', reason: 'as agreed' });
    expect((await parity()).parts.find(({ selector }) => selector === 'market=DE')).toMatchObject({
      percent: 100,
      counts: { accepted: 2, different: 0 },
    });
    const revoked = await decide({ kind: 'parity.revoke', capability: 'fulfilment', ...KIND });
    expect(decidedSchema.parse(await revoked.json())).toMatchObject({ result: 'applied', text: 'It counts again.' });
    expect((await finding()).accepted).toBeNull();
  });

  it.each([
    [{ ...accept, until: '2026-01-01T00:00:00Z' }, 'PARITY_UNTIL_OVER'],
    [{ ...accept, class: 'late' }, 'PARITY_SIGNATURE_NEEDLESS'],
    [{ ...accept, capability: 'billing' }, 'PARITY_NOT_COMPARED'],
    [{ kind: 'parity.revoke', capability: 'fulfilment', ...KIND }, 'PARITY_NOT_ACCEPTED'],
  ])('is refused where it cannot be: %j', async (decision, code) => {
    await start();
    const reply = await decide(decision);
    expect([reply.status, await reply.text()]).toEqual([409, expect.stringContaining(code)]);
    expect(rig.log.records('dragoman.commands/0')).toEqual([]);
  });
});

describe('the gate', () => {
  const move = { kind: 'route.move', contracts: [ONE], epoch: 0, selector: 'market=DE', to: 'service', at: MOVED_AT };
  const planOf = async (to: string) =>
    planSchema.parse(
      await answered(`/migration/plan?capability=fulfilment&contract=${ONE}&selector=market%3DDE&to=${to}`),
    );

  it('says in the plan what speaks against a service, and nothing of other stages', async () => {
    await start();
    const { gate, commands } = await planOf('service');
    expect([gate[0]!.route, gate[0]!.reasons[0], commands.length]).toEqual([
      `${ONE} market=DE`,
      '80 % of them are equal or accepted, and 99 % are asked for.',
      1,
    ]);
    expect((await planOf('shadow')).gate).toEqual([]);
  });

  it('is not known where Redis holds nothing: that is nothing that the pipeline refuses', async () => {
    await start({ shards: [{ shard: WHOLE, task: 'orders', store: new MemoryStore() }] });
    const reply = await api(`/migration/plan${query({ capability: 'fulfilment', contract: ONE, to: 'service' })}`);
    expect([reply.status, await reply.text()]).toEqual([404, expect.stringContaining('Redis')]);
  });

  it('is passed with a reason alone, which stays with the route', async () => {
    await start();
    const refused = await decide(move);
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('PARITY_GATE')]);
    expect(rig.log.records('dragoman.commands/0')).toEqual([]);
    const passed = await decide({ ...move, override: 'a pilot' });
    expect(decidedSchema.parse(await passed.json())).toMatchObject({ result: 'applied', text: 'moved.' });
    expect(rig.log.records('dragoman.commands/0')[0]!.value).toContain('"override":"a pilot"');
  });

  it('asks for that reason on the page, and only there', async () => {
    await start();
    const plan = `/migration/one?capability=fulfilment&selector=market%3DDE&contract=${ONE}`;
    const held = await page(`${plan}&to=service`, 'operator');
    expect(held).toContain('<strong>The gate is closed.</strong>');
    expect(held).toContain('name="override"');
    expect(await page(`${plan}&to=shadow`, 'operator')).not.toContain('name="override"');
  });
});

describe('the pages', () => {
  it('show it in the matrix, in its trend, and by kind', async () => {
    await start();
    const text = await page('/migration');
    expect(text).toContain('<small>80 % of 10</small>');
    expect(text).toMatch(/data-chart="[^"]*stepMs/);
    expect(text).toMatch(/<script src="\/assets\/uplot\.js/);
    expect(text).toContain(
      `href="/migration/finding?pipeline=orders&amp;contract=${ONE}&amp;class=different&amp;signature=lines%5B%5D.quantity"`,
    );
  });

  it('show examples as text, with a way to why', async () => {
    await start();
    const path = `/migration/finding${query(KIND)}`;
    const text = await page(path, 'operator');
    expect(text).toContain('href="/why?pipeline=orders&amp;aggregate=order&amp;id=900011"');
    expect(text).toContain('&quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;');
    expect(text).toContain('value="parity.accept"');
    expect(await page(path)).toContain('Deciding needs the role operator; yours is viewer.');
    await decide(accept);
    expect(await page(path, 'operator')).toContain('value="parity.revoke"');
  });
});
