/** What a schema registry is asked, what is made of its answers, and what is said when it has none. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Registry, registryOf } from '../../../src/adapters/registry/registry.js';
import { configSchema, type RegistryConfig } from '../../../src/config/schema.js';

type Answer = readonly [status: number, body: unknown];

const servers: Server[] = [];
const registries: Registry[] = [];

afterEach(async () => {
  for (const registry of registries.splice(0)) registry.close();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** Answers in turn, the last one for ever. @returns what it was asked. */
async function registryThat(...answers: readonly (Answer | 'silent' | 'hang up')[]) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      asked.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
      const answer = answers[Math.min(asked.length, answers.length) - 1] ?? 'silent';
      if (answer === 'silent') return;
      if (answer === 'hang up') {
        response.destroy();
        return;
      }
      const [status, content] = answer;
      response.writeHead(status).end(typeof content === 'string' ? content : JSON.stringify(content));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    registry: (config: Partial<RegistryConfig> = {}) => opened(`http://127.0.0.1:${port}/apis/ccompat/v7`, config),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function opened(url: string, config: Partial<RegistryConfig>): Registry {
  const { registry: standard } = configSchema.parse({});
  const registry = registryOf({ ...standard, url, timeoutMs: 10_000, ...config });
  if (registry === null) throw new TypeError('there is an address');
  registries.push(registry);
  return registry;
}

const refusal = (code: string, text: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(text) as string }) as Error;

const none: Answer = [404, { error_code: 40403, message: 'no such schema' }];

describe('a schema by its id', () => {
  it('is Avro when nothing else is said, and is asked for once', async () => {
    const { asked, registry } = await registryThat([200, { schema: '"int"' }]);
    const one = registry();
    expect(await Promise.all([one.schema(5), one.schema(5)])).toEqual([
      { type: 'AVRO', text: '"int"', references: [] },
      { type: 'AVRO', text: '"int"', references: [] },
    ]);
    await one.schema(5);
    expect(asked.map(({ path }) => path)).toEqual(['/apis/ccompat/v7/schemas/ids/5']);
  });

  it('comes with what it refers to, each behind what that needs', async () => {
    const refers = (subject: string) => [{ name: subject, subject, version: 1 }];
    const { registry } = await registryThat(
      [200, { schema: 'C', schemaType: 'AVRO', references: refers('b/1') }],
      [200, { schema: 'B', references: refers('a') }],
      [200, { schema: 'A', references: [] }],
    );
    expect((await registry().schema(1)).references).toEqual(['A', 'B']);
  });

  it('that nobody knows is refused, and asked again later', async () => {
    const { registry } = await registryThat(none, [200, { schema: '"int"', schemaType: 'JSON' }]);
    const one = registry();
    await expect(one.schema(9)).rejects.toEqual(refusal('SCHEMA_UNKNOWN', /no schema 9.*registry\.url/));
    expect((await one.schema(9)).type).toBe('JSON');
  });

  it('waits for a registry that is busy, and says so of one that is away', async () => {
    const busy = await registryThat([503, 'later'], [429, 'slower'], 'hang up', [200, { schema: '"int"' }]);
    expect((await busy.registry().schema(1)).text).toBe('"int"');
    const silent = await registryThat('silent');
    await expect(silent.registry({ timeoutMs: 100 }).schema(1)).rejects.toEqual(
      refusal('REGISTRY_UNREACHABLE', /127\.0\.0\.1:\d+ cannot be reached: it does not answer in time.*tried 4 times/),
    );
    expect(silent.asked).toHaveLength(4);
    await expect(opened('http://127.0.0.1:1', {}).schema(1)).rejects.toEqual(
      refusal('REGISTRY_UNREACHABLE', /ECONNREFUSED/),
    );
  });

  it.each<[string, Answer, RegExp]>([
    ['a login that is refused', [401, 'no'], /401.*registry\.password/],
    ['a right that is missing', [403, {}], /403/],
    ['a page of something else', [200, '<html>'], /not JSON.*registry\.url/],
    ['an answer of something else', [200, { id: 4 }], /not that of a schema registry/],
    [
      'a path that there is not',
      [404, { error_code: 0, message: 'Could not find resource' }],
      /Could not find resource/,
    ],
    ['an answer without end', [200, `"${'x'.repeat(9 * 1024 * 1024)}"`], /more than 8388608 bytes/],
  ])('%s is for a person to settle', async (_, answer, text) => {
    const { asked, registry } = await registryThat(answer);
    await expect(registry({ timeoutMs: 5_000 }).schema(1)).rejects.toEqual(refusal('REGISTRY_REFUSED', text));
    expect(asked).toHaveLength(1);
  });

  it('is asked for with the login of the config, or of the address, and neither is shown', async () => {
    const { asked, registry } = await registryThat(none);
    const ask = (one: Registry) => one.schema(1).catch((error: unknown) => String(error));
    const words = [
      await ask(registry({ username: 'u', password: 'secret' })),
      await ask(registry({ token: 'hidden' })),
    ];
    const { port } = servers[0]?.address() as AddressInfo;
    words.push(await ask(opened(`http://me:p%40ss@127.0.0.1:${port}`, {})));
    words.push(await ask(opened(`http://me:50%ig@127.0.0.1:${port}`, {})));
    const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;
    expect(asked.map(({ authorization }) => authorization)).toEqual([
      basic('u:secret'),
      'Bearer hidden',
      basic('me:p@ss'),
      basic('me:50%ig'),
    ]);
    expect(words.map(String).join()).not.toMatch(/secret|hidden|p@ss|p%40ss|50%/);
  });
});

