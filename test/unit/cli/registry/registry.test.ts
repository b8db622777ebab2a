/** Contracts in a schema registry: what is registered, what a start verifies, and what an event says of it. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { Registered, Registry } from '../../../../src/adapters/registry/registry.js';
import { checkSubjects, contractSchemas } from '../../../../src/cli/registry/contract-schemas.js';
import { rowOf } from '../../../../src/cli/registry/register.js';
import { registrationsOf } from '../../../../src/cli/registry/registrations.js';
import { type Config, configSchema } from '../../../../src/config/schema.js';
import { batchBytes } from '../../../../src/domain/record-size.js';
import { registered, REGISTRATION_BYTES_MAX } from '../../../../src/domain/registry/registration.js';
import { retailerRules } from '../../../support/rig.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

const CONTRACT = 'OrderReleasedToWarehouse';
const GUID = '0f0e0d0c-0b0a-0908-0706-050403020100';
const configOf = (contracts: Config['contracts'], more: object = {}): Config =>
  configSchema.parse({ registry: { url: 'http://127.0.0.1:8081', ...more }, contracts });

/** As much of a registry as a start asks. */
function holding(versions: Readonly<Record<string, readonly Omit<Registered, 'subject'>[]>>): Registry {
  const registry = {
    address: 'registry:8081',
    async *versions(subject: string): AsyncIterable<Registered> {
      await Promise.resolve();
      for (const version of versions[subject] ?? []) yield { subject, ...version };
    },
  };
  return registry as unknown as Registry;
}

const schemaOf = (config: Config, contract = `${CONTRACT}.v1`) =>
  contractSchemas(config, rules.rules).find((one) => one.contract === contract)!;

/** The same JSON, as a registry gives it back. */
const reordered = (text: string): string =>
  JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).reverse()), null, 2);

it('a schema that an older version has is registered already, and a dry run does not ask for a verdict on it', async () => {
  const schema = schemaOf(configOf({}));
  const registry = holding({
    [schema.subject]: [
      { id: 9, version: 2, guid: null, text: '{"type":"object"}' },
      { id: 5, version: 1, guid: null, text: reordered(schema.text) },
    ],
  });
  for (const isDry of [false, true])
    expect(await rowOf(schema, registry, isDry)).toMatchObject({ outcome: 'unchanged', version: 1, id: 5 });
});

describe('subjects', () => {
  it.each([
    ['topicRecord', `orders.fulfillment-${CONTRACT}.v1`],
    ['record', `${CONTRACT}.v1`],
    ['topic', 'orders.fulfillment-value'],
  ] as const)('by %s are like %s', (subjects, subject) => {
    expect(schemaOf(configOf({}, { subjects })).subject).toBe(subject);
  });

  it('of one topic with several types of event are not one', () => {
    const of = (subjects: string) => contractSchemas(configOf({}, { subjects }), rules.rules);
    expect(() => checkSubjects(of('topic'))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('topicRecord') as string }),
    );
    expect(() => checkSubjects(of('topicRecord'))).not.toThrow();
  });

  it('are of contracts that there are', () => {
    expect(() => schemaOf(configOf({ OrderRelesedToWarehouse: { registry: 'prefix' } }))).toThrow(
      /contracts\.OrderRelesedToWarehouse.*did you mean OrderReleasedToWarehouse\?/,
    );
  });

  it('say how their events name them: a major version by itself before its name', () => {
    const config = configOf({ [CONTRACT]: { registry: 'header' }, [`${CONTRACT}.v1`]: { registry: 'prefix' } });
    expect(schemaOf(config).naming).toBe('prefix');
    expect(schemaOf(configOf({ [CONTRACT]: { registry: 'header' } })).naming).toBe('header');
    expect(schemaOf(configOf({})).naming).toBe('none');
  });
});

describe('a start', () => {
  const prefixed = configOf({ [CONTRACT]: { registry: 'prefix' } });

  it('takes the id of the version that is ours, the newest or not, however it is written', async () => {
    const { subject, text } = schemaOf(prefixed);
    const other = { id: 9, version: 2, guid: null, text: '{"type":"object"}' };
    const registry = holding({ [subject]: [other, { id: 7, version: 1, guid: null, text: reordered(text) }] });
    const found = await registrationsOf(prefixed, rules.rules, registry);
    expect([...found]).toEqual([[`${CONTRACT}.v1`, { how: 'prefix', id: 7 }]]);
  });

  it('takes the GUID for a header, and says when the registry has none', async () => {
    const config = configOf({ [CONTRACT]: { registry: 'header' } });
    const { subject, text } = schemaOf(config);
    const with_ = (guid: string | null) => holding({ [subject]: [{ id: 7, version: 1, guid, text }] });
    expect([...(await registrationsOf(config, rules.rules, with_(GUID)))]).toEqual([
      [`${CONTRACT}.v1`, { how: 'header', guid: GUID }],
    ]);
    await expect(registrationsOf(config, rules.rules, with_(null))).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
  });

  it('is refused while nothing, or something else, is registered', async () => {
    const { subject } = schemaOf(prefixed);
    await expect(registrationsOf(prefixed, rules.rules, holding({}))).rejects.toMatchObject({
      code: 'SCHEMA_UNREGISTERED',
      message: expect.stringContaining('contracts register') as string,
    });
    const other = holding({ [subject]: [{ id: 9, version: 3, guid: null, text: '{"type":"object"}' }] });
    await expect(registrationsOf(prefixed, rules.rules, other)).rejects.toMatchObject({
      code: 'SCHEMA_DIFFERS',
      message: expect.stringContaining('the newest is 3') as string,
    });
  });

  it('asks nothing when no event names its schema', async () => {
    expect((await registrationsOf(configOf({}), rules.rules, holding({}))).size).toBe(0);
  });
});

describe('an event', () => {
  const event = { type: CONTRACT, version: 1 };
  const written = { value: '{"eventId":"1"}', headers: { ce_id: '1', 'content-type': 'application/json' } };
  const named = (registration: Parameters<typeof registered>[2] extends ReadonlyMap<string, infer R> ? R : never) =>
    registered(event, written, new Map([[`${CONTRACT}.v1`, registration]]));

  it('of a contract that says nothing is as it was', () => {
    expect(registered(event, written, new Map())).toEqual(written);
    expect(
      registered({ ...event, version: 2 }, written, new Map([[`${CONTRACT}.v1`, { how: 'prefix', id: 1 }]])),
    ).toEqual(written);
  });

  it('has the id of its schema in front, and is no JSON by its type then', () => {
    const { value, headers } = named({ how: 'prefix', id: 258 });
    expect(Buffer.from(value).subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 1, 2]));
    expect(value.slice(5).toString()).toBe(written.value);
    expect(headers).toEqual({ ce_id: '1', 'content-type': 'application/octet-stream' });
  });

  it('has its GUID in a header, and stays the JSON that it is', () => {
    const { value, headers } = named({ how: 'header', guid: GUID });
    expect(value).toBe(written.value);
    expect(headers['__value_schema_id']).toEqual(
      Buffer.from([1, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    );
    expect(headers).toMatchObject(written.headers);
  });

  it('is larger by no more than is set aside for it', () => {
    const size = (of: { value: string | Buffer; headers: Readonly<Record<string, string | Buffer>> }): number =>
      batchBytes({ key: 'k', ...of });
    for (const registration of [{ how: 'prefix', id: 1 } as const, { how: 'header', guid: GUID } as const])
      expect(size(named(registration)) - size(written)).toBeLessThanOrEqual(REGISTRATION_BYTES_MAX);
  });
});
