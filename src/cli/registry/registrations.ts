/**
 * Before anything runs: the contracts whose events name their registered schema are looked up, and what is registered is held against the rules, as
 * JSON. What differs is refused; while the registry is away nothing starts, because the ids are its to tell.
 */
import type { Registry } from '../../adapters/registry/registry.js';
import type { Config } from '../../config/schema.js';
import { isGuid, NO_REGISTRATIONS, type Registration, type Registrations } from '../../domain/registry/registration.js';
import { DragomanError } from '../../errors.js';
import type { CompiledRules } from '../../rules/compile.js';
import { checkSubjects, type ContractSchema, contractSchemas } from './contract-schemas.js';
import { sameJson } from './same-json.js';

/** @throws DragomanError SCHEMA_UNREGISTERED, SCHEMA_DIFFERS, CONFIG_INVALID, REGISTRY_UNREACHABLE, REGISTRY_REFUSED */
export async function registrationsOf(
  config: Config,
  rules: CompiledRules,
  registry: Registry | null,
): Promise<Registrations> {
  const schemas = contractSchemas(config, rules);
  const named = schemas.filter(({ naming }) => naming !== 'none');
  if (registry === null || named.length === 0) return NO_REGISTRATIONS;
  checkSubjects(schemas);
  const found: [string, Registration][] = [];
  for (const schema of named) found.push([schema.contract, await registrationOf(schema, registry)]);
  return new Map(found);
}

/** Any version of the subject may be ours: while members are replaced one by one, the newest is not yet, or no more, that of all. */
async function registrationOf(schema: ContractSchema, registry: Registry): Promise<Registration> {
  const { subject, contract, naming, text } = schema;
  let newest: number | null = null;
  for await (const { version, id, guid, text: theirs } of registry.versions(subject)) {
    newest ??= version;
    if (!sameJson(theirs, text)) continue;
    if (naming === 'prefix') return { how: 'prefix', id };
    if (guid === null || !isGuid(guid)) throw withoutGuid(contract, registry.address);
    return { how: 'header', guid };
  }
  throw newest === null ? unregistered(schema, registry.address) : differs(schema, registry.address, newest);
}

const NEXT = 'Run `dragoman contracts register` (with --dry-run it says first what it would do)';

const unregistered = ({ contract, subject }: ContractSchema, address: string): DragomanError =>
  new DragomanError(
    'SCHEMA_UNREGISTERED',
    `Events of ${contract} are to name their registered schema, and the registry at ${address} has nothing under ${subject}. Nothing was published. ${NEXT}.`,
    { details: { contract, subject } },
  );

const differs = ({ contract, subject }: ContractSchema, address: string, version: number): DragomanError =>
  new DragomanError(
    'SCHEMA_DIFFERS',
    `No version of ${subject} in the registry at ${address} (the newest is ${version}) is the schema of ${contract} as the rules have it: its events would ` +
      `name a schema that is not theirs. Nothing was published. ${NEXT}, or go back to the rules whose schema is registered.`,
    { details: { contract, subject, version } },
  );

const withoutGuid = (contract: string, address: string): DragomanError =>
  new DragomanError(
    'REGISTRY_REFUSED',
    `The schema registry at ${address} gives no GUIDs (Confluent's does since 8.0), so events of ${contract} cannot name their schema in a header. Say ` +
      `registry: prefix, or none, for this contract.`,
    { details: { contract } },
  );
