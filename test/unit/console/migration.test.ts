/** Who speaks for what, over real HTTP and a pipeline in memory: how routes stand, what a move would come to, and the moves that are made here. */
import { afterEach, describe, expect, it } from 'vitest';
import { decidedSchema } from '../../../src/console/answers/commands.js';
import {
  type CapabilityMigration,
  findingsSchema,
  type Migration,
  migrationSchema,
  type Plan,
  planSchema,
} from '../../../src/console/answers/migration.js';
import { OWNERSHIP } from '../../../src/pipeline/kept/ownership-counts.js';
import { query } from '../../../src/html.js';
import { intrude, movableOrders, MOVED_AT, storeBeside } from '../../support/ownership/movable-orders.js';
import type { Rig } from '../../support/rig.js';
import { askedOf } from '../../support/servers/member-client.js';
import { type MemberConsole, memberConsole, type MemberConsoleOptions } from '../../support/servers/member-console.js';
import { poisonedOrders } from '../../support/servers/poisoned-orders.js';

let rig: Rig;
let member: MemberConsole;
afterEach(() => member.close());

async function start(options: Partial<MemberConsoleOptions> = {}): Promise<void> {
  rig = await movableOrders();
  member = await memberConsole({ rig, roles: ['viewer', 'operator'], waitSeconds: 0, ...options });
}

const { api, answered, page, get, post, logIn } = askedOf(() => member);
const migration = async (): Promise<Migration> => migrationSchema.parse(await answered('/migration'));
const planAt = (asked: Record<string, string>): string =>
  `/migration/plan${query({ capability: 'fulfilment', ...asked })}`;
const planned = async (asked: Record<string, string>): Promise<Plan> => planSchema.parse(await answered(planAt(asked)));
const decide = (decision: object, role: 'viewer' | 'operator' = 'operator'): Promise<Response> =>
  api('/commands', role, { pipeline: 'orders', reason: 'a first market', ...decision });

/** As a page does it: what was planned is sent. */
async function carryOut(plan: Plan, more: object): Promise<string[]> {
  const said: string[] = [];
  for (const { kind, contracts, epoch } of plan.commands) {
    const of = kind === 'route.move' ? { contracts } : { contract: contracts[0] };
    const decision = { kind, ...of, epoch, selector: plan.selector, ...more };
    const { result, text } = decidedSchema.parse(await (await decide(decision)).json());
    said.push(`${result}: ${text}`);
  }
  return said;
}
async function move(selector: string, to: string): Promise<string[]> {
  const plan = await planned({ selector, to, at: MOVED_AT });
  return carryOut(plan, { to, at: MOVED_AT });
}

/** Of one market a part. */
const PART = 'market=DE share=0-25';
const ONE = 'OrderAcceptedForFulfillment.v1';
const of = ({ capabilities: [first] }: Migration): CapabilityMigration => first!;
const stages = (shown: CapabilityMigration, contract = ONE): string[] =>
  shown.contracts
    .find((each) => each.contract === contract)!
    .parts.map(({ selector, stage, epoch, but }) => [selector, stage, epoch ?? '-', ...but].join(' '));

describe('who speaks for what', () => {
  it('stands by contract and part, as the rules say before anything was moved', async () => {
    await start();
    const shown = of(await migration());
    expect(shown).toMatchObject({ capability: 'fulfilment', owner: 'sticky', leftOut: 0 });
    expect(stages(shown)).toEqual([
      ' legacy - market=FR',
      'market=DE legacy -',
      'market=FR shadow 0',
      'market=IT legacy -',
    ]);
  });

  it('says who moved it, when and why, and what a less specific part has otherwise', async () => {
    await start();
    expect(await move('market=DE', 'service')).toEqual(['applied: moved.']);
    const shown = of(await migration());
    expect(stages(shown).slice(0, 2)).toEqual([' legacy - market=FR market=DE', 'market=DE service 1']);
    expect(shown.routes.find(({ route }) => route === `${ONE} market=DE`)).toMatchObject({
      ...{ stage: 'service', epoch: 1, at: MOVED_AT, by: 'the-operator', reason: 'a first market', next: null },
    });
  });

  it('says what waits for the clock of the source', async () => {
    await start();
    const plan = await planned({ selector: PART, to: 'shadow' });
    expect(await carryOut(plan, { to: 'shadow' })).toEqual([expect.stringContaining('waiting: ')]);
    const shown = of(await migration());
    expect(shown.selectors).toContain(PART);
    const { next, stage } = shown.routes.find(({ selector }) => selector === PART)!;
    expect([stage, next]).toMatchObject([
      'legacy',
      { to: 'shadow', by: 'the-operator', waits: 'clock', isOverdue: false },
    ]);
  });

  it('says that a service was asked, and is overdue, until it is taken over', async () => {
    await start();
    await move('market=DE', 'service');
    expect(await move('market=DE', 'legacy')).toEqual([expect.stringContaining('its service is asked')]);
    const [first] = of(await migration()).routes.filter(({ selector }) => selector === 'market=DE');
    expect(first).toMatchObject({ stage: 'service', next: { to: 'legacy', waits: 'service', isOverdue: true } });
    const plan = await planned({ selector: 'market=DE', to: 'legacy', take: 'owed', contract: ONE });
    expect(plan.commands).toEqual([{ kind: 'route.take-over', contracts: [ONE], epoch: 2, moves: [] }]);
    expect(await carryOut(plan, { publishOwed: true })).toEqual(['applied: taken over.']);
    expect(of(await migration()).routes.find(({ route }) => route === `${ONE} market=DE`)).toMatchObject({
      ...{ stage: 'legacy', epoch: 2, next: null },
    });
  });

  it('says whose aggregates are, and what is owed, as the pipeline counted it', async () => {
    await start();
    const counts = { service: 3, legacy: 1, owed: 7 };
    const cells = Object.entries(counts).map(([what, many]) => ({ field: `${ONE}\t${what}`, value: String(many) }));
    await storeBeside(
      rig,
      cells.map((cell) => ({ hash: OWNERSHIP, ...cell })),
    );
    const { contracts } = of(await migration());
    expect(contracts.find(({ contract }) => contract === ONE)!.owned).toEqual({ ...counts, open: 0 });
    expect(contracts.filter(({ owned }) => owned!.service > 0)).toHaveLength(1);
    expect(await page('/migration')).toContain('75 %');
  });

  it('is nothing where the rules declare no capability', async () => {
    member = await memberConsole({ rig: await poisonedOrders(), roles: ['viewer'] });
    expect((await migration()).capabilities).toEqual([]);
  });
});

