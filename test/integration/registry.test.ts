/** Contracts in a real schema registry: registered once, the same again, refused where they are not compatible, and found again by a start. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadRules } from '../../src/adapters/files/rules-loader.js';
import { type Registry, registryOf } from '../../src/adapters/registry/registry.js';
import { registrationsOf } from '../../src/cli/registry/registrations.js';
import { configSchema } from '../../src/config/schema.js';
import type { JsonSchema } from '../../src/rules/contracts/json-schema.js';
import { FROM_SOURCES } from '../dragoman/command.js';
import { projectDirectory } from '../stack/directories.js';
import { run } from '../stack/native/run.js';
import { openStack, type Stack } from '../stack/stack.js';
import { SCHEMA_CASES } from '../support/contracts/changes.js';

const SUBJECT = 'orders.fulfillment-OrderReleasedToWarehouse.v1';
const rulesFolder = join(projectDirectory, 'rules');

let stack: Stack<'registry'>;
let folder: string;
let registry: Registry;
let configFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dragoman-registry-'));
  stack = await openStack({ services: ['registry'], provider: 'native', isShortLived: true });
  const { url } = stack.endpoints.registry;
  configFile = join(folder, 'dragoman.yaml');
  await writeFile(configFile, stringify({ rules: rulesFolder, registry: { url } }));
  const config = configSchema.parse({ registry: { url } });
  registry = registryOf(config.registry)!;
}, 240_000);

afterAll(async () => {
  registry.close();
  await stack.down();
  await rm(folder, { recursive: true });
});

const register = async (...args: readonly string[]) => {
  const { exitCode, output } = await run(
    process.execPath,
    [...FROM_SOURCES, 'contracts', 'register', '-c', configFile, ...args],
    { directory: projectDirectory },
  );
  return { exitCode, output };
};

describe('dragoman contracts register', () => {
  it('says first what it would do, does it, and then nothing more', async () => {
    expect(await register('--dry-run')).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining(`would be registered as ${SUBJECT}`) as string,
    });
    expect(await registry.latest(SUBJECT)).toBeNull();
    expect(await register()).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining(`registered as ${SUBJECT} (version 1`) as string,
    });
    const again = await register();
    expect(again).toMatchObject({ exitCode: 0, output: expect.stringContaining(`unchanged as ${SUBJECT}`) as string });
    expect(again.output).not.toMatch(/: registered as/);
  });

  it('is found again by a start, which takes the id', async () => {
    const { rules } = await loadRules(rulesFolder);
    const { url } = stack.endpoints.registry;
    const config = configSchema.parse({
      registry: { url },
      contracts: { OrderReleasedToWarehouse: { registry: 'prefix' } },
    });
    const [found] = await registrationsOf(config, rules, registry);
    const latest = await registry.latest(SUBJECT);
    expect(found).toEqual(['OrderReleasedToWarehouse.v1', { how: 'prefix', id: latest?.id }]);
  });

  it('is refused in the words of the registry, and nothing is registered then', async () => {
    const { url } = stack.endpoints.registry;
    await fetch(`${url}/config/${encodeURIComponent(SUBJECT)}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ compatibility: 'FORWARD_TRANSITIVE' }),
    });
    const other = JSON.stringify({
      type: 'object',
      properties: { orderId: { type: 'integer' } },
      required: ['orderId'],
    });
    expect(await registry.verdict(SUBJECT, other)).toMatchObject({ isCompatible: false });
    await expect(registry.register(SUBJECT, other)).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      message: expect.stringMatching(/Incompatible artifact/) as string,
    });
    expect((await registry.latest(SUBJECT))?.version).toBe(1);
  });

  it('keeps what it has over a restart of the registry', async () => {
    const before = await registry.latest(SUBJECT);
    await stack.kill('registry');
    await expect(registry.latest(SUBJECT)).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    await stack.start('registry');
    expect(await registry.latest(SUBJECT)).toEqual(before);
  });
});

/** Where this registry (Apicurio) judges otherwise than the table, which has the rules of Confluent's: it counts a default as nothing, and looks at `format`. */
const OTHERWISE = [
  'BACKWARD optional field of any type added to an open object',
  'BACKWARD required field with a default added to a closed object',
  'FORWARD required field with a default made optional',
  'BACKWARD optional field with a default made required',
  'FORWARD format changed',
  'BACKWARD format changed',
];

describe('a real registry', () => {
  it('judges every change of a schema as the table says, but for six', async () => {
    const { url } = stack.endpoints.registry;
    const otherwise: string[] = [];
    for (const [i, { name, from, to, forward, backward }] of SCHEMA_CASES.entries()) {
      for (const [mode, expected] of [
        ['FORWARD', forward],
        ['BACKWARD', backward],
      ] as const) {
        const subject = `case-${i}-${mode}`;
        await registry.register(subject, schemaText(from));
        await fetch(`${url}/config/${subject}`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ compatibility: mode }),
        });
        const { isCompatible } = await registry.verdict(subject, schemaText(to));
        if (isCompatible !== expected) otherwise.push(`${mode} ${name}`);
      }
    }
    expect(otherwise).toEqual(OTHERWISE);
  });
});

const schemaText = (schema: JsonSchema): string =>
  JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...(schema as object) });