describe('a subject', () => {
  it('has a newest version, or nothing', async () => {
    const { registry } = await registryThat(
      [200, { id: 3, version: 2, schema: '{}', schemaType: 'JSON', guid: 'g' }],
      none,
    );
    const one = registry();
    expect(await one.latest('orders-A.v1')).toEqual({
      subject: 'orders-A.v1',
      id: 3,
      version: 2,
      guid: 'g',
      text: '{}',
    });
    expect(await one.latest('other')).toBeNull();
  });

  it('has its versions, the newest first', async () => {
    const version = (number: number): Answer => [200, { id: 10 + number, version: number, schema: `{"v":${number}}` }];
    const { registry } = await registryThat([200, [1, 2]], version(2), version(1));
    const found: string[] = [];
    for await (const { text } of registry().versions('s')) found.push(text);
    expect(found).toEqual(['{"v":2}', '{"v":1}']);
  });

  it('takes a schema of JSON, or says in the words of the registry why not', async () => {
    const { asked, registry } = await registryThat(
      [200, { id: 1 }],
      [409, { error_code: 409, message: 'a TYPE_CHANGED' }],
      [422, { error_code: 42201, message: 'no schema' }],
    );
    const one = registry();
    await one.register('a/b', '{}');
    expect(asked[0]).toMatchObject({
      path: '/apis/ccompat/v7/subjects/a%2Fb/versions',
      body: '{"schema":"{}","schemaType":"JSON"}',
    });
    await expect(one.register('s', '{}')).rejects.toEqual(refusal('SCHEMA_INCOMPATIBLE', /a TYPE_CHANGED/));
    await expect(one.register('s', '{}')).rejects.toEqual(refusal('REGISTRY_REFUSED', /no schema/));
  });

  it('is asked whether a schema would be compatible, in Confluent’s words or in Apicurio’s', async () => {
    const { registry } = await registryThat(
      [200, { is_compatible: false, messages: ['one', { type: 'two' }] }],
      [200, { is_compatible: false, reason: 'three' }],
      [200, { is_compatible: true, reason: null }],
    );
    const one = registry();
    expect(await one.verdict('s', '{}')).toEqual({ isCompatible: false, reasons: ['one', '{"type":"two"}'] });
    expect(await one.verdict('s', '{}')).toEqual({ isCompatible: false, reasons: ['three'] });
    expect(await one.verdict('s', '{}')).toEqual({ isCompatible: true, reasons: [] });
  });
});