describe('a plan', () => {
  it('sends nothing, and says what the command line says', async () => {
    await start();
    const { refused, commands } = await planned({ selector: 'market=DE', to: 'service', at: MOVED_AT });
    expect(refused).toBeNull();
    expect(commands).toHaveLength(1);
    expect(commands[0]!.moves[0]!.text).toBe(
      `would move ${ONE} market=DE from legacy to service (epoch 1) at ${MOVED_AT}`,
    );
    expect(rig.log.records('dragoman.commands/0')).toEqual([]);
  });

  it('has a command for each epoch in which contracts are', async () => {
    await start();
    const plan = await planned({ selector: 'market=DE', to: 'shadow', contract: ONE, at: MOVED_AT });
    await carryOut(plan, { to: 'shadow', at: MOVED_AT });
    const { commands } = await planned({ selector: 'market=DE', to: 'service' });
    expect(commands.map(({ epoch, contracts }) => [epoch, contracts.length])).toEqual([
      [1, 1],
      [0, of(await migration()).contracts.length - 1],
    ]);
  });

  it.each([
    [{ selector: 'market=FR', to: 'shadow' }, 'ROUTE_STANDS'],
    [{ selector: 'market=ES', to: 'shadow' }, 'ROUTE_VALUE_UNKNOWN'],
    [{ selector: 'tenant=a', to: 'shadow' }, 'ROUTE_NAME_UNKNOWN'],
    [{ selector: 'share=0-25', to: 'shadow' }, 'ROUTES_OVERLAP'],
    [{ selector: 'market=DE', to: 'shadow', contract: 'Nothing.v1' }, 'ROUTE_CONTRACT_UNKNOWN'],
    [{ selector: 'market=DE', to: 'legacy', take: 'rest' }, 'ROUTE_NOT_RETURNING'],
  ])('says why the pipeline would refuse it: %j', async (asked, code) => {
    await start();
    const { refused, commands } = await planned(asked);
    expect([refused?.split(':')[0], commands]).toEqual([code, []]);
  });

  it.each([
    [{ selector: 'DE', to: 'shadow' }, 'A selector is like'],
    [{ selector: 'share=0-200', to: 'shadow' }, 'is no part of 0-100'],
    [{ selector: '', to: 'shadow', capability: 'billing' }, 'No capability is named billing: fulfilment.'],
    [{ selector: '', to: 'nowhere' }, 'to:'],
  ])('is none of what cannot be meant: %j', async (asked, words) => {
    await start();
    const reply = await api(planAt(asked));
    expect([reply.status, await reply.text()]).toEqual([400, expect.stringContaining(words)]);
  });
});

describe('a move', () => {
  it('is for the routes as they were shown: it is refused when somebody moved them meanwhile', async () => {
    await start();
    const plan = await planned({ selector: 'market=DE', to: 'service', at: MOVED_AT });
    await move('market=DE', 'shadow');
    const { contracts, epoch } = plan.commands[0]!;
    const reply = await decide({ kind: 'route.move', contracts, epoch, selector: 'market=DE', to: 'service' });
    expect([reply.status, await reply.text()]).toEqual([409, expect.stringContaining('ROUTE_MOVED_MEANWHILE')]);
    expect(rig.log.records('dragoman.commands/0')).toHaveLength(1);
  });

  it('is made by operators alone', async () => {
    await start();
    const decision = { kind: 'route.move', contracts: [ONE], epoch: 0, selector: 'market=DE', to: 'service' };
    expect((await decide(decision, 'viewer')).status).toBe(403);
    expect((await decide({ ...decision, to: 'elsewhere' })).status).toBe(400);
    expect(rig.log.records('dragoman.commands/0')).toEqual([]);
  });
});

