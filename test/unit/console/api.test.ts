/** The API over real HTTP and a pipeline in memory: answers fit their schemas, roles hold, and what is refused says why. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandsSchema, decidedSchema } from '../../../src/console/answers/commands.js';
import { consumersSchema, contractOneSchema, contractsSchema } from '../../../src/console/answers/contracts.js';
import { flowSchema } from '../../../src/console/answers/flow.js';
import { parkedOneSchema, parkedSchema } from '../../../src/console/answers/parked.js';
import { heldUpSchema, waitingSchema } from '../../../src/console/answers/waiting.js';
import { rulesSchema } from '../../../src/console/answers/rules.js';
import { endpointsOf } from '../../../src/console/api/endpoints.js';
import { answerSchema } from '../../../src/why/answer.js';
import { eventAnswerSchema } from '../../../src/why/event.js';
import { DragomanError } from '../../../src/errors.js';
import type { Role } from '../../../src/server/tokens.js';
import type { Rig } from '../../support/rig.js';
import { askedOf } from '../../support/servers/member-client.js';
import { type MemberConsole, memberConsole, type MemberConsoleOptions } from '../../support/servers/member-console.js';
import { knowing77, poisonedOrders } from '../../support/servers/poisoned-orders.js';

let rig: Rig;
let member: MemberConsole;
beforeEach(async () => {
  rig = await poisonedOrders();
});
afterEach(() => member.close());

async function start(options: Partial<MemberConsoleOptions> = {}): Promise<void> {
  member = await memberConsole({ rig, roles: ['metrics', 'viewer', 'operator'], ...options });
  member.tell({ kind: 'state', state: 'running', reason: null }, ...rig.told.filter(({ kind }) => kind === 'decided'));
}

const { api: ask, answered } = askedOf(() => member);
const problem = async (...asked: Parameters<typeof ask>): Promise<unknown> => {
  const reply = await ask(...asked);
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return reply.json();
};
const CONTRACT = 'event=OrderAcceptedForFulfillment&version=1';

describe('the API', () => {
  it('answers what its schemas say', async () => {
    await start({ groups: [{ group: 'warehouse', offsets: new Map([[0, 3]]) }] });
    const flow = flowSchema.parse(await answered('/flow'));
    expect(flow.pipelines[0]).toMatchObject({
      tasks: [{ task: 'orders', state: 'running' }],
      sources: [{ source: 'legacy', lagRecords: 0, lagSeconds: 0 }],
      parked: { total: Object.keys(rig.parked()).length },
      problem: null,
    });
    const counted = flow.published.series.filter(({ name }) => name === '').map(({ counts }) => counts.at(-1) ?? 0);
    expect(counted.reduce((a, b) => a + b)).toBe(rig.published().length);
    const { parked, total } = parkedSchema.parse(await answered('/parked?severity=critical'));
    expect(total).toBe(parked.length);
    const one = parkedOneSchema.parse(await answered(`/parked/one?aggregate=order&id=${parked[0]!.id}`));
    expect(one).toMatchObject({ code: 'CODE_UNKNOWN', now: { parked: { code: 'CODE_UNKNOWN' } } });
    const { contracts } = contractsSchema.parse(await answered('/contracts'));
    expect(contracts.map(({ event }) => event)).toContain('OrderAcceptedForFulfillment');
    const contract = contractOneSchema.parse(await answered(`/contracts/one?${CONTRACT}`));
    expect(contract.fields).toContainEqual({ name: 'shippingCountry', type: 'text or null', class: null, isRequired: true, isMetadata: false }); // prettier-ignore
    const { groups } = consumersSchema.parse(await answered(`/contracts/consumers?${CONTRACT}`));
    const end = rig.log.end('orders.fulfillment/0');
    expect(groups).toEqual([{ group: 'warehouse', lagRecords: end - 3, readUpTo: expect.any(String) as string }]);
    expect(rulesSchema.parse(await answered('/rules')).facts).toHaveLength(4);
    expect(commandsSchema.parse(await answered('/commands')).commands).toEqual([]);
    const why = answerSchema.parse(await answered('/why?aggregate=order&id=900020'));
    expect(why).toMatchObject({ standing: 'parked', id: '900020' });
    expect(why.facts.map(({ fact }) => fact)).toContain('OrderAcceptedForFulfillment');
    expect(waitingSchema.parse(await answered('/waiting'))).toMatchObject({ facts: [], waiting: [] });
    expect(heldUpSchema.parse(await answered('/waiting/conditions')).facts).toEqual([]);
    const id = String(rig.published()[0]!.value['eventId']);
    expect(eventAnswerSchema.parse(await answered(`/events/one?id=${id}`))).toMatchObject({ id, pipeline: 'orders' });
  });

  it('decides by the commands log, and says what became of it, and who decided', async () => {
    await start({ settings: knowing77(rig) });
    const [key] = Object.keys(rig.parked());
    const id = key!.slice('order:'.length);
    const body = { kind: 'unpark', aggregate: 'order', id, reason: 'the code is known', by: 'somebody else' };
    const decided = decidedSchema.parse(await answered('/commands', 'operator', body));
    expect(decided).toMatchObject({ result: 'applied', parked: null });
    expect(rig.parked()).not.toHaveProperty(key!);
    const { commands } = commandsSchema.parse(await answered('/commands'));
    expect(commands).toMatchObject([
      {
        id: decided.id,
        by: 'the-operator',
        subject: `order ${id}`,
        isCarriedOut: true,
        outcomes: [{ result: 'applied' }],
      },
    ]);
  });

  it('gives up what was shown, and nothing that nobody has looked at', async () => {
    await start();
    const { parked } = parkedSchema.parse(await answered('/parked'));
    const { id, waiting } = parked.find((one) => one.waiting > 1)!;
    const one = parkedOneSchema.parse(await answered(`/parked/one?aggregate=order&id=${id}`));
    const body = { kind: 'parked.discard', aggregate: 'order', id, reason: 'repaired by hand', all: true };
    const other = await answered('/commands', 'operator', { ...body, first: 'legacy:1:1' });
    expect(other).toMatchObject({ result: 'refused' });
    const first = one.waiting[0]!.changeSet;
    expect(await answered('/commands', 'operator', { ...body, first })).toMatchObject({
      result: 'applied',
      parked: null,
    });
    expect(waiting).toBeGreaterThan(1);
    expect(rig.parked()).not.toHaveProperty(`order:${id}`);
  });

  it('says that a command waits when nobody carries it out', async () => {
    await start({ waitSeconds: 0.5, reads: { send: () => Promise.resolve(0) } });
    const [key] = Object.keys(rig.parked());
    const body = { kind: 'unpark', aggregate: 'order', id: key!.slice('order:'.length), reason: 'why not' };
    expect(await answered('/commands', 'operator', body)).toMatchObject({ result: 'waiting' });
  });
});

describe('who may', () => {
  it.each<[string, string, Role | null, number]>([
    ['nobody looks', '/flow', null, 401],
    ['metrics do not look', '/flow', 'metrics', 403],
    ['a viewer looks', '/flow', 'viewer', 200],
    ['an operator looks', '/openapi.json', 'operator', 200],
  ])('%s', async (_, path, role, status) => {
    await start();
    expect((await ask(path, role)).status).toBe(status);
  });

  it('decide: operators alone, from no other site', async () => {
    await start();
    const body = { kind: 'unpark', aggregate: 'order', id: '1', reason: 'r' };
    expect((await ask('/commands', 'viewer', body)).status).toBe(403);
    const headers = { authorization: `Bearer ${member.tokens.operator!}`, origin: 'https://evil.example' };
    const reply = await fetch(`${member.url}/api/v1/commands`, { method: 'POST', headers, body: '{}' });
    expect(reply.status).toBe(403);
    expect(rig.log.records('dragoman.commands/0')).toEqual([]);
  });

  it('see personal values: operators who ask, when the config allows it; each time is noted', async () => {
    const path = () =>
      `/parked/one?aggregate=order&id=${Object.keys(rig.parked())[0]!.slice('order:'.length)}&values=yes`;
    await start();
    expect(await problem(path(), 'operator')).toMatchObject({ status: 404, code: 'COMMAND_REFUSED' });
    await member.close();
    await start({ http: { personalValues: true } });
    expect(await problem(path(), 'viewer')).toMatchObject({ status: 404, code: 'COMMAND_REFUSED' });
    expect(await answered(path(), 'operator')).toMatchObject({ isPersonalShown: true });
    expect(member.warnings).toEqual([expect.objectContaining({ text: 'values of personal columns were shown', by: 'the-operator' })]); // prettier-ignore
  });
});

describe('bad requests', () => {
  it.each<[string, string, Role, object | undefined, number, string | undefined, RegExp]>([
    ['an unknown order', '/parked/one?aggregate=order&id=nobody', 'viewer', undefined, 404, 'COMMAND_REFUSED', /No order nobody/],
    ['an aggregate that is none', '/parked/one?aggregate=x&id=1', 'viewer', undefined, 404, 'COMMAND_REFUSED', /No x 1/],
    ['a page that is none', '/parked?page=zero', 'viewer', undefined, 400, 'COMMAND_INVALID', /page/],
    ['a key that is unknown', '/parked?colour=red', 'viewer', undefined, 400, 'COMMAND_INVALID', /colour/],
    ['another pipeline', '/parked?pipeline=returns', 'viewer', undefined, 400, 'COMMAND_INVALID', /returns/],
    ['an event that nobody published', '/events/one?id=00000000-0000-5000-8000-000000000000', 'viewer', undefined, 404, 'COMMAND_REFUSED', /No event/],
    ['an id that is none of an event', '/events/one?id=4711', 'viewer', undefined, 400, 'COMMAND_INVALID', /no id of an event/],
    ['an order in which nothing stands', '/waiting?order=colour', 'viewer', undefined, 400, 'COMMAND_INVALID', /order/],
    ['more transactions than are shown', '/why?aggregate=order&id=1&max=101', 'viewer', undefined, 400, 'COMMAND_INVALID', /max/],
    ['an event that is none', '/contracts/one?event=Nothing&version=1', 'viewer', undefined, 404, 'COMMAND_REFUSED', /Nothing/],
    ['a body without a reason', '/commands', 'operator', { kind: 'unpark', aggregate: 'order', id: '1' }, 400, 'COMMAND_INVALID', /reason/],
    ['a kind that is none', '/commands', 'operator', { kind: 'drop', reason: 'r' }, 400, 'COMMAND_INVALID', /kind/],
    ['what is not parked', '/commands', 'operator', { kind: 'unpark', aggregate: 'order', id: '1', reason: 'r' }, 409, 'COMMAND_REFUSED', /No order 1/],
    ['what is not held', '/commands', 'operator', { kind: 'transaction.release', source: 'legacy', transaction: '1:1', reason: 'r' }, 409, 'COMMAND_REFUSED', /not held/],
  ])('%s', async (_, path, role, body, status, code, detail) => {
    await start();
    const said = await problem(path, role, body);
    expect(said).toMatchObject({ status, code, detail: expect.stringMatching(detail) as string });
  }); // prettier-ignore

  it('that are no JSON, too large, or of another kind are refused before they are read', async () => {
    await start();
    const send = async (type: string, body: string): Promise<number> => {
      const headers = { authorization: `Bearer ${member.tokens.operator!}`, 'content-type': type };
      return (await fetch(`${member.url}/api/v1/commands`, { method: 'POST', headers, body })).status;
    };
    expect(await send('application/json', '{')).toBe(400);
    expect(await send('application/json', JSON.stringify({ reason: 'x'.repeat(9_000) }))).toBe(413);
    expect(await send('text/plain', '{}')).toBe(415);
    expect(await send('application/x-www-form-urlencoded', 'kind=unpark')).toBe(415);
  });

  it('to what is away say so, and come again later', async () => {
    const away = new DragomanError('KAFKA_UNAVAILABLE', 'Kafka cannot be reached.');
    await start({ reads: { commands: () => Promise.reject(away), progress: () => Promise.reject(away) } });
    const reply = await ask('/commands');
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await reply.json()).toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    const { pipelines } = flowSchema.parse(await answered('/flow'));
    expect(pipelines[0]).toMatchObject({ sources: [{ lagRecords: null }], problem: 'KAFKA_UNAVAILABLE: Kafka cannot be reached.' }); // prettier-ignore
    expect(pipelines[0]!.parked).not.toBeNull();
  });

  it('that meet a fault of ours learn nothing of it', async () => {
    await start({ reads: { commands: () => Promise.reject(new TypeError('secret')) } });
    expect(await problem('/commands')).toEqual({ type: 'about:blank', title: 'Internal Server Error', status: 500 });
    expect(member.warnings).toHaveLength(1);
  });
});

describe('the OpenAPI document', () => {
  it('is valid, and has every address with what it takes', async () => {
    await start();
    const document = (await answered('/openapi.json')) as { paths: Record<string, Record<string, unknown>> };
    expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
    const told = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m} ${path}`),
    );
    const endpoints = endpointsOf(member.desk).map(({ method, path }) => `${method.toLowerCase()} ${path}`);
    expect(told.sort()).toEqual(endpoints.sort());
    expect(JSON.stringify(document.paths['/parked']!['get'])).toContain('"name":"severity"');
    expect(JSON.stringify(document.paths['/commands']!['post'])).toContain('parked.discard');
  });
});