describe('what was found in contract topics', () => {
  it('is listed one by one, the newest first, without what could not be applied', async () => {
    await start();
    await intrude(rig, {}, { ce_ownershipepoch: 'none' });
    await intrude(rig, { sequence: 9, producer: 'service:zombie' });
    const { findings, isAll, lookedAt } = findingsSchema.parse(await answered('/migration/findings'));
    expect([isAll, lookedAt]).toEqual([true, rig.deadLetters().length]);
    expect(findings).toMatchObject([
      { code: 'INTRUDER_ROUTE', producer: 'service:zombie', topic: 'orders.fulfillment', partition: 0, at: MOVED_AT },
      { code: 'TOLD_INVALID', producer: 'service:orders' },
    ]);
    expect(Number(findings[0]!.offset)).toBe(Number(findings[1]!.offset) + 1);
    expect(findings[0]!.key).toBe(rig.published()[0]!.key);
  });
});

describe('the page', () => {
  const ITS_PAGE = `/migration/one?capability=fulfilment&selector=market%3DDE`;

  it('shows the matrix, and leads to a plan for each part of it', async () => {
    await start();
    const text = await page('/migration');
    expect(text).toContain('data-live="/live/migration?pipeline=orders"');
    expect(text).toContain(`href="/migration/one?pipeline=orders&amp;capability=fulfilment&amp;selector=market%3DDE"`);
    expect(text).toContain(`<span class="hidden">${ONE}, market=FR: </span><span class="status warn">shadow</span>`);
    expect(text).toContain('Nobody has moved anything.');
  });

  it('makes a move by its form: shown first, then sent, then told', async () => {
    await start();
    const cookie = await logIn('operator');
    const text = await page(`${ITS_PAGE}&to=service&at=2026-11-21T09:52&contract=`, 'operator');
    expect(text).toContain('market=DE from legacy to service (epoch 1) at 2026-11-21T09:52:00.000Z');
    const fields = Object.fromEntries(
      [...text.split('action="/decide"')[1]!.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
        ([, name, value]) => [name!, value!],
      ),
    );
    const reply = await post('/decide', { ...fields, reason: 'a <first> market' }, cookie);
    expect([reply.status, rig.log.records('dragoman.commands/0').length]).toEqual([303, 1]);
    expect(await page(reply.headers.get('location')!)).toContain('<strong>Done.</strong> moved.');
    expect(await page('/migration')).toContain('a &lt;first&gt; market');
    expect(await page('/commands')).toContain('market=DE to service');
  });

  it('says why a move would be refused, and has no form for it', async () => {
    await start();
    const text = await page('/migration/one?capability=fulfilment&selector=market%3DFR&to=shadow', 'operator');
    expect(text).toContain('ROUTE_STANDS');
    expect(text).not.toContain('action="/decide"');
  });

  it('shows a viewer what a move would come to, and no form that makes it', async () => {
    await start();
    const text = await page(`${ITS_PAGE}&to=service`);
    expect(text).toContain('Deciding needs the role operator; yours is viewer.');
    expect(text).not.toContain('action="/decide"');
    const fields = {
      kind: 'route.move',
      contracts: ONE,
      epoch: '0',
      selector: 'market=DE',
      to: 'service',
      reason: 'r',
    };
    expect((await post('/decide', fields, await logIn('viewer'))).status).toBe(403);
  });

  it('takes a route over only where its service was asked', async () => {
    await start();
    await move('market=DE', 'service');
    expect(await page(ITS_PAGE)).not.toContain('name="take"');
    await move('market=DE', 'legacy');
    expect(await page('/migration')).toContain('<span class="status bad">to legacy, overdue</span>');
    const text = await page(`${ITS_PAGE}&to=legacy&take=rest&contract=${ONE}`, 'operator');
    expect(text).toContain('first see that its service cannot write any more');
    expect(text).toMatch(/name="publishOwed" value=""/);
  });

  it('lists what was found', async () => {
    await start();
    await intrude(rig, { epoch: 3, producer: 'service:<b>' });
    const text = await page('/migration');
    expect(text).toMatch(/<strong>INTRUDER_ROUTE<\/strong>[^]*service:&lt;b&gt;[^]*partition 0, offset \d+/);
  });

  it('of what is no capability says so', async () => {
    await start();
    const reply = await get('/migration/one?capability=billing', await logIn('viewer'));
    expect([reply.status, await reply.text()]).toEqual([404, expect.stringContaining('declare no capability billing')]);
  });
});
